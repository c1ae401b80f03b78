"""A gate that asks for an indicator reads the counts that are kept of each centre since it has the version."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update

from portal.adapters.clock import FixedClock
from portal.core.access import Access, Grant
from portal.persistence.models import IndicatorFigure, IndicatorKept
from portal.services import releases, rollout, units
from portal.services.portal import Policy, Portal
from portal.services.rollout import campaigns, measured
from portal.services.rollout.standing import stand_of
from portal.services.rollout.wanted import Wanted, Wave
from tests.fixtures.database import KEYS, TODAY
from tests.fixtures.drafting import ALL, GUANDU, KUNMING, SYSTEM, account, drafter, path_of
from tests.fixtures.rolling import CITY, bring, made, seeded_city

SHIPPED = Path(__file__).parents[3] / "seed/base/indicators"
ON_TIME, OVERDUE, COUNT = "on_time_rate", "overdue_share", "registered"


@pytest.fixture
def portal(database_url: str) -> Iterator[Portal]:
    empty = Portal.from_url(database_url, FixedClock.on(TODAY), KEYS)
    seeded = seeded_city(replace(empty, policy=Policy(second_person=True)))
    with seeded.reading(SYSTEM) as session:
        bundle: Any = releases.for_unit(seeded, session, units.by_code(session, KUNMING))
        names = (ON_TIME, OVERDUE, COUNT)
        bundle.raw["indicators"] = {
            name: json.loads((SHIPPED / f"{name}.json").read_text("utf-8")) for name in names
        }
        bundle.__dict__.pop("indicators", None)
    yield seeded
    seeded.database.dispose()


def zhou(portal: Portal) -> Access:
    path = path_of(portal, KUNMING)
    release = Grant("template_owner", path, "release", frozenset({"add", "edit"}))
    return Access(account(portal, "周敏"), "周敏", (Grant("template_owner", path, "draft", ALL), release))


def in_force(portal: Portal, name: str, percent: int) -> str:
    """Begin a campaign whose only gate asks for an indicator, and put the version in force in Guandu."""
    digest = bring(portal)
    waves = [Wave(TODAY, [GUANDU], gates={"indicator": {"indicator": name, "percent": percent}})]
    with portal.writing(zhou(portal)) as uow:
        uid = campaigns.start(uow, KUNMING, CITY, Wanted("推广", digest, waves)).uid
        uow.commit()
    wang = drafter(portal, GUANDU, "王")
    with portal.writing(wang) as uow:
        rollout.apply(uow, made(portal, wang, GUANDU))
        uow.commit()
    return uid


def keep(portal: Portal, uid: str, counts: dict[int, list[int]], *, ready: bool = True) -> None:
    """Keep two counts of Guandu by month, as folding does."""
    with portal.writing(SYSTEM) as uow:
        said = campaigns.waves_of(uow.session, uid)[0].gates["indicator"]
        unit = units.by_code(uow.session, GUANDU)
        row = IndicatorKept(
            digest=said["digest"], indicator=said["indicator"], release_id=1, in_force=True, ready=ready
        )
        uow.session.add(row)
        uow.session.flush()
        for month, pair in counts.items():
            text = json.dumps({f"{row.id}|": pair})
            uow.session.add(IndicatorFigure(unit_id=unit.id, axis="", month=month, counts=text))
        uow.commit()


def verdict(portal: Portal, uid: str, days: int = 0) -> tuple[str, str, str]:
    today = TODAY + dt.timedelta(days=days)
    # As who runs the roll-out reads it, who has no role for figures.
    with portal.reading(zhou(portal)) as session:
        stand = stand_of(session, uid, today)
        judged = stand.stands[0].judged["indicator"]
        told = judged.evidence.params if judged.evidence else {}
        return judged.verdict, stand.waves[0].state, "/".join(str(one) for one in told.values())


MONTH = TODAY.year * 100 + TODAY.month


def test_only_rates_that_are_kept_can_be_asked_for(portal: Portal) -> None:
    with portal.reading(SYSTEM) as session:
        bundle = releases.for_unit(portal, session, units.by_code(session, KUNMING))
        assert {one.id for one in measured.choices(bundle)} == {ON_TIME, OVERDUE}


def test_months_before_the_version_do_not_count(portal: Portal) -> None:
    uid = in_force(portal, ON_TIME, 90)
    # Nobody counts this definition: a person settles it.
    assert verdict(portal, uid, 7)[0] == "ask"
    keep(portal, uid, {MONTH - 1: [0, 50], MONTH: [9, 10]})
    assert verdict(portal, uid) == ("pass", "passed", "9/10")


def test_a_share_that_is_better_low_is_that_of_now(portal: Portal) -> None:
    uid = in_force(portal, OVERDUE, 10)
    keep(portal, uid, {MONTH: [0, 10], 0: [2, 10]})
    assert verdict(portal, uid) == ("fail", "running", "2/10")


def test_nothing_to_count_is_asked_about_only_after_some_days(portal: Portal) -> None:
    uid = in_force(portal, ON_TIME, 90)
    keep(portal, uid, {MONTH - 1: [1, 1]})
    assert verdict(portal, uid)[:2] == ("none", "running")
    assert verdict(portal, uid, 7)[:2] == ("ask", "paused")


def test_a_definition_that_is_counted_for_the_first_time_is_waited_for(portal: Portal) -> None:
    uid = in_force(portal, ON_TIME, 90)
    keep(portal, uid, {MONTH: [9, 10]}, ready=False)
    assert verdict(portal, uid)[0] == "none"
    with portal.writing(SYSTEM) as uow:
        uow.session.execute(update(IndicatorKept).values(in_force=False))
        uow.commit()
    assert verdict(portal, uid, 7)[0] == "ask"
