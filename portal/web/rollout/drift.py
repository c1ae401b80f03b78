"""What centres below made their own: counts by part with a shade, what stands behind one, shared ones, a workbook."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from flask import flash, make_response, redirect, request, url_for
from flask_appbuilder.baseviews import BaseView, expose
from flask_appbuilder.security.decorators import has_access, permission_name
from werkzeug.wrappers import Response

from portal.adapters.workbooks import Sheet, write_workbook
from portal.core import pointer as pointers
from portal.core.access import ADD, LIST
from portal.core.editors.telling import Telling
from portal.core.errors import NotFound, msg
from portal.core.packs.three_way import ABSENT, Decision, SharedOverride
from portal.core.zone import LOCAL
from portal.persistence.models import Layer, Unit
from portal.services import releases, rollout
from portal.services.drafts.finding import THING
from portal.services.rollout.drift import Origin
from portal.services.units import by_code
from portal.web import access
from portal.web.language import translate
from portal.web.rollout.paging import Paged
from portal.web.rollout.words import place_of, telling
from portal.web.security import no_store
from portal.web.studio.bar import home_url, refusals, writing

_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
MOST_SHARED = 12
# The columns of the table: what they are called, and the parts of a configuration in each.
GROUPS: Mapping[str, tuple[str, str]] = {
    "hall": (msg("Layout"), "layout units"),
    "form": (msg("Forms"), "forms"),
    "rule": (msg("Rules"), "rules"),
    "step": (msg("Stages"), "lifecycles events"),
    "period": (msg("Periods"), "deadlines calendar"),
    "list": (msg("Catalogues"), "taxonomies routes departments"),
    "paper": (msg("Documents"), "documents tasks worklists"),
    "role": (msg("Roles"), "roles"),
    "other": (msg("Other settings"), ""),
}


def group_of(path: str) -> str:
    """Return the column in which a place is counted."""
    part = pointers.split(path)[0]
    return next((name for name, (_, parts) in GROUPS.items() if part in parts.split()), "other")


@dataclass
class Board:
    """The centres that stand on one configuration, as the page shows them."""

    fleet: rollout.Fleet
    parent: str
    asked: Mapping[str, str]

    @cached_property
    def rows(self) -> Paged[tuple[rollout.CentreDrift, dict[str, int]]]:
        """The centres with their counts by column, those that filter and search leave, a page of them."""
        show = self.asked.get("show", "")
        kept = [
            one
            for one in self.fleet.centres
            if not (show == "behind" and not one.is_behind)
            and not (show == "own" and not one.overrides)
            and not (show == "redundant" and not one.redundant)
        ]
        kept.sort(key=lambda one: not one.overrides)
        counted = [(one, self._counts(one)) for one in kept]
        return Paged(counted, self.asked, lambda pair: f"{pair[0].name} {pair[0].unit}")

    @staticmethod
    def _counts(centre: rollout.CentreDrift) -> dict[str, int]:
        found = dict.fromkeys(GROUPS, 0)
        for one in centre.overrides:
            found[group_of(one.path)] += 1
        return found

    @property
    def sums(self) -> dict[str, int]:
        """Return the sums of the columns over the centres that are shown."""
        return {name: sum(counts[name] for _, counts in self.rows.left) for name in GROUPS}

    @staticmethod
    def shade(count: int) -> int:
        """Return one of five shades for a count."""
        return 0 if not count else 1 if count < 3 else 2 if count < 6 else 3 if count < 12 else 4

    @cached_property
    def centre(self) -> rollout.CentreDrift | None:
        """The centre whose places are shown; None where the address names none."""
        asked = self.asked.get("unit", "")
        return self.fleet.centre(asked) if asked else None

    @cached_property
    def lines(self) -> list[tuple[str, Decision, Origin | None, int]]:
        """The places of the chosen centre: in words, with who and why, and how many others have them alike."""
        centre = self.centre
        if centre is None:
            return []
        column = self.asked.get("part", "")
        found = [*centre.overrides, *centre.redundant]
        chosen = [one for one in found if not column or group_of(one.path) == column]
        told = rollout.origins(access.session(), centre, [one.path for one in chosen])
        return [(self.words(one.path), one, told.get(one.path), self._alike(centre, one)) for one in chosen]

    def _alike(self, centre: rollout.CentreDrift, one: Decision) -> int:
        return sum(
            other is not centre and digest == one.digests[2]
            for other, digest in self._by_path.get(one.path, ())
        )

    @cached_property
    def _by_path(self) -> dict[str, list[tuple[rollout.CentreDrift, str]]]:
        found: dict[str, list[tuple[rollout.CentreDrift, str]]] = {}
        for centre in self.fleet.centres:
            for one in centre.overrides:
                found.setdefault(one.path, []).append((centre, one.digests[2]))
        return found

    def changed_at(self, path: str) -> int:
        """Return how many centres have something of their own at a place."""
        return len(self._by_path.get(path, ()))

    @cached_property
    def shared(self) -> list[SharedOverride]:
        """The overrides that most centres have alike."""
        return self.fleet.shared()[:MOST_SHARED]

    @cached_property
    def _telling(self) -> Telling:
        # What one centre alone has is called as that centre calls it; what many share, as the others do.
        plain = [one for one in self.fleet.centres if not one.overrides] or list(self.fleet.centres)
        above = self._bundle(plain[0]) if plain else {}
        return telling(above, self._bundle(self.centre) if self.centre is not None else above)

    @staticmethod
    def _bundle(centre: rollout.CentreDrift) -> Mapping[str, Any]:
        session = access.session()
        return releases.for_unit(access.portal(), session, by_code(session, centre.unit)).raw

    @cached_property
    def _shared_telling(self) -> Telling:
        plain = [one for one in self.fleet.centres if not one.overrides] or list(self.fleet.centres)
        above = self._bundle(plain[0]) if plain else {}
        return telling(above, above)

    def shared_words(self, path: str) -> str:
        """Return a place that several centres share in words."""
        return place_of(self._shared_telling, path).title

    def words(self, path: str) -> str:
        """Return a place in words."""
        return place_of(self._telling, path).title

    def value(self, value: Any, path: str) -> str:
        """Return the value of a place in words."""
        return self._telling.value(value, path)

    @property
    def title(self) -> str:
        """Return what the configuration above is called."""
        stored = releases.newest_layer(access.session(), self.parent) if self.parent else None
        title = stored.manifest.get("title") if stored is not None else None
        return title if isinstance(title, str) else self.parent

    @cached_property
    def above(self) -> Unit | None:
        """The unit whose configuration it is, where the person may begin a draft of it."""
        stored = releases.newest_layer(access.session(), self.parent) if self.parent else None
        code = stored.manifest.get("unit") if isinstance(stored, Layer) else None
        if not code:
            return None
        unit = by_code(access.session(), code)
        return unit if access.current().allows_there(THING, ADD, unit.path) else None


class DriftView(BaseView):
    """What differs at the centres below."""

    route_base = "/rollout/drift"
    class_permission_name = "Entity.draft"
    default_view = "show"

    @expose("/", methods=["GET"])
    @has_access
    @permission_name("list")
    def show(self) -> Any:
        """Show every centre with its version and what it made its own, and what many share."""
        return self._page("drift", _board())

    @expose("/place", methods=["GET"])
    @has_access
    @permission_name("list")
    def place(self) -> Any:
        """Show one place at all centres: who has what there, since when and why."""
        board, path = _board(), request.args.get("path", "")
        found = board.fleet.at(path)
        if not found:
            raise NotFound("rollout.place", msg("Nothing has to be decided at this place any more"))
        rows = [
            (centre, one, rollout.origins(access.session(), centre, [path]).get(path))
            for centre, one in found
        ]
        return self._page("drift_place", board, path=path, found=rows)

    def _page(self, name: str, board: Board, **values: Any) -> Any:
        return no_store(
            make_response(
                self.render_template(
                    f"rollout/{name}.html",
                    nav_active="rollout",
                    tab="drift",
                    board=board,
                    groups=GROUPS,
                    translate=translate,
                    absent=ABSENT,
                    **values,
                )
            )
        )

    @expose("/table.xlsx", methods=["GET"])
    @has_access
    @permission_name("list")
    def workbook(self) -> Response:
        """Send every place of every centre as a workbook."""
        board = _board()
        heads = [translate(text) for text in _HEADS]
        lines = [line for centre, _ in board.rows.left for line in _lines(board, centre)]
        content = write_workbook(
            Sheet(translate(msg("Differences")), heads, lines, (16, 12, 40, 28, 28, 14, 12, 40))
        )
        response = make_response(content)
        response.headers["Content-Type"] = _XLSX
        response.headers["Content-Disposition"] = 'attachment; filename="differences.xlsx"'
        return no_store(response)

    @expose("/lift", methods=["POST"])
    @has_access
    @permission_name("add")
    def lift(self) -> Response:
        """Write an override that many centres share into a draft of the configuration above."""
        board, path = _board(), request.form.get("path", "")
        back = url_for("DriftView.show", parent=board.parent)
        found = next((one for one in board.shared if one.path == path), None)
        if found is None or board.above is None:
            raise NotFound("rollout.place", msg("Nothing has to be decided at this place any more"))
        value = None if found.value is ABSENT else found.value
        why = translate(msg("%(count)s centres have it so")) % {"count": len(found.counties)}
        code, key = board.above.code, ""
        with refusals(back) as refused:
            with writing() as uow:
                key = rollout.draft_above(uow, code)
                uow.commit()
            with writing() as uow:
                rollout.lift_into_draft(uow, key, path, value, why)
                uow.commit()
            flash(translate(msg("It stands in this draft now.")), "success")
        return refused[0] if refused else redirect(home_url(key))


_HEADS = (
    msg("Centre"),
    msg("Version"),
    msg("What"),
    msg("Above"),
    msg("Here"),
    msg("Since"),
    msg("By"),
    msg("Why"),
)


def _board() -> Board:
    asked = request.values.to_dict()
    whole = rollout.fleet(access.session(), access.current().paths(THING, LIST))
    parents = whole.parents
    parent = asked.get("parent", "")
    chosen = parent if parent in parents else (parents[0] if parents else "")
    return Board(whole.below(chosen), chosen, asked)


def _lines(board: Board, centre: rollout.CentreDrift) -> Sequence[Sequence[str]]:
    found = [*centre.overrides, *centre.redundant]
    told = rollout.origins(access.session(), centre, [one.path for one in found]) if found else {}
    lines = []
    for one in found:
        origin = told.get(one.path)
        since = f"{origin.since.astimezone(LOCAL):%Y-%m-%d}" if origin is not None else ""
        names = origin.by_name if origin is not None else "", origin.why if origin is not None else ""
        values = board.value(one.base, one.path), board.value(one.ours, one.path)
        lines.append((centre.name, centre.adopted, board.words(one.path), *values, since, *names))
    return lines or [(centre.name, centre.adopted, "", "", "", "", "", "")]
