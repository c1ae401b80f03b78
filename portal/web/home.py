"""The worklist: what waits for the person, before anything else."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import redirect, request
from flask_appbuilder.baseviews import BaseView, expose

from portal.core.errors import msg
from portal.services import records, releases
from portal.web import access, language

CASE = "case"


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
        portal, session, mine = access.portal(), access.session(), access.current()
        unit = access.unit()
        bundle = releases.for_unit(portal, session, unit) if unit is not None else None
        if bundle is None:
            return self.render_template("home/unassigned.html", title=language.translate(msg("Worklist")))
        work = records.worklist(portal, session, mine)
        stages = _stages(bundle) if mine.can(CASE, "list") else []
        return self.render_template(
            "home/home.html",
            title=language.translate(msg("Worklist")),
            nav_active="home",
            work=work,
            tiles=_tiles(work, stages),
            actions=_actions(bundle),
            stages=stages,
            most=max((one.number for one in stages), default=0),
            stage_titles=_stage_titles(bundle),
            say=bundle.texts(language.current()),
            bundle=bundle,
        )


def _tiles(work: Any, stages: list[StageCount]) -> list[Tile]:
    say = language.translate
    total = sum(stage.number for stage in stages)
    late = work.overdue
    return [
        Tile(
            say(msg("To accept")),
            len(work.to_accept),
            say(msg("referred to my units")),
            "#to-accept",
            "inbox",
        ),
        Tile(
            say(msg("To decide")),
            len(work.to_dispose),
            say(msg("proposals of the rules")),
            "#to-dispose",
            "route",
        ),
        Tile(
            say(msg("Overdue")),
            late,
            say(msg("of %(n)s with a due date"), n=len(work.due)),
            "#due",
            "calendar-due",
            "danger" if late else "",
        ),
        Tile(say(msg("Open cases")), total, say(msg("within my units")), "/records/case/list/", "folder"),
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


def _stages(bundle: Any) -> list[StageCount]:
    """Return how many open cases stand at each listed stage."""
    lifecycle = bundle.lifecycle_of(CASE)
    if lifecycle is None:
        return []
    counts = records.counts(access.portal(), access.session(), CASE, group="stage", open_only=True)
    say = bundle.texts(language.current())
    return [
        StageCount(say(stage.title), counts.get(stage.id, 0), f"/records/{CASE}/list/?stage={stage.id}")
        for stage in lifecycle.listed_stages()
        if not stage.final
    ]


def _stage_titles(bundle: Any) -> dict[str, tuple[str, str]]:
    """Return title and canonical stage of each stage of a case."""
    lifecycle = bundle.lifecycle_of(CASE)
    say = bundle.texts(language.current())
    if lifecycle is None:
        return {}
    return {stage.id: (say(stage.title), stage.canonical) for stage in lifecycle.listed_stages()}
