"""Looking a matter up without an account, and what parties answer after it is closed."""

from portal.services.lookup.answers import LEAST, AnswerRefused, Totals, give, totals
from portal.services.lookup.attempts import forget_old
from portal.services.lookup.finding import Looked, look_up
from portal.services.lookup.limits import LookupLimits
from portal.services.lookup.receipts import Receipt, receipt_of
from portal.services.lookup.standing import PartyPeriod, Standing, Step

__all__ = [
    "LEAST",
    "AnswerRefused",
    "Looked",
    "LookupLimits",
    "PartyPeriod",
    "Receipt",
    "Standing",
    "Step",
    "Totals",
    "forget_old",
    "give",
    "look_up",
    "receipt_of",
    "totals",
]
