"""The tables of indicators: the sorts of things that they count, the cohorts, and by what a count is broken down."""

from __future__ import annotations

from dataclasses import dataclass

from portal.core.errors import msg
from portal.core.table import Table

REGISTERED, ACCEPTED, CONCLUDED = "registered", "accepted", "concluded"
DUE, CUT_OFF, DATED = "due", "cut_off", "dated"
COUNT, RATE, MEDIAN, PARTS = "count", "rate", "median", "parts"


@dataclass(frozen=True, slots=True)
class Cohort:
    """Which things a period takes in: those to which something happened in it, or those that stand at its end."""

    name: str
    title: str


@dataclass(frozen=True, slots=True)
class Breakdown:
    """By what a count is broken down; ``axis`` is the axis of the figures that keeps it."""

    name: str
    title: str
    axis: str = ""


@dataclass(frozen=True, slots=True)
class Shown:
    """What an indicator shows of its counts."""

    name: str
    title: str


@dataclass(frozen=True, slots=True)
class Sort:
    """One sort of things that are counted: the facts that conditions may read of it, and its cohorts.

    ``fields`` says that its rows are, or belong to, records of one type, whose fields may be read. ``kept`` is no where
    nothing in the portal keeps such rows yet: its indicators have a definition and no figure.
    """

    name: str
    title: str
    reads: tuple[str, ...]
    cohorts: frozenset[str]
    fields: bool = False
    breakdowns: frozenset[str] = frozenset({"unit"})
    kept: bool = True


COHORTS: Table[Cohort] = Table(
    "cohorts of indicators",
    Cohort(REGISTERED, msg("registered in the period")),
    Cohort(ACCEPTED, msg("accepted in the period")),
    Cohort(CONCLUDED, msg("concluded in the period")),
    Cohort(DUE, msg("due in the period")),
    Cohort(CUT_OFF, msg("at the cut-off")),
    Cohort(DATED, msg("with a day in the period")),
)
BREAKDOWNS: Table[Breakdown] = Table(
    "breakdowns of indicators",
    Breakdown("unit", msg("by unit")),
    Breakdown("class", msg("by class of dispute"), "class"),
    Breakdown("type", msg("by dispute type"), "type"),
    Breakdown("route", msg("by route"), "route"),
    Breakdown("channel", msg("by channel"), "channel"),
    Breakdown("stage", msg("by common stage"), "stage"),
    Breakdown("grade", msg("by grade"), "grade"),
)
SHOWN: Table[Shown] = Table(
    "what indicators show",
    Shown(COUNT, msg("a count")),
    Shown(RATE, msg("a rate with its two counts")),
    Shown(MEDIAN, msg("a median of days")),
    Shown(PARTS, msg("a whole with its parts")),
)
_OF_RECORDS = frozenset(BREAKDOWNS)
_COURSE = frozenset({REGISTERED, ACCEPTED, CONCLUDED, CUT_OFF, DATED})
SORTS: Table[Sort] = Table(
    "sorts of things that indicators count",
    Sort("record", msg("records"), ("record", "course"), _COURSE, True, _OF_RECORDS),
    Sort("referral", msg("referrals"), ("referral", "record"), frozenset({REGISTERED, CONCLUDED}), True),
    Sort("clock", msg("periods"), ("clock", "record"), frozenset({REGISTERED, DUE}), True),
    Sort("session", msg("sessions"), ("record", "course"), frozenset({REGISTERED, CONCLUDED, DATED}), True),
    Sort("document", msg("documents"), ("document", "record"), frozenset({REGISTERED}), True),
    Sort("evaluation", msg("evaluations"), ("evaluation",), frozenset({REGISTERED})),
    Sort("unit", msg("units"), ("unit",), frozenset({CUT_OFF})),
    Sort("account", msg("accounts"), ("account",), frozenset({CUT_OFF})),
    Sort("checklist", msg("items of checklists"), ("checklist",), frozenset({REGISTERED}), kept=False),
)
# The one measure of which a median is taken: days from acceptance to conclusion.
DAYS = "/course/days"
