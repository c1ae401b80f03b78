"""Small helpers for tests that hand matters over under the shipped packs."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import select

from portal.core.access import Access
from portal.persistence.models import Record, Referral, Unit
from portal.services import archive, records
from portal.services.portal import Portal
from portal.services.records import Override
from portal.services.records.handling.waiting import rows, worklists_of
from tests.web.records.seeded_site import CASE

SYSTEM = Access.system("test")
COUNTY, CITY = "530112", "530100"
DATA = {
    **{key.removeprefix("/"): value for key, value in CASE.items()},
    "amount": 20000,
    "lower_tried": False,
    "respondents": [{"kind": "person", "name": "李"}],
}
MEDIATION = Override({"department": "people_mediation"}, route="R01")
JUSTICE = Override({"department": "justice"}, route="R01")
COURT = Override({"department": "court"}, route="R05")


def do(portal: Portal, what: Any, *args: Any, who: Access = SYSTEM, **more: Any) -> Any:
    with portal.writing(who) as uow:
        answer = what(uow, *args, **more)
        uow.commit()
    return answer


def case(portal: Portal, unit: str = COUNTY, **changes: Any) -> str:
    """Register a matter; return its identifier."""
    data = {name: value for name, value in (DATA | {"place": unit} | changes).items() if value is not None}
    uid: str = do(portal, records.register, "case", unit, data).record.uid
    return uid


def now(portal: Portal, uid: str) -> Record:
    with portal.reading(SYSTEM) as session:
        return records.get_any(session, uid)


def dispose(portal: Portal, uid: str, to: Override, who: Access = SYSTEM, **more: Any) -> Referral:
    """Hand a matter over otherwise than proposed."""
    said = {"version": now(portal, uid).version, "reason": "依法由其先行办理", **more}
    made: Referral = do(portal, records.dispose, uid, override=to, who=who, **said)
    return made


def explain_rest(portal: Portal, uid: str, who: Access = SYSTEM) -> None:
    """Say why what the file lacks is not there, so that the matter can be archived."""
    do(
        portal,
        archive.explain_rest,
        uid,
        who=who,
        version=now(portal, uid).version,
        why="纸质原件另存街道档案室",
    )


def standing(portal: Portal, uid: str) -> list[tuple[str, bool, str]]:
    """Return unit, whether it leads, and state of each referral, the oldest first."""
    with portal.reading(SYSTEM) as session:
        query = select(Unit.code, Referral.lead, Referral.status).join(
            Referral, Referral.to_unit_id == Unit.id
        )
        rows = session.execute(query.where(Referral.record_id == now(portal, uid).id).order_by(Referral.id))
        return [(row[0], row[1], row[2]) for row in rows]


@contextmanager
def later(portal: Portal, **amount: float) -> Iterator[None]:
    """Let some time pass for the length of a block."""
    clock: Any = portal.clock
    object.__setattr__(portal, "clock", clock.later(**amount))
    try:
        yield
    finally:
        object.__setattr__(portal, "clock", clock)


def answer(
    portal: Portal,
    referral: Referral | str,
    name: str,
    who: Access = SYSTEM,
    reason: str = "依法不属本单位职责",
) -> Referral:
    """Answer a referral."""
    uid = referral if isinstance(referral, str) else referral.uid
    made: Referral = do(portal, records.referral, uid, name, who=who, reason=reason)
    return made


def lists_with(portal: Portal, who: Access, uid: str) -> set[str]:
    """Return the worklists of a person that show a matter."""
    with portal.reading(who) as session:
        return {
            one.id
            for one in worklists_of(portal, session)
            for row in rows(portal, session, one, size=500).rows
            if row.record.uid == uid
        }
