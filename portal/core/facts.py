"""What definitions may read beside data and answers: facts of records, referrals, tasks, clocks, centres and figures.

Worklists, documents, guards and events name a fact by its pointer, such as ``/referral/route``; the check of each knows
which of these roots it may read. A record's own facts follow from its columns.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from portal.core.columns import COLUMNS
from portal.core.conditions import FieldType
from portal.core.kinds import KINDS
from portal.core.table import derived

Facts = Mapping[str, FieldType]
# The kind under which conditions compare a column whose kind no field of a form has.
_COMPARED = {"text": "string", "date": "date", "number": "number"}


def _types(**named: str) -> dict[str, FieldType]:
    return {name: FieldType(kind) for name, kind in named.items()}


_OTHERS: Mapping[str, Facts] = {
    "referral": _types(
        route="string",
        mode="string",
        status="string",
        lead="boolean",
        kind="string",
        return_by="date",
        accept_by="date",
        sent_by="string",
        from_unit="unit",
        to_unit="unit",
        reason="string",
        answer="string",
        due_on="date",
        created_at="datetime",
        answered_at="datetime",
    ),
    "task": _types(
        task="string",
        status="string",
        unit="unit",
        role="string",
        owner="string",
        due_on="date",
        provisional="boolean",
        source="string",
        created_at="datetime",
    ),
    "clock": _types(
        deadline="string",
        whose="string",
        state="string",
        due_on="date",
        provisional="boolean",
        started_on="date",
        event="string",
    ),
    "centre": _types(name="string", agency="string", unit="unit"),
    # Of indicators: how a record went, the papers about it, and what is no record.
    "course": _types(
        accepted="boolean",
        concluded="boolean",
        reopened="boolean",
        late="boolean",
        overdue="boolean",
        repeats="boolean",
        answered="boolean",
        days="number",
    ),
    "document": _types(document="string", status="string"),
    "evaluation": _types(question="string", answer="string"),
    "unit": _types(level="string", kind="string", active="boolean", account="boolean"),
    "account": _types(active="boolean", signed_in="boolean"),
    "checklist": _types(item="string", passed="boolean"),
}


# What a record says beside its columns: since when it is in its stage, the nearest day of the unit that handles it,
# whether a correction waits, and the account that asked for it.
_BESIDE = _types(stage_since="datetime", handler_due_on="date", correcting="boolean", correction_by="string")


@derived
def _record() -> Facts:
    """Return the facts of a record: its columns, and what it says beside them."""
    found = {
        column.name: FieldType(_compared(column.kind), column.taxonomy, column.title)
        for column in COLUMNS.values()
    }
    return {**found, **_BESIDE}


def _compared(kind: str) -> str:
    known = KINDS[kind]
    if known.types:
        return kind
    return "unit" if known.filter == "home" else _COMPARED[known.column]


def facts(roots: Iterable[str]) -> dict[str, FieldType]:
    """Return the facts of some roots by pointer."""
    return {
        f"/{root}/{name}": kind
        for root in roots
        for name, kind in (_record() if root == "record" else _OTHERS[root]).items()
    }
