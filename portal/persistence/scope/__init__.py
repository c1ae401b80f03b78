"""Row scope, enforced in the session: what a session may see and change follows from its access.

Every SELECT, and every bulk UPDATE or DELETE, that touches a table gets the criteria that follow from the access of the
session and from what the table declares (``persistence.declared``). A session without an access sees nothing but what
is declared open. Nobody has to remember a filter, and forgetting one leaks nothing.
"""

from portal.persistence.scope.conditions import (
    HOLDING_RECORDS,
    OPEN_REFERRAL,
    SCOPED,
    TABLES,
    criteria,
    end_of,
    limit,
    subtree,
    unit_of,
    units_reached,
)
from portal.persistence.scope.session import access_of, as_system, check_written, enter, install, origin_of
from portal.persistence.scope.statements import (
    along,
    beside,
    door,
    mine,
    one_plan,
    owned,
    prepared,
    prepared_count,
    prepared_counts,
    reached,
)

__all__ = [
    "HOLDING_RECORDS",
    "OPEN_REFERRAL",
    "SCOPED",
    "TABLES",
    "access_of",
    "along",
    "as_system",
    "beside",
    "check_written",
    "criteria",
    "door",
    "end_of",
    "enter",
    "install",
    "limit",
    "mine",
    "one_plan",
    "origin_of",
    "owned",
    "prepared",
    "prepared_count",
    "prepared_counts",
    "reached",
    "subtree",
    "unit_of",
    "units_reached",
]
