"""Every centre below with its plan for the newest version: planned for all at once, searched, page by page."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from flask import make_response, redirect, request, url_for
from flask_appbuilder.baseviews import BaseView, expose
from flask_appbuilder.security.decorators import has_access, permission_name
from werkzeug.wrappers import Response

from portal.core.access import EDIT, LIST
from portal.core.errors import NotFound, msg
from portal.persistence.models import Layer, Unit
from portal.services import releases, rollout
from portal.services.drafts.finding import THING
from portal.services.jobs.progress import latest
from portal.services.rollout.fleet_plans import job_key
from portal.services.rollout.plan_states import STATES, CentrePlan, PlanStates
from portal.services.units import by_code
from portal.web import access
from portal.web.jobs import Shown, shown
from portal.web.language import translate
from portal.web.rollout.paging import Paged
from portal.web.security import no_store
from portal.web.studio.bar import refusals, writing


@dataclass
class PlanBoard:
    """The centres that stand on one configuration, as the page shows them."""

    states: PlanStates
    parents: list[str]
    parent: str
    asked: Mapping[str, str]

    @cached_property
    def rows(self) -> Paged[CentrePlan]:
        """The centres that the search and the chosen state leave, a page of them."""
        state, order = self.asked.get("state", ""), list(STATES)
        left = [one for one in self.states.centres if state in ("", one.state)]
        left.sort(key=lambda one: order.index(one.state))
        return Paged(left, self.asked, lambda one: f"{one.name} {one.unit}")

    @cached_property
    def title(self) -> str:
        """The title of the configuration above."""
        title = self._stored.manifest.get("title") if self._stored is not None else None
        return title if isinstance(title, str) else self.parent

    @cached_property
    def _stored(self) -> Layer | None:
        return releases.newest_layer(access.session(), self.parent) if self.parent else None

    @cached_property
    def above(self) -> Unit | None:
        """The unit whose configuration it is, where the person may plan for those below it."""
        code = self._stored.manifest.get("unit") if self._stored is not None else None
        unit = by_code(access.session(), code) if code else None
        return unit if unit is not None and access.current().allows_there(THING, EDIT, unit.path) else None

    @cached_property
    def job(self) -> Shown | None:
        """The planning for all that was asked for last, for the person who asked."""
        newest = self.states.newest
        if self.above is None or newest is None:
            return None
        number = latest(access.portal(), job_key(self.above.code, newest.digest))
        try:
            return shown(number) if number is not None else None
        except NotFound:
            return None


class PlansView(BaseView):
    """Plans of the newest version at all centres below."""

    route_base = "/rollout/plans"
    class_permission_name = "Entity.draft"
    default_view = "show"

    @expose("/", methods=["GET"])
    @has_access
    @permission_name("list")
    def show(self) -> Any:
        """Show every centre with how far its plan is."""
        return no_store(
            make_response(
                self.render_template(
                    "rollout/plans.html",
                    nav_active="rollout",
                    tab="plans",
                    board=_board(),
                    states=STATES,
                    translate=translate,
                )
            )
        )

    @expose("/all", methods=["POST"])
    @has_access
    @permission_name("edit")
    def plan_all(self) -> Response:
        """Have the newest version planned for all centres below that can take it over."""
        board = _board()
        back = url_for("PlansView.show", parent=board.parent)
        if board.above is None or board.states.newest is None:
            raise NotFound("rollout.none", msg("There is no newer version to take over"))
        code, digest = board.above.code, board.states.newest.digest
        with refusals(back), writing() as uow:
            rollout.ask_fleet_plans(uow, code, board.parent, digest)
            uow.commit()
        return redirect(back)


def _board() -> PlanBoard:
    asked = request.values.to_dict()
    roots = access.current().paths(THING, LIST)
    parents, states = rollout.plan_states(access.session(), roots, asked.get("parent", ""))
    parent = states.centres[0].parent if states.centres else ""
    return PlanBoard(states, parents, parent, asked)
