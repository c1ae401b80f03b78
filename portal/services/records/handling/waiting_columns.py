"""Where the database has the facts that worklists name: of the record, its referral, its clock, its task."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

from sqlalchemy import String, and_, cast, func, select
from sqlalchemy.orm import aliased

from portal.core.columns import COLUMNS
from portal.core.kinds import KINDS
from portal.core.referrals import open_states
from portal.core.worklists import READS, Worklist
from portal.persistence.condition_sql import Column, LookedUp, OwnColumn, RowColumn, UnitColumn
from portal.persistence.condition_sql.columns import Kind
from portal.persistence.models import Clock, Record, Referral, Task
from portal.services.bundles import Bundle
from portal.services.declared_places import places_of
from portal.services.field_places import column_of

_DATA, _LANES = "/data", "/lanes/"
_BY_COLUMN: Mapping[str, Kind] = {"text": "text", "number": "number", "date": "day", "day": "day"}
Facts = dict[str, OwnColumn | UnitColumn]


# What follows from the models alone is made once: a first page has a dozen lists, and each referral beside a record
# would cost more than its query.
def _own(kind: Kind, model: Any, *names: str, blank: bool = False) -> Facts:
    return {name: OwnColumn(getattr(model, name), kind, blank=blank) for name in names}


@cache
def record_columns() -> Facts:
    """Return the columns of a record itself, as the table of columns has them."""
    found: Facts = {
        "unit": UnitColumn(Record.unit_id, Record.unit_path),
        "handler": UnitColumn(Record.handler_unit_id, Record.handler_path),
        # Persons are compared by their account: names are written alike.
        "created_by": OwnColumn(cast(Record.created_by, String), "text"),
        # The same, as indexes have them.
        "maker": OwnColumn(Record.created_by, "number"),
        "open": OwnColumn(Record.is_open, "boolean", given=True),
        "stage_since": OwnColumn(Record.stage_since, "moment"),
        "handler_due_on": OwnColumn(Record.handler_due_on, "day"),
        "correction_by": OwnColumn(cast(Record.correction_by, String), "text"),
        "correcting": OwnColumn(Record.correction_by.is_not(None), "boolean", given=True),
        "title": OwnColumn(Record.title, "text", blank=True, given=True),
        "is_open": OwnColumn(Record.is_open, "boolean", given=True),
    }
    for column in COLUMNS.values():
        if column.name not in found:
            of = KINDS[column.kind]
            kind: Kind = "moment" if of.shown_as == "moment" else _BY_COLUMN[of.column]
            found[column.name] = OwnColumn(getattr(Record, column.name), kind, given=column.given)
    return found


def referral_columns(model: Any = Referral) -> Facts:
    """Return the columns of a referral."""
    return {
        **_own("text", model, "route", "mode", "reason", "answer", "kind", blank=True),
        **_own("text", model, "status"),
        **_own("boolean", model, "lead"),
        **_own("day", model, "due_on", "return_by", "accept_by"),
        **_own("moment", model, "created_at", "answered_at"),
        "sent_by": OwnColumn(model.created_by_name, "text"),
        "from_unit": UnitColumn(model.from_unit_id, model.from_path),
        "to_unit": UnitColumn(model.to_unit_id, model.to_path),
    }


@cache
def clock_columns() -> Facts:
    """Return the columns of a period."""
    return {
        **_own("text", Clock, "deadline", blank=True),
        **_own("text", Clock, "whose", "state", "event"),
        **_own("day", Clock, "due_on", "started_on"),
        **_own("boolean", Clock, "provisional"),
        # Its path alone: the unit of the record that a period runs for.
        "at": UnitColumn(None, Clock.unit_path),
    }


@cache
def _task() -> Facts:
    return {
        **_own("text", Task, "task", "role", blank=True),
        **_own("text", Task, "status", "source"),
        **_own("day", Task, "due_on"),
        **_own("boolean", Task, "provisional"),
        **_own("moment", Task, "created_at"),
        "unit": UnitColumn(Task.unit_id, Task.unit_path),
        # Persons are compared by their account: names are written alike.
        "owner": OwnColumn(cast(Task.owner_id, String), "text"),
    }


@cache
def _leading() -> dict[str, Column]:
    """Return the columns of a record's live leading referral: the latest, where there are several."""
    one, other = aliased(Referral), aliased(Referral)
    latest = select(func.max(other.id)).where(other.record_id == one.record_id, _live(other))
    row = and_(one.record_id == Record.id, _live(one), one.id == latest.scalar_subquery())
    return {name: LookedUp(column, row) for name, column in referral_columns(one).items()}


def _live(referral: Any) -> Any:
    return and_(referral.lead, referral.status.in_(open_states()))


# Facts of a record that the rows of a sort hold as well, for questions where a unit lies.
OF_SOURCE: Mapping[str, Mapping[str, str]] = {"clock": {"/record/unit": "/clock/at"}}
# The facts of each root, and where rows of other sorts find those of a referral.
_ROOTS: Mapping[str, Callable[[], Mapping[str, Column]]] = {
    "record": record_columns,
    "clock": clock_columns,
    "task": _task,
}


def columns_of(bundle: Bundle, worklist: Worklist) -> dict[str, Column]:
    """Return the columns behind the facts that a worklist may name, by pointer."""
    found: dict[str, Column] = {}
    for root in READS[worklist.of]:
        if root == "referral":
            facts: Mapping[str, Column] = referral_columns() if worklist.of == "referral" else _leading()
        else:
            facts = _ROOTS[root]()
        found.update((f"/{root}/{name}", column) for name, column in facts.items())
    return found | _declared(bundle, worklist.entity)


def _declared(bundle: Bundle, etype: str) -> dict[str, Column]:
    """Return the columns of the declared fields of a type, and of its lanes."""
    infos, found = bundle.fields(etype), dict[str, Column]()
    for pointer, place in places_of(bundle, etype).items():
        flag = KINDS[infos[pointer].type].filter == "yes_no"
        kind: Kind = "flag" if flag else _BY_COLUMN[column_of(place)]
        found[f"{_DATA}{pointer}"] = (
            RowColumn(place.column, etype, place.rows, kind)
            if place.rows
            else OwnColumn(getattr(Record, place.column), kind)
        )
    lifecycle = bundle.lifecycle_of(etype)
    for stage in lifecycle.stages if lifecycle is not None else ():
        if stage.parallel:
            found[f"{_LANES}{stage.id}"] = OwnColumn(Record.lanes[stage.id].as_string(), "text")
    return found


def sorting(column: Column) -> Any:
    """Return what rows are put in order by."""
    match column:
        case OwnColumn():
            return column.expression
        case UnitColumn():
            return column.path
        case RowColumn():
            return column.value()
        case LookedUp():
            return column.value()
        case _:
            raise TypeError(column)
