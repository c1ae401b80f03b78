"""The first page of the studio: the centre's configuration, the drafts of it with who is at work, a new draft."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from flask import flash, redirect, request, url_for
from flask_appbuilder.baseviews import BaseView, expose
from flask_appbuilder.security.decorators import has_access, permission_name
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from portal.core.access import ADD, EDIT, LIST
from portal.core.errors import NotFound, msg
from portal.core.text import Text
from portal.persistence.models import Draft, Release, Unit
from portal.services import drafts, new_centre, releases
from portal.services.drafts.finding import SUBMITTED, THING
from portal.services.drafts.presence import Present, present_at
from portal.services.releases.effect import Activation, coming, running_at
from portal.web import access, language
from portal.web.language import translate
from portal.web.studio.bar import home_url, refusals, writing

MOST_HISTORY = 12


@dataclass(frozen=True, slots=True)
class Shown:
    """A draft in the list: how far it is, and who is at it."""

    row: Draft
    here: list[Present]
    words: str
    tone: str


@dataclass(frozen=True, slots=True)
class InForce:
    """The release in force at a centre: since when, by whom, and the configuration above it."""

    title: str
    version: str
    since: dt.datetime
    by_name: str
    above: tuple[str, str] | None
    is_own: bool


class StudioView(BaseView):
    """Configurations of the person's centres."""

    route_base = "/studio"
    class_permission_name = "Entity.draft"
    default_view = "overview"

    @expose("/", methods=["GET"])
    @has_access
    @permission_name("list")
    def overview(self) -> Any:
        """Show the configuration of the centre where the person works, its drafts, and its history."""
        session = access.session()
        centres = drafts.centres_with(session, access.current(), LIST)
        unit = _chosen(centres)
        if unit is None:
            return self._page(unit=None, centres=centres, title=translate(msg("Studio")))
        name = force_title(session, unit)
        return self._page(
            unit=unit,
            centres=centres,
            title=translate(msg("Configuration of %(centre)s")) % {"centre": unit.name},
            force=name,
            drafts=_shown(session, unit),
            may_start=access.current().allows_there(THING, ADD, unit.path),
            may_put=access.current().allows("release", EDIT, unit.path),
            history=_history(session, unit),
            running=running_at(session, unit.id),
        )

    def _page(self, **values: Any) -> Any:
        may_open = new_centre.may_open_any(access.session(), access.current())
        return self.render_template("studio/centre.html", nav_active="studio", may_open=may_open, **values)

    @expose("/start/<unit>", methods=["POST"])
    @has_access
    @permission_name("add")
    def start(self, unit: str) -> Response:
        """Begin a draft of a centre's configuration."""
        with refusals(url_for("StudioView.overview", unit=unit)) as refused, writing() as uow:
            made = drafts.open_draft(uow, unit, request.form.get("name", ""))
            uow.commit()
            return redirect(home_url(made.uid))
        return refused[0]

    @expose("/roll-back/<unit>", methods=["POST"])
    @has_access
    @permission_name("list")
    def roll_back(self, unit: str) -> Response:
        """Put an earlier release in force again."""
        back = url_for("StudioView.overview", unit=unit)
        number = request.form.get("release", "")
        if not number.isdecimal() or len(number) > 9:
            raise NotFound("release.unknown", msg("There is no such release"))
        with refusals(back), writing() as uow:
            drafts.roll_back(uow, unit, int(number), request.form.get("reason", ""))
            uow.commit()
            flash(
                translate(msg("The earlier version is in force again. What was entered since stays.")),
                "success",
            )
        return redirect(back)


def force_title(session: Session, unit: Unit) -> InForce | None:
    """Return what is in force at a centre; None where nothing is yet."""
    running = running_at(session, unit.id)
    if running is None:
        return None
    release = session.get_one(Release, running.release_id)
    links = release.chain
    own = release.manifest.get("unit") == unit.code
    above = (links[-2]["id"], links[-2]["version"]) if own and len(links) > 1 else None
    return InForce(
        _plain(release.title),
        release.version,
        running.effective_at,
        running.by_name,
        (_pack_title(session, above[0]), above[1]) if above else None,
        own,
    )


def _pack_title(session: Session, pack: str) -> str:
    stored = releases.newest_layer(session, pack)
    return _plain(stored.manifest.get("title") or pack) if stored is not None else pack


def _plain(text: Text) -> str:
    bundle = access.bundle()
    return bundle.texts(language.current())(text) if bundle is not None else str(text)


def _chosen(centres: list[Unit]) -> Unit | None:
    """Return the centre that the address names, else that of the unit where the person works, else the first."""
    asked = request.args.get("unit", "")
    here = access.unit()
    wanted = asked or (here.code if here is not None else "")
    return next((one for one in centres if one.code == wanted), centres[0] if centres and not asked else None)


def _shown(session: Session, unit: Unit) -> list[Shown]:
    now = access.portal().clock.now()
    found = []
    for row in drafts.drafts_at(session, unit.id):
        waits = row.state == SUBMITTED
        words = msg("waits for approval") if waits else msg("being worked on")
        found.append(
            Shown(row, present_at(session, row.uid, now), translate(words), "warning" if waits else "info")
        )
    return found


def _history(session: Session, unit: Unit) -> list[Activation]:
    ahead = {one.id for one in coming(session, unit.id)}
    found = releases.history(session, unit.code, limit=MOST_HISTORY)
    return [one for one in found if one.id not in ahead and not one.cancelled]
