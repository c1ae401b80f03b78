"""A room whose department is not stationed at the centre says so; nobody is shown as sitting there."""

from __future__ import annotations

from dataclasses import replace

from portal.services import releases, units
from portal.services.records.proposing.seats import SeatFinder
from portal.web.layout import Duty, Plan
from tests.fixtures.database import access_for
from tests.web.records.seeded_site import TODAY, Site

XISHAN, ROOM, DEPARTMENT = "530112", "counselling", "counselling_service"


def duties(site: Site, *away: str) -> tuple[Duty, ...]:
    """Return who is shown in the room, with some departments taken from the stationing."""
    portal = site.portal
    with portal.reading(access_for(portal, "clerk", XISHAN)) as session, site.app.test_request_context("/"):
        centre, bundle = releases.for_centre(portal, session, units.by_code(session, XISHAN))
        stays = tuple(one for one in bundle.layout.stationing if one.department not in away)
        layout = replace(bundle.layout, stationing=stays)
        finder = SeatFinder.of(portal, session, centre, bundle, TODAY, below=layout)
        plan = Plan(layout, bundle.texts("zh_Hans"), TODAY, finder)
        found = layout.find("room", ROOM)
        assert found is not None
        return plan.place("room", found).duties


def test_a_department_that_is_not_stationed_is_not_there(site: Site) -> None:
    shown, answers = duties(site, DEPARTMENT)
    assert answers.department == "由上一级答复"
    assert (shown.department, shown.mode, shown.present) == ("心理服务", "off", False)
    assert shown.label == "未进驻"


def test_a_department_that_is_stationed_is_shown_as_before(site: Site) -> None:
    shown = duties(site)
    assert shown
    assert all(one.mode != "off" for one in shown)
    assert "中心人员" not in {one.department for one in shown}
