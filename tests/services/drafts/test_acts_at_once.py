"""Acts of several persons on one submitted draft at the same moment: one of them is done, the others are refused."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import func, select

from portal.core.errors import Conflict
from portal.persistence.models import ReleaseActivation
from portal.services import drafts
from portal.services.portal import Portal
from tests.fixtures.drafting import SYSTEM, drafter
from tests.services.drafts.test_stage_mapping import submitted


def in_force(portal: Portal) -> int:
    with portal.reading(SYSTEM) as session:
        return session.scalar(select(func.count()).select_from(ReleaseActivation)) or 0


@pytest.mark.parametrize("others", ["approve", "send_back", "discard"])
def test_of_acts_at_one_moment_one_is_done(seeded: Portal, others: str) -> None:
    portal = seeded
    uid = submitted(portal)
    yang, li, zhao = drafter(portal), drafter(portal, name="李建国"), drafter(portal, name="赵云飞")
    acts: dict[str, Callable[[Any], None]] = {
        "approve": lambda uow: drafts.approve(uow, uid, "同意"),
        "send_back": lambda uow: drafts.send_back(uow, uid, "再改"),
        "discard": lambda uow: drafts.discard(uow, uid, "不要了"),
    }
    before, gate = in_force(portal), threading.Barrier(4)
    told: list[str] = []

    def do(who: Any, act: str) -> None:
        gate.wait()
        try:
            with portal.writing(who) as uow:
                acts[act](uow)
                uow.commit()
            told.append(act)
        except Conflict as error:
            told.append(error.code)

    people = [(li, "approve"), (zhao, "approve"), (li, "approve"), (yang, others)]
    if others == "approve":
        people[-1] = (zhao, "approve")
    threads = [threading.Thread(target=do, args=one) for one in people]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    done = [one for one in told if one in acts]
    assert len(told) == len(people), told
    with portal.reading(SYSTEM) as session:
        state = drafts.draft_of(session, uid).state
    # A draft that was sent back or given up is not approved; one that was approved is neither sent back nor given up.
    assert len(done) == 1, told
    assert state == {"approve": "published", "send_back": "open", "discard": "discarded"}[done[0]]
    assert in_force(portal) - before == (done == ["approve"])
