"""The worklist: what waits for the person, before anything else."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from flask import current_app, redirect, request
from flask_appbuilder.baseviews import BaseView, expose
from sqlalchemy import select

from portal.core.access import DISPOSE, LIST, REFER, Access
from portal.core.errors import msg
from portal.persistence.models import Record
from portal.services import notices, records, releases
from portal.services.records import Count, Overview
from portal.web import access, language
from portal.web.navigation import NavItem, navigation
from portal.web.shell import today
from portal.web.words.here import here
from portal.web.words.notices import changes

CASE = "case"
UNREAD = 8
# What those do who see no cases: the groups of the navigation.
CHORES = ("admin", "centre")


@dataclass(frozen=True, slots=True)
class Tile:
    """One number on top of the worklist, with what it is counted from."""

    title: str
    number: int
    base: str
    url: str
    icon: str
    tone: str = ""
    capped: bool = False

    @classmethod
    def of(cls, title: str, count: Count, base: str, url: str, icon: str, tone: str = "") -> Tile:
        """Return the tile of a count."""
        return cls(title, count.number, base, url, icon, tone, count.capped)


@dataclass(frozen=True, slots=True)
class Action:
    """Something the person often begins here."""

    label: str
    url: str
    icon: str


@dataclass(frozen=True, slots=True)
class StageCount:
    """How many open cases stand at a stage."""

    title: str
    number: int
    url: str
    capped: bool = False


class HomeView(BaseView):
    """The first page after signing in."""

    route_base = ""
    default_view = "index"

    @expose("/")
    def index(self) -> Any:
        """Show the worklist; strangers are sent to sign in."""
        if access.person() is None:
            return redirect("/login/" if request.path == "/" else f"/login/?next={request.path}")
        portal, session = access.portal(), access.session()
        bundle = access.bundle()
        if bundle is None:
            return self.render_template("home/unassigned.html", title=language.translate(msg("Worklist")))
        work = records.worklist(portal, session, own=True)
        unread = changes(here(), UNREAD)
        listed = _listed(bundle)
        figures = (
            records.overview(portal, session, CASE, listed) if access.current().can(CASE, LIST) else None
        )
        stages = _stages(bundle, listed, figures) if figures else []
        return self.render_template(
            "home/home.html",
            title=language.translate(msg("Worklist")),
            nav_active="home",
            work=work,
            unread=unread,
            tiles=_tiles(work, figures) if figures else [],
            referred=_referred(session, work.to_answer),
            cases=_works_on_cases(access.current()),
            chores=_chores(),
            actions=_actions(bundle),
            stages=stages,
            most=max((one.number for one in stages), default=0),
            stage_title=_stage_title,
            say=bundle.texts(language.current()),
            bundle=bundle,
        )

    @expose("/notices/read", methods=["POST"])
    def read_notices(self) -> Any:
        """Mark one change as read, or all of them."""
        if access.person() is None:
            return redirect("/login/")
        given = request.form.get("notice", "")
        ids = [int(given)] if given.isascii() and given.isdecimal() and len(given) < 19 else None
        with here().writing() as uow:
            notices.mark_read(uow, ids if given else None)
            uow.commit()
        return redirect("/#changes", 303)


def _tiles(work: Any, figures: Overview) -> list[Tile]:
    say, where, late = language.translate, f"/records/{CASE}/list/", figures.late
    dated = f"{figures.dated.number}+" if figures.dated.capped else figures.dated.number
    base = say(msg("of %(n)s with a due date"), n=dated)
    late_url = f"{where}?due_on.to={(today() - timedelta(days=1)).isoformat()}&sort=due_on"
    return [
        Tile(
            say(msg("To accept")),
            len(work.to_answer),
            say(msg("referred to my units")),
            "#to-accept",
            "inbox",
            capped=work.to_answer.more,
        ),
        Tile.of(say(msg("Overdue")), late, base, late_url, "alert-circle", "danger" if late.number else ""),
        Tile.of(say(msg("Due within 7 days")), figures.soon, base, "#due", "calendar-due"),
        Tile.of(say(msg("Open cases")), figures.total, say(msg("within my units")), where, "folder-open"),
    ]


def _works_on_cases(mine: Access) -> bool:
    """Return whether the boxes of cases concern the person at all."""
    return any(mine.can(CASE, action) for action in (LIST, DISPOSE, REFER))


def _chores() -> list[NavItem]:
    """Return what a person without any case can do here, as the navigation knows it; nothing for all others."""
    if _works_on_cases(access.current()):
        return []
    groups = navigation(current_app).groups()
    return [item for group in groups if group.id in CHORES for item in group.items]


def _referred(session: Any, referrals: list[Any]) -> list[tuple[Any, Any, str]]:
    """Return each referral with its record and the name of the unit that it went to."""
    ids = {one.record_id for one in referrals}
    found = {r.id: r for r in session.scalars(select(Record).where(Record.id.in_(ids)))} if ids else {}
    names = here().units({one.to_unit_id for one in referrals})
    return [
        (one, found[one.record_id], names[one.to_unit_id].name if one.to_unit_id in names else "")
        for one in referrals
        if one.record_id in found
    ]


def _actions(bundle: Any) -> list[Action]:
    """Return a line for each type the person may enter, in the order of the menu."""
    say, mine = bundle.texts(language.current()), access.current()
    return [
        Action(
            language.translate(msg("New: %(type)s"), type=say(kind.title)),
            f"/records/{kind.id}/add",
            kind.icon,
        )
        for kind in bundle.entities()
        if kind.nav and not kind.parent and mine.can(kind.id, "add")
    ][:5]


def _listed(bundle: Any) -> dict[str, Any]:
    """Return the titles of the stages at which open cases are counted."""
    lifecycle = bundle.lifecycle_of(CASE)
    stages = lifecycle.listed_stages() if lifecycle else ()
    return {stage.id: stage.title for stage in stages if not stage.final and not stage.parallel}


def _stages(bundle: Any, listed: dict[str, Any], figures: Overview) -> list[StageCount]:
    """Return how many open cases stand at each listed stage, and together at the stages other centres have."""
    say, where = bundle.texts(language.current()), f"/records/{CASE}/list/"
    counts = [
        (say(title), figures.stages[stage], f"{where}?stage={stage}") for stage, title in listed.items()
    ]
    if figures.elsewhere.number and listed:
        title = language.translate(msg("Stages of other centres"))
        counts.append((title, figures.elsewhere, f"{where}?is_open=true"))
    return [StageCount(title, count.number, url, count.capped) for title, count, url in counts]


def _stage_title(record: Record) -> str:
    """Return the title of a record's stage as its own release calls it."""
    bundle = releases.pinned(access.portal(), access.session(), record.release_id)
    lifecycle = bundle.lifecycle_of(record.etype)
    if lifecycle is None or record.stage is None:
        return ""
    return bundle.texts(language.current())(lifecycle.stage(record.stage).title)
