"""Rules over past matters: what was proposed then beside what other rules propose on what was seen then.

A stored decision keeps what its own rules saw. Other rules read it by what an input reads, never by its name; what they
ask and nobody kept is unknown, never filled with what is so today.
"""

from portal.core.rules.past.carrying import Carried, asked_by, carried
from portal.core.rules.past.comparing import Matter, compare, outcome_then
from portal.core.rules.past.replays import Outcome, Replayer, Side, Target, Undecided
from portal.core.rules.past.tally import Load, Tally

__all__ = [
    "Carried",
    "Load",
    "Matter",
    "Outcome",
    "Replayer",
    "Side",
    "Tally",
    "Target",
    "Undecided",
    "asked_by",
    "carried",
    "compare",
    "outcome_then",
]
