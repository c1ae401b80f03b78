"""From a pilot to fourteen centres in three waves: what is in force and what differs at each step."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator

import pytest
from sqlalchemy import select

from portal.adapters.clock import FixedClock
from portal.persistence.models import RolloutPlan, Unit
from portal.services import releases, rollout, units
from portal.services.portal import Portal
from portal.services.rollout.drift import Fleet
from portal.services.rollout.standing import CampaignStand, stand_of
from tests.fixtures.database import KEYS, TODAY
from tests.services.rollout import demonstration as told
from tests.services.rollout.demonstration import Demonstration

# The checks and sample matters of each plan as the worker runs them: minutes, see `make prove ONLY=pilot_waves`.
WHOLE = os.environ.get("ROLLOUT_CHECKS", "") == "1"


@pytest.fixture
def show(database_url: str) -> Iterator[Demonstration]:
    portal = Portal.from_url(database_url, FixedClock.on(TODAY), KEYS)
    yield Demonstration(portal, TODAY, whole=WHOLE)
    portal.database.dispose()


def fleet(show: Demonstration, day: int) -> Fleet:
    with show.on(day, 20).reading(told.SYSTEM) as session:
        return rollout.fleet(session, ("/",)).below(told.PARENT)


def stand(show: Demonstration, day: int) -> CampaignStand:
    with show.on(day, 20).reading(told.SYSTEM) as session:
        return stand_of(session, show.campaign, show.on(day).clock.today())


def states(show: Demonstration, day: int) -> list[str]:
    return [one.state for one in stand(show, day).waves]


def behind(show: Demonstration, day: int) -> set[str]:
    return {one.unit for one in fleet(show, day).behind}


def in_force(show: Demonstration, unit: str) -> str:
    with show.portal.reading(told.SYSTEM) as session:
        return releases.for_unit(show.portal, session, units.by_code(session, unit)).raw["lifecycles"][
            "case"
        ]["stages"]["mediate"]["title"]


def effective(show: Demonstration, unit: str) -> dict[str, object]:
    with show.portal.reading(told.SYSTEM) as session:
        return dict(releases.for_unit(show.portal, session, units.by_code(session, unit)).raw)


def test_a_pilot_reaches_fourteen_centres_in_three_waves(show: Demonstration) -> None:
    told.seeded(show)
    found = fleet(show, -2)
    assert {one.unit for one in found.centres} == set(told.CENTRES)
    assert len(told.CENTRES) == 14
    assert {one.adopted for one in found.centres} == {"1.0.0"}
    assert found.behind == []
    own = {one.unit: len(one.overrides) for one in found.centres if one.overrides}
    assert len(own) == 6

    told.version_made(show)
    assert behind(show, -1) == set(told.CENTRES)
    with show.on(-1).reading(told.SYSTEM) as session:
        reviews = {unit: rollout.review(session, unit) for unit in told.CENTRES}
    assert {one.offer.version for one in reviews.values()} == {"1.1.0"}
    open_at = {unit: one.plan.counts["open"] for unit, one in reviews.items() if one.plan.counts["open"]}
    assert open_at == {told.JINNING: 1, told.WUHUA: 1, told.GUANDU: 1}
    # What was lifted is no override of the pilot's any more.
    assert reviews[told.XISHAN].plan.counts["redundant"] >= len(told.CHOSEN)

    told.begun(show)
    assert states(show, 0) == ["running", "waiting", "waiting"]
    before = effective(show, told.XISHAN)
    told.first_wave(show)
    assert effective(show, told.XISHAN) == before
    assert fleet(show, 3).centre(told.XISHAN).adopted == "1.1.0"
    assert len(fleet(show, 3).centre(told.XISHAN).overrides) < own[told.XISHAN]
    assert behind(show, 3) == {*told.SECOND, *told.THIRD}
    # Songming had no matter in these days: nobody can tell, and the wave is paused.
    assert states(show, 3) == ["paused", "waiting", "waiting"]
    told.settled(show)
    assert states(show, 4) == ["passed", "waiting", "waiting"]

    told.second_wave(show)
    assert states(show, 11) == ["passed", "passed", "waiting"]
    assert behind(show, 11) == set(told.THIRD)
    assert in_force(show, told.JINNING) == effective_title(reviews[told.JINNING])
    assert in_force(show, told.CHENGGONG) == "多元化解"

    told.third_wave(show)
    assert behind(show, 15) == {told.GUANDU}
    told.gone_back(show)
    last = told.LAST_DAY
    assert behind(show, last) == {told.WUHUA, told.GUANDU}
    found = stand(show, last)
    assert found.tally == {"in_force": 12, "under_way": 1, "rolled_back": 1, "waiting": 0, "out": 0}
    assert {one.unit.code: one.state for one in found.waves[2].stands} == {
        told.WUHUA: "rolled_back",
        told.GUANDU: "deciding",
        told.SHILIN: "in_force",
        told.LUQUAN: "in_force",
        told.XUNDIAN: "in_force",
    }
    asked = [one.unit.code for one in found.stands if one.standing.cannot_tell]
    assert asked == [told.LUQUAN]
    assert states(show, last) == ["passed", "passed", "paused"]
    drift = fleet(show, last)
    assert Counter(one.adopted for one in drift.centres) == {"1.1.0": 12, "1.0.0": 2}
    assert len(drift.centre(told.WUHUA).overrides) == own[told.WUHUA]
    assert {one.unit for one in drift.centres if one.overrides} == set(own)
    if WHOLE:
        assert walked_through(show) == dict.fromkeys(told.CENTRES, 0)


def walked_through(show: Demonstration) -> dict[str, int]:
    """Return the centres whose check found nothing to mend and walked through sample matters, with how many failed."""
    with show.portal.reading(told.SYSTEM) as session:
        rows = session.execute(
            select(Unit.code, RolloutPlan.found).join(Unit, Unit.id == RolloutPlan.unit_id)
        )
        return {
            code: len(found["stories"]["failed"])
            for code, found in rows
            if not found["error_count"] and found["stories"]["count"]
        }


def effective_title(found: rollout.Review) -> str:
    return str(found.decision(told.STAGE).ours)
