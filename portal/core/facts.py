"""What definitions may read beside data and answers: the facts of records, referrals, tasks, clocks and centres.

Worklists, documents, guards and events name a fact by its pointer, such as ``/referral/route``; the check of each knows
which of these roots it may read.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from portal.core.conditions import FieldType
from portal.core.errors import msg

Facts = Mapping[str, FieldType]


def _types(**named: tuple[str, str]) -> dict[str, FieldType]:
    return {name: FieldType(kind, "", title) for name, (kind, title) in named.items()}


FACTS: Mapping[str, Facts] = {
    "record": {
        **_types(
            uid=("string", msg("Identifier")),
            code=("string", msg("Code")),
            title=("string", msg("Title")),
            stage=("string", msg("Stage")),
            canonical_stage=("string", msg("Common stage")),
            stage_since=("datetime", msg("In this stage since")),
            is_open=("boolean", msg("Open")),
            unit=("unit", msg("Unit")),
            handler=("unit", msg("Handling unit")),
            place=("unit", msg("Place")),
            occurred_on=("date", msg("Occurred on")),
            amount=("money", msg("Amount")),
            due_on=("date", msg("Due day")),
            created_at=("datetime", msg("Entered")),
            created_by=("string", msg("Entered by")),
            updated_at=("datetime", msg("Changed")),
            updated_by=("string", msg("Changed by")),
        ),
        "dispute_type": FieldType("taxonomy", "dispute", msg("Type of dispute")),
    },
    "referral": _types(
        route=("string", msg("Route")),
        mode=("string", msg("Way to resolve it")),
        status=("string", msg("State of the referral")),
        lead=("boolean", msg("Leading unit")),
        from_unit=("unit", msg("Sending unit")),
        to_unit=("unit", msg("Receiving unit")),
        reason=("string", msg("Reason")),
        answer=("string", msg("Answer")),
        due_on=("date", msg("Due day")),
        created_at=("datetime", msg("Sent")),
        answered_at=("datetime", msg("Answered")),
    ),
    "task": _types(
        task=("string", msg("Task")),
        status=("string", msg("State of the task")),
        unit=("unit", msg("Unit")),
        owner=("string", msg("Owner")),
        due_on=("date", msg("Due day")),
        created_at=("datetime", msg("Created")),
    ),
    "clock": _types(
        deadline=("string", msg("Period")),
        whose=("string", msg("Whose period")),
        state=("string", msg("State of the period")),
        due_on=("date", msg("Due day")),
        provisional=("boolean", msg("Provisional")),
        started_on=("date", msg("Started")),
    ),
    "centre": _types(
        name=("string", msg("Name of the centre")),
        agency=("string", msg("Agency word")),
        unit=("unit", msg("Unit")),
    ),
}


def facts(roots: Iterable[str]) -> dict[str, FieldType]:
    """Return the facts of some roots by pointer."""
    return {f"/{root}/{name}": kind for root in roots for name, kind in FACTS[root].items()}
