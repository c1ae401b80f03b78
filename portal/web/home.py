"""The first page after signing in: what waits for the person, as the worklists of the release say."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import current_app, redirect, request
from flask_appbuilder.baseviews import BaseView, expose

from portal.core.access import LIST
from portal.core.errors import msg
from portal.core.lifecycle.canonical import CANONICAL
from portal.services import notices, records
from portal.services.archive import destroying
from portal.services.drafts.publishing import to_approve
from portal.services.indicators.approving import to_agree
from portal.services.records import Overview
from portal.web import access, language
from portal.web.archive.words import ListShown
from portal.web.navigation import NavItem, navigation
from portal.web.rollout.at_home import rollouts_at_home, version_at_home
from portal.web.words.here import here
from portal.web.words.notices import changes
from portal.web.words.saved_views import views_at_home
from portal.web.work.lists import work_of

CASE = "case"
COMMON = "canonical_stage"
UNREAD = 8
# What those do who have no worklist: the groups of the navigation.
CHORES = ("admin", "centre")


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
        """Show the person's worklists; strangers are sent to sign in."""
        if access.person() is None:
            return redirect("/login/" if request.path == "/" else f"/login/?next={request.path}")
        portal, session = access.portal(), access.session()
        bundle = access.bundle()
        if bundle is None:
            return self.render_template("home/unassigned.html", title=language.translate(msg("Worklist")))
        work = work_of(here(), request.args.get("list", ""), _page(request.args.get("page", "")))
        figures = (
            records.overview(portal, session, CASE, tuple(CANONICAL), COMMON)
            if access.current().can(CASE, LIST)
            else None
        )
        stages = _stages(figures) if figures else []
        return self.render_template(
            "home/home.html",
            title=language.translate(msg("Worklist")),
            nav_active="home",
            work=work,
            unread=changes(here(), UNREAD),
            saved=views_at_home(here()),
            to_approve=to_approve(portal, session),
            to_agree=to_agree(session),
            new_version=version_at_home(),
            rollouts=rollouts_at_home(),
            to_destroy=[ListShown.of(one) for one in destroying.to_decide(session)],
            actions=_actions(bundle),
            chores=[] if work else _chores(),
            stages=stages,
            total=figures.total if figures else None,
            most=max((one.number for one in stages), default=0),
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


def _page(written: str) -> int:
    """Return the page that an address asks for; the first one where it is none."""
    number = int(written) if written.isascii() and written.isdecimal() and len(written) < 6 else 1
    return max(1, number)


def _chores() -> list[NavItem]:
    """Return what a person without any worklist can look after here, as the navigation knows it."""
    groups = navigation(current_app).groups()
    return [item for group in groups if group.id in CHORES for item in group.items]


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


def _stages(figures: Overview) -> list[StageCount]:
    """Return how many open cases stand at each common stage: alike for all centres that a person sees."""
    where = f"/records/{CASE}/list/?is_open=true&{COMMON}="
    return [
        StageCount(language.translate(title), count.number, f"{where}{stage}", count.capped)
        for stage, title in CANONICAL.items()
        if (count := figures.stages[stage]).number
    ]
