"""The pages of one draft: where it stands, its history, how it differs, and the way to what is in force."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from flask import flash, make_response, redirect, request, url_for
from flask_appbuilder.baseviews import BaseView, expose
from flask_appbuilder.security.decorators import has_access, permission_name
from markupsafe import Markup
from werkzeug.wrappers import Response

from portal.core.access import EDIT
from portal.core.errors import Words, msg
from portal.persistence.models import Unit
from portal.services import drafts
from portal.services.drafts.checking import is_being_checked
from portal.services.drafts.comparing import Beside, Compared
from portal.services.drafts.finding import LIVE, OPEN, PUBLISHED, SUBMITTED, may_start
from portal.services.drafts.publishing import as_seen, authors, is_overtaken, reasons_against
from portal.services.portal import Work
from portal.web import access, language
from portal.web.language import translate
from portal.web.moments import moment_of
from portal.web.redirects import local
from portal.web.security import no_store
from portal.web.studio.areas import AREAS
from portal.web.studio.bar import QUIET, Bar, area_url, home_url, refusals, writing
from portal.web.studio.home import force_title
from portal.web.words.links import record_url

MOST_SHOWN, MOST_NAMED = 300, 20
# Signs of names in one message: what is to be told on the next page travels in the cookie of the session.
MOST_SIGNS = 300
_PAGES = {"history": msg("History"), "compare": msg("Compare"), "publish": msg("Put in force")}
_RUNS = msg("The check runs; this page shows what it finds.")
_TAKEN_ALONG = msg("taken along when the draft was brought up to date")
_BOTH = msg("also changed in what came into force meanwhile; this draft's stays")
_RENEWED = msg(
    "Brought up to date. Changes taken along: %(count)s. Have it checked, and look at each place below."
)
_LEFT_AS_HERE = msg("Changed in both; what this draft says stays: %(places)s")
_GIVEN_UP = msg("Locked above by now, so not taken along: %(places)s")


class DraftView(BaseView):
    """One draft of a centre's configuration."""

    route_base = "/studio"
    class_permission_name = "Entity.draft"
    default_view = "show"

    @expose("/<key>/", methods=["GET"])
    @has_access
    @permission_name("list")
    def show(self, key: str) -> Any:
        """Show what is left to do, the parts of the configuration with whose they are, and the way on."""
        bar = Bar.of(key, "home")
        counts = bar.overview.counts
        parts = [
            (
                area,
                area_url(key, area.name),
                counts.get(area.name, (0, 0)),
                bar.overview.by_part.get(area.name, 0),
                bar.found_in(area.name),
                bar.overview.last.get(area.name),
            )
            for area in AREAS.values()
            if area.name in counts or area_url(key, area.name)
        ]
        own, inherited = (sum(pair[at] for pair in counts.values()) for at in (0, 1))
        asked = drafts.questions(access.session(), key)
        return self._page(
            "home", bar, parts=parts, own=own, inherited=inherited, asked=asked, **_publishing(bar)
        )

    @expose("/<key>/history", methods=["GET"])
    @has_access
    @permission_name("list")
    def history(self, key: str) -> Any:
        """Show who changed what, minute by minute."""
        return self._page("history", Bar.of(key, "history"), minutes=drafts.history(access.session(), key))

    @expose("/<key>/compare", methods=["GET"])
    @has_access
    @permission_name("list")
    def compare(self, key: str) -> Any:
        """Show how the draft differs from what is in force, or from the configuration above."""
        bar = Bar.of(key, "compare")
        beside: Beside = "parent" if request.args.get("beside") == "parent" else "in_force"
        found = (
            list(bar.overview.differences)
            if beside == "in_force"
            else drafts.compare(access.portal(), access.session(), key, beside)
        )
        return self._page(
            "compare",
            bar,
            beside=beside,
            total=len(found),
            parts=_by_part(found[:MOST_SHOWN]),
            shown=min(len(found), MOST_SHOWN),
            above=_above(bar),
        )

    @expose("/<key>/publish", methods=["GET"])
    @has_access
    @permission_name("list")
    def publish(self, key: str) -> Any:
        """Show what stands between the draft and its taking effect: check, submission, approval."""
        bar = Bar.of(key, "publish")
        mine = access.current()
        is_author = mine.user_id in {bar.row.submitted_by, *authors(access.session(), key)}
        second = access.portal().policy.second_person
        return self._page(
            "publish",
            bar,
            parts=_by_part(list(bar.overview.differences)[:MOST_SHOWN]),
            total=bar.changes,
            is_author=is_author and second,
            may_approve=mine.allows("release", EDIT, bar.row.unit_path),
            second=second,
            held=drafts.held_by_open(access.portal(), access.session(), key) if bar.row.state in LIVE else [],
            record_url=record_url,
            seen=as_seen(access.session(), bar.row),
            moved_on=is_overtaken(access.session(), bar.row),
            may_renew=bar.may_edit and may_start(mine, bar.row.unit_path),
            stages=self._stages(key, bar) if bar.row.state == SUBMITTED else [],
            **_publishing(bar),
        )

    def _stages(self, key: str, bar: Bar) -> list[tuple[drafts.StageLine, str, list[tuple[str, str]]]]:
        """Return the stages of open matters with what they are called, and the stages that they may come to."""
        bundle = access.bundle()
        texts = bundle.texts(language.current()) if bundle is not None else str
        return [
            (line, texts(line.title), [(name, texts(title)) for name, title in line.choices])
            for line in drafts.stage_lines(access.portal(), access.session(), key)
        ]

    def _page(self, name: str, bar: Bar, **values: Any) -> Any:
        unit = access.session().get_one(Unit, bar.row.unit_id)
        return no_store(
            make_response(
                self.render_template(
                    f"studio/{name}.html",
                    nav_active=bar.nav,
                    title=translate(_PAGES[name]) if name in _PAGES else bar.row.name,
                    crumbs=bar.crumbs if name in _PAGES else bar.crumbs[:1],
                    bar=bar,
                    unit=unit,
                    force=force_title(access.session(), unit),
                    areas=AREAS,
                    translate=translate,
                    **values,
                )
            )
        )

    @expose("/<key>/held", methods=["GET"])
    @has_access
    @permission_name("list")
    def held(self, key: str) -> Any:
        """Say in a line how many open matters hold the thing at a place; the editors ask where one is taken away."""
        count = drafts.held_at(access.session(), key, request.args.get("path", "")[:500])
        return no_store(make_response(self.render_template("studio/held.html", count=count)))

    @expose("/<key>/here", methods=["POST"])
    @has_access
    @permission_name("list")
    def here(self, key: str) -> Any:
        """Note who looks at the draft, have it checked once it rests, and send the bar as it stands now."""
        page = request.form.get("page", "")
        with writing() as uow:
            row = drafts.draft_of(uow.session, key)
            drafts.here(uow, key, page)
            rests = uow.now - row.changed_at > QUIET
            if row.state == OPEN and rests and (row.found or {}).get("position") != row.position:
                drafts.ask_check(uow, key)
            uow.commit()
        bar = Bar.of(key, page)
        return no_store(make_response(self.render_template("studio/bar_inner.html", bar=bar)))

    @expose("/<key>/undo", methods=["POST"])
    @has_access
    @permission_name("edit")
    def undo(self, key: str) -> Response:
        """Take back the person's own last change."""
        return _act(key, lambda uow: drafts.undo(uow, key))

    @expose("/<key>/redo", methods=["POST"])
    @has_access
    @permission_name("edit")
    def redo(self, key: str) -> Response:
        """Repeat what the person took back last."""
        return _act(key, lambda uow: drafts.redo(uow, key))

    @expose("/<key>/give-back", methods=["POST"])
    @has_access
    @permission_name("edit")
    def give_back(self, key: str) -> Response:
        """Let a place say again what the configuration above says."""
        path = request.form.get("path", "")
        return _act(key, lambda uow: drafts.give_back(uow, key, [path]))

    @expose("/<key>/renew", methods=["POST"])
    @has_access
    @permission_name("edit")
    def renew(self, key: str) -> Response:
        """Let the draft go on over what came into force meanwhile, and show what it changes there."""
        now = key
        with refusals(url_for("DraftView.publish", key=key)), writing() as uow:
            found = drafts.renew(uow, key, translate(_TAKEN_ALONG), translate(_BOTH))
            uow.commit()
            now = found.uid
            flash(translate(_RENEWED) % {"count": found.count}, "success")
            for text, places in ((_LEFT_AS_HERE, found.both), (_GIVEN_UP, found.given_up)):
                if places:
                    flash(Markup(translate(text)) % {"places": _named(places)}, "warning")
        return redirect(url_for("DraftView.publish", key=now))

    @expose("/<key>/check", methods=["POST"])
    @has_access
    @permission_name("list")
    def check(self, key: str) -> Response:
        """Have the draft checked, its sample matters walked through as well."""
        return _act(
            key,
            lambda uow: drafts.ask_check(uow, key, whole=True),
            _RUNS,
        )

    @expose("/<key>/submit", methods=["POST"])
    @has_access
    @permission_name("edit")
    def submit(self, key: str) -> Response:
        """Hand the draft to a second person."""
        why, seen = request.form.get("reason", ""), request.form.get("seen")
        return _act(
            key,
            lambda uow: drafts.submit(uow, key, why, seen),
            msg("Submitted. Another person can approve it now."),
        )

    @expose("/<key>/send-back", methods=["POST"])
    @has_access
    @permission_name("list")
    def send_back(self, key: str) -> Response:
        """Give a submitted draft back to those who work on it."""
        why = request.form.get("reason", "")
        return _act(
            key, lambda uow: drafts.send_back(uow, key, why), msg("Sent back; it can be changed again.")
        )

    @expose("/<key>/approve", methods=["POST"])
    @has_access
    @permission_name("list")
    def approve(self, key: str) -> Response:
        """Approve a submitted draft and put it in force, at once or at a time."""
        form = request.form

        def act(uow: Work) -> None:
            at = moment_of(form.get("at", "")) if form.get("when") == "later" else None
            seen = form.get("seen", "")
            drafts.approve(uow, key, form.get("reason", ""), at, mapped=mapped_stages(), seen=seen)

        return _act(key, act, msg("Approved."))

    @expose("/<key>/discard", methods=["POST"])
    @has_access
    @permission_name("edit")
    def discard(self, key: str) -> Response:
        """Give a draft up."""
        _act(key, lambda uow: drafts.discard(uow, key))
        return redirect(url_for("StudioView.overview"))


def _act(key: str, act: Callable[[Work], Any], said: str = "") -> Response:
    """Do an act on a draft and go back to the page on which it was asked for."""
    back = local(request.form.get("next")) if request.form.get("next") else home_url(key)
    with refusals(back), writing() as uow:
        act(uow)
        uow.commit()
        if said:
            flash(translate(said), "success")
    return redirect(back)


def _named(places: Sequence[tuple[Words, ...]]) -> Markup:
    """Return what places are called, the first ones of many."""
    texts = [" › ".join(words.text(translate) for words in place) for place in places[:MOST_NAMED]]
    while len(texts) > 1 and sum(map(len, texts)) > MOST_SIGNS:
        texts.pop()
    said = language.joined(map(language.as_written, texts))
    return Markup("{}{}").format(said, "…" if len(texts) < len(places) else "")


def mapped_stages() -> dict[str, dict[str, str]] | None:
    """Return to which stages open matters move, as the form says it; None where they stay."""
    if request.form.get("open") != "move":
        return None
    found: dict[str, dict[str, str]] = {}
    for name, value in request.form.items():
        kind, _, rest = name.partition(":")
        etype, _, stage = rest.partition(":")
        if kind == "stage" and stage:
            found.setdefault(etype, {})[stage] = value
    return found


def _publishing(bar: Bar) -> dict[str, Any]:
    """Return what stands between a draft and its taking effect, as conditions that are met or not."""
    row, found = bar.row, bar.found
    return {
        "against": reasons_against(row) if row.state == OPEN else [],
        "stories": found.get("stories"),
        "submitted": row.state == SUBMITTED,
        "published": row.state == PUBLISHED,
        "checking": row.state == OPEN and is_being_checked(access.session(), row.uid),
    }


def _by_part(found: list[Compared]) -> list[tuple[str, list[Compared]]]:
    """Return differences by the part of the configuration, in the order of the studio."""
    names = [*AREAS, *(one.difference.part for one in found)]
    parts = {name: [one for one in found if one.difference.part == name] for name in dict.fromkeys(names)}
    return [(name, ones) for name, ones in parts.items() if ones]


def _above(bar: Bar) -> str:
    """Return what the configuration above is called."""
    session = access.session()
    draft = drafts.loaded(session, bar.row)
    manifest = draft.parent.manifest
    bundle = access.bundle()
    return bundle.texts(language.current())(manifest.title) if bundle is not None else str(manifest.title)
