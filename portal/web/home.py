"""The worklist: what waits for the person, before anything else."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from flask import redirect, request
from flask_appbuilder.baseviews import BaseView, expose
from sqlalchemy import select

from portal.core.access import LIST
from portal.core.errors import msg
from portal.persistence.models import Record
from portal.services import records, releases
from portal.services.records.breadth import Breadth
from portal.services.records.searching import count_each
from portal.web import access, language
from portal.web.shell import today

CASE = "case"
SOON_DAYS = 7
LIMIT = 1_000


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
        work = records.worklist(portal, session)
        may_list = access.current().can(CASE, "list")
        stages = _stages(bundle) if may_list else []
        return self.render_template(
            "home/home.html",
            title=language.translate(msg("Worklist")),
            nav_active="home",
            work=work,
            tiles=_tiles(session, work, sum(one.number for one in stages)) if may_list else [],
            referred=_referred(session, work.to_answer),
            actions=_actions(bundle),
            stages=stages,
            most=max((one.number for one in stages), default=0),
            stage_title=_stage_title,
            say=bundle.texts(language.current()),
            bundle=bundle,
        )


def _counts(session: Any, *conditions: Any) -> list[tuple[int, bool]]:
    """Return for each condition how many open cases pass, and whether there are more than were counted."""
    opened = select(Record).where(Record.etype == CASE, Record.is_open)
    # Where the scope holds most of all cases, looking its paths up costs more than testing them.
    by_index = access.portal().breadths.of(session, CASE) < Breadth.MOST
    options = {"scope_action": LIST, "scope_etype": CASE, "scope_by_index": by_index}
    found = count_each(session, [opened.where(one) for one in conditions], LIMIT, options)
    return [(min(number, LIMIT), number > LIMIT) for number in found]


def _tiles(session: Any, work: Any, total: int) -> list[Tile]:
    say, where, day = language.translate, f"/records/{CASE}/list/", today()
    due_on, last = Record.due_on, day + timedelta(days=SOON_DAYS)
    (with_date, many), (late, late_capped), (soon, soon_capped) = _counts(
        session, due_on.is_not(None), due_on < day, due_on.between(day, last)
    )
    base = say(msg("of %(n)s with a due date"), n=f"{with_date}+" if many else with_date)
    late_url = f"{where}?due_on.to={(day - timedelta(days=1)).isoformat()}&sort=due_on"
    tone = "danger" if late else ""
    return [
        Tile(
            say(msg("To accept")),
            len(work.to_answer),
            say(msg("referred to my units")),
            "#to-accept",
            "inbox",
        ),
        Tile(say(msg("Overdue")), late, base, late_url, "alert-circle", tone, late_capped),
        Tile(say(msg("Due within 7 days")), soon, base, "#due", "calendar-due", "", soon_capped),
        Tile(say(msg("Open cases")), total, say(msg("within my units")), where, "folder-open"),
    ]


def _referred(session: Any, referrals: list[Any]) -> list[tuple[Any, Any]]:
    """Return each referral with its record."""
    ids = {one.record_id for one in referrals}
    found = {r.id: r for r in session.scalars(select(Record).where(Record.id.in_(ids)))} if ids else {}
    return [(one, found[one.record_id]) for one in referrals if one.record_id in found]


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


def _stages(bundle: Any) -> list[StageCount]:
    """Return how many open cases stand at each listed stage, and together at the stages other centres have."""
    lifecycle = bundle.lifecycle_of(CASE)
    if lifecycle is None:
        return []
    counts = records.counts(access.portal(), access.session(), CASE, group="stage", open_only=True)
    say = bundle.texts(language.current())
    listed = [stage for stage in lifecycle.listed_stages() if not stage.final and not stage.parallel]
    rows = [
        StageCount(say(stage.title), counts.get(stage.id, 0), f"/records/{CASE}/list/?stage={stage.id}")
        for stage in listed
    ]
    rest = sum(counts.values()) - sum(row.number for row in rows)
    if rest:
        title = language.translate(msg("Stages of other centres"))
        rows.append(StageCount(title, rest, f"/records/{CASE}/list/?is_open=true"))
    return rows


def _stage_title(record: Record) -> str:
    """Return the title of a record's stage as its own release calls it."""
    bundle = releases.pinned(access.portal(), access.session(), record.release_id)
    lifecycle = bundle.lifecycle_of(record.etype)
    if lifecycle is None or record.stage is None:
        return ""
    return bundle.texts(language.current())(lifecycle.stage(record.stage).title)
