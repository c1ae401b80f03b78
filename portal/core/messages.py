"""Messages of the outbox: one typed content for each event that somebody is told of, all of them in one table.

A message names records, units, roles and accounts by identifiers; it holds no value of a record.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any, Self

from portal.core.errors import msg
from portal.core.referrals import ENDED, REPLACED, SENT, event_of
from portal.core.table import Table, derived


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """What every message says: the record, its type, and the account that acted (0 for work of the system)."""

    record: str
    etype: str
    actor: int
    by: str

    @classmethod
    def read(cls, payload: Mapping[str, Any]) -> Self:
        """Return a stored message; members that this version does not know are passed over."""
        known = {one.name for one in fields(cls)}
        return cls(**{name: value for name, value in payload.items() if name in known})

    def payload(self) -> dict[str, Any]:
        """Return the message as it is stored."""
        return asdict(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class FactsChanged(Message):
    """The facts of a matter changed while a unit handles it."""

    handler: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class StageChanged(Message):
    """A matter came into another stage, or a lane of it was opened or closed."""

    stage: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReferralChanged(Message):
    """A referral came into a state: the unit that it went to, and the accounts that registered and sent the matter."""

    referral: str
    unit: int
    lead: bool
    registered_by: int
    sent_by: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RolesCalled(Message):
    """Rules or a step call for roles at the centre, or for departments."""

    centre: int
    roles: tuple[str, ...] = ()
    departments: tuple[str, ...] = ()
    rules: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class GradeAccepted(Message):
    """A person gave a matter its grade."""

    grade: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskGiven(Message):
    """A task was given to an account, to a role at a unit, or to a unit; 0 and empty for what was not named."""

    task: int
    unit: int
    role: str
    owner: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskDone(Message):
    """A task was done, that the account ``given_by`` gave."""

    task: int
    given_by: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CorrectionSettled(Message):
    """What a person asked for or brought forward was decided by another one: the account that did."""

    asked_by: int


@dataclass(frozen=True, slots=True, kw_only=True)
class MuchDisclosed(Message):
    """A person had the personal data of so many matters shown within an hour, the last one at this unit."""

    unit: int
    count: int


@dataclass(frozen=True, slots=True)
class Topic:
    """An event of the outbox: the type of its content, and how those concerned are told of it; empty where nobody is.

    ``asks`` is said instead to a unit that only assists.
    """

    name: str
    content: type[Message]
    words: str = ""
    asks: str = ""


TOPICS: Table[Topic] = Table(
    "topics",
    Topic("record.facts", FactsChanged, msg("%(who)s changed the facts of a matter that your unit handles")),
    Topic("record.stage", StageChanged),
    Topic("record.grade", GradeAccepted),
    Topic(
        "disclosure.many",
        MuchDisclosed,
        msg("%(who)s had the personal data of %(count)s matters shown within an hour"),
    ),
    Topic("task.given", TaskGiven, msg("%(who)s gave you a task")),
    Topic("task.done", TaskDone, msg("%(who)s has done a task that you gave")),
    Topic("rules.notify", RolesCalled, msg("The rules call your role to a matter of the centre")),
    Topic(
        "correction.asked",
        RolesCalled,
        msg("%(who)s asks for a correction of a closed matter; a second person decides"),
    ),
    Topic(
        "correction.settled",
        CorrectionSettled,
        msg("%(who)s decided on the correction that you asked for"),
    ),
    Topic("step.answered", CorrectionSettled, msg("%(who)s decided on what you brought forward")),
    Topic(
        event_of(SENT),
        ReferralChanged,
        msg("%(who)s referred a matter to your unit"),
        msg("%(who)s asks your unit to assist with a matter"),
    ),
    Topic(
        event_of("accepted"),
        ReferralChanged,
        msg("%(unit)s accepted a matter that you referred or registered"),
    ),
    Topic(
        event_of("returned"),
        ReferralChanged,
        msg("%(unit)s returned a matter that you referred or registered"),
    ),
    Topic(
        event_of("done"),
        ReferralChanged,
        msg("%(unit)s reports done a matter that you referred or registered"),
    ),
    Topic(event_of("revoked"), ReferralChanged, msg("%(who)s revoked a referral to your unit")),
    Topic(
        event_of(REPLACED),
        ReferralChanged,
        msg("%(who)s referred a matter anew: your unit has nothing more to answer of it"),
    ),
    Topic(
        event_of(ENDED),
        ReferralChanged,
        msg("%(who)s concluded a matter: your unit has nothing more to answer of it"),
    ),
)


@derived
def topics() -> frozenset[str]:
    """Return the names of all topics."""
    return frozenset(TOPICS)


def read(topic: str, payload: Mapping[str, Any]) -> Message:
    """Return the content of a stored message; KeyError for a topic of no table."""
    return TOPICS[topic].content.read(payload)
