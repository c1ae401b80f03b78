"""A process that is killed while it puts a version in force leaves the old one whole, or the new one whole."""

from __future__ import annotations

import os
import random
import signal
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace

import pytest
from sqlalchemy import func, select

from portal.adapters.clock import FixedClock
from portal.core.access import Access
from portal.persistence.models import AuditEntry, Layer, Release, ReleaseActivation
from portal.services import rollout
from portal.services.portal import Policy, Portal
from tests.fixtures.database import KEYS, TODAY
from tests.fixtures.drafting import JINNING, SYSTEM, drafter
from tests.fixtures.rolling import FRONT, LENGTH, bring, decided, made, seeded_city

TIMES = int(os.environ.get("ROLLOUT_KILLS", "6"))
TABLES = (Layer, Release, ReleaseActivation, AuditEntry)


def opened(url: str) -> Portal:
    return replace(Portal.from_url(url, FixedClock.on(TODAY), KEYS), policy=Policy(second_person=True))


@pytest.fixture
def portal(database_url: str) -> Iterator[Portal]:
    seeded = seeded_city(opened(database_url))
    bring(seeded)
    yield seeded
    seeded.database.dispose()


def rows(portal: Portal) -> list[int]:
    with portal.reading(SYSTEM) as session:
        return [session.scalar(select(func.count()).select_from(one)) or 0 for one in TABLES]


def killed_while(url: str, who: object, uid: str, delay: float | None) -> float:
    """Let another process put the plan in force, and kill it after a while; return for how long it lived."""
    began = time.monotonic()
    child = os.fork()
    if child == 0:
        try:
            with opened(url).writing(who) as uow:  # type: ignore[arg-type]
                rollout.apply(uow, uid, "可以")
                uow.commit()
        finally:
            os._exit(0)
    if delay is not None:
        time.sleep(delay)
        os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return time.monotonic() - began


def state_of(portal: Portal, uid: str) -> str:
    with portal.reading(SYSTEM) as session:
        return rollout.plan_of(session, uid).state


def begun_anew(portal: Portal, uid: str, yang: Access, li: Access) -> str:
    """Take a plan back that was put in force, and make another one."""
    with portal.writing(li) as uow:
        rollout.roll_back(uow, uid, "再试一次")
        uow.commit()
    return made(portal, yang, JINNING)


def test_killed_at_any_moment_it_is_wholly_old_or_wholly_new(portal: Portal, database_url: str) -> None:
    yang, li = drafter(portal, JINNING), drafter(portal, JINNING, "李建国")
    decided(portal, yang, JINNING, (FRONT, "theirs"), (LENGTH, "ours"))
    chance, seen = random.Random(15), Counter[str]()
    uid = made(portal, yang, JINNING)
    portal.database.dispose()
    # One that nobody disturbs says for how long there is something to kill.
    whole = killed_while(database_url, li, uid, None)
    assert state_of(portal, uid) == "applied"
    uid = begun_anew(portal, uid, yang, li)
    old = rows(portal)
    portal.database.dispose()
    for _ in range(TIMES):
        killed_while(database_url, li, uid, chance.uniform(0, 1.2 * whole))
        now, state = rows(portal), state_of(portal, uid)
        seen[state] += 1
        if state == "open":
            assert now == old
        else:
            # Layer, release, activation, and an entry of each: all of it, or none.
            assert [new - one for new, one in zip(now, old, strict=True)] == [1, 1, 1, 4]
            uid = begun_anew(portal, uid, yang, li)
            old = rows(portal)
        portal.database.dispose()
    assert set(seen) <= {"open", "applied"}
    # Of many, some came too early and some too late: kills that all miss would show nothing.
    assert TIMES < 50 or min(seen["open"], seen["applied"]) > TIMES // 20
