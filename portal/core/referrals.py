"""Referrals: the states of one, and the answers that lead from state to state; each in one table."""

from __future__ import annotations

from dataclasses import dataclass

from portal.core.access import DISPOSE, REFER
from portal.core.errors import msg
from portal.core.table import Table, derived

RECEIVER, SENDER = "receiver", "sender"
# What each side needs, at its own unit, to answer a referral.
NEEDS = {RECEIVER: REFER, SENDER: DISPOSE}
SENT, ACCEPTED, REPLACED, ENDED = "sent", "accepted", "replaced", "ended"
# The kinds of referrals beside the ordinary one: a call to several units, and a dispute about who is competent.
ORDINARY, WHISTLE, DISPUTE = "", "whistle", "dispute"
EVENT = "referral."


@dataclass(frozen=True, slots=True)
class State:
    """A state of a referral.

    While it is ``open``, the unit that it went to sees the record; while it ``stands``, the proposal that it follows
    counts as answered; a state that is ``settled`` asks nothing of anybody any more.
    """

    name: str
    title: str
    tone: str
    open: bool = False
    stands: bool = False
    settled: bool = False


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer: who gives it, from which states to which, and how it reads.

    ``label`` stands on its button, ``asks`` over its text, ``told`` is said afterwards; ``words``, ``title``, ``tone``
    and ``icon`` are those of its act in the audit log and in the history. An answer that ``takes_back`` a lead
    referral leaves the matter without a handler. One that ``objects`` says that the matter is not the unit's: it is
    not given where a decision about that binds, and one that is ``timely`` only until the referral's last day for it.
    """

    name: str
    side: str
    sources: frozenset[str]
    to: str
    label: str
    told: str
    words: str
    title: str
    tone: str
    icon: str
    asks: str = ""
    needs_reason: bool = False
    takes_back: bool = False
    objects: bool = False
    timely: bool = False

    @property
    def needs(self) -> str:
        """Return the action that a role of the answering unit must have."""
        return NEEDS[self.side]


STATES: Table[State] = Table(
    "states of a referral",
    State(SENT, msg("waiting for acceptance"), "warning", open=True, stands=True),
    State("accepted", msg("accepted"), "info", open=True, stands=True),
    State("asked_back", msg("asks to return it"), "warning", open=True, stands=True),
    State("returned", msg("returned"), "danger"),
    State("done", msg("done"), "good", stands=True, settled=True),
    State("revoked", msg("revoked"), "neutral", settled=True),
    # Ended by a later referral of the same matter, not by an answer.
    State(REPLACED, msg("replaced by a later referral"), "neutral", settled=True),
    # The matter was closed before the unit answered.
    State(ENDED, msg("ended with the matter"), "neutral", settled=True),
)
_OPEN = frozenset(state.name for state in STATES.values() if state.open)
ANSWERS: Table[Answer] = Table(
    "answers to a referral",
    Answer(
        "accept",
        RECEIVER,
        frozenset({SENT}),
        "accepted",
        label=msg("Accept"),
        told=msg("The referral is accepted."),
        words=msg("referral accepted"),
        title=msg("Referral accepted"),
        tone="good",
        icon="check",
    ),
    Answer(
        "done",
        RECEIVER,
        frozenset({"accepted"}),
        "done",
        label=msg("Report done"),
        told=msg("The referral is reported done."),
        words=msg("referral finished"),
        title=msg("Referral done"),
        tone="good",
        icon="checks",
        asks=msg("Result"),
    ),
    Answer(
        "return",
        RECEIVER,
        _OPEN,
        "returned",
        label=msg("Return"),
        told=msg("The referral is returned."),
        words=msg("referral returned"),
        title=msg("Referral returned"),
        tone="warning",
        icon="arrow-back-up",
        asks=msg("Reason"),
        needs_reason=True,
        takes_back=True,
        objects=True,
        timely=True,
    ),
    # After the day on which it may still be returned, the sender agrees or does not.
    Answer(
        "ask_back",
        RECEIVER,
        frozenset({SENT, "accepted"}),
        "asked_back",
        label=msg("Ask to return"),
        told=msg("The sender is asked to take the matter back."),
        words=msg("return asked for"),
        title=msg("Return asked for"),
        tone="warning",
        icon="arrow-back-up",
        asks=msg("Reason"),
        needs_reason=True,
        objects=True,
    ),
    Answer(
        "let_go",
        SENDER,
        frozenset({"asked_back"}),
        "returned",
        label=msg("Take it back"),
        told=msg("The matter is taken back."),
        words=msg("return agreed to"),
        title=msg("Return agreed to"),
        tone="warning",
        icon="arrow-back-up",
        takes_back=True,
    ),
    Answer(
        "keep",
        SENDER,
        frozenset({"asked_back"}),
        "accepted",
        label=msg("It stays there"),
        told=msg("The matter stays with the unit."),
        words=msg("return refused"),
        title=msg("Return refused"),
        tone="info",
        icon="ban",
        asks=msg("Reason"),
        needs_reason=True,
    ),
    Answer(
        "revoke",
        SENDER,
        _OPEN,
        "revoked",
        label=msg("Revoke"),
        told=msg("The referral is revoked."),
        words=msg("referral revoked"),
        title=msg("Referral revoked"),
        tone="warning",
        icon="ban",
        asks=msg("Reason"),
        needs_reason=True,
        takes_back=True,
    ),
)


@derived
def open_states() -> tuple[str, ...]:
    """Return the states in which the unit that a referral went to sees the record."""
    return tuple(state.name for state in STATES.values() if state.open)


@derived
def standing_states() -> frozenset[str]:
    """Return the states in which the proposal that a referral follows counts as answered."""
    return frozenset(state.name for state in STATES.values() if state.stands)


@derived
def event_names() -> tuple[str, ...]:
    """Return the events of a referral, one for each state that it comes into."""
    return tuple(event_of(state) for state in STATES)


def event_of(state: str) -> str:
    """Return the name of the event that a referral has come into a state."""
    return f"{EVENT}{state}"
