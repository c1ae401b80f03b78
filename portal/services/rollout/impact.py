"""Open matters below a centre that hold what a new version takes away: stages, types, routes, departments, fields.

Counts alone, by indexed columns: who plans a version need not see a single matter.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.core import pointer as pointers
from portal.core.errors import msg
from portal.persistence.models import Record, Unit
from portal.persistence.scope import subtree
from portal.services.releases.slots import stored_fields

_OPTIONS = {"unscoped": "figures of what a new version touches; which matters they are goes nowhere"}
SORTS: Mapping[str, str] = {
    "lost_stage": msg("Stage that is no longer there"),
    "lost_term": msg("Type that is no longer there"),
    "lost_route": msg("Route that is no longer there"),
    "lost_department": msg("Department that is no longer there"),
    "lost_type": msg("Kind of record that is no longer there"),
    "lost_field": msg("Field that is no longer there"),
}


@dataclass(frozen=True, slots=True)
class Held:
    """Something that goes, by its place in the configuration, and how many open matters hold it."""

    sort: str
    path: str
    title: str
    count: int

    def to_json(self) -> dict[str, Any]:
        """Return it as a plan keeps it."""
        return {"sort": self.sort, "path": self.path, "title": self.title, "count": self.count}


def impact(
    session: Session,
    unit: Unit,
    before: Mapping[str, Any],
    after: Mapping[str, Any],
    now: Callable[[str], str] = str,
) -> list[Held]:
    """Return what goes from one configuration to another and is held by open matters, the most first.

    ``now`` says where the thing at a place lies in the new one: what was only moved does not go.
    """
    gone = [
        one
        for one in _gone(before, after)
        if pointers.get(after, now(one.path), None) is None or now(one.path) == one.path
    ]
    found = [*_by_column(session, unit, gone), *_by_field(session, unit, gone, before)]
    return sorted((one for one in found if one.count), key=lambda one: (-one.count, one.path))


@dataclass(frozen=True, slots=True)
class _Gone:
    sort: str
    path: str
    key: str
    title: str
    of: str = ""


def _gone(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[_Gone]:
    for name, cycle in before.get("lifecycles", {}).items():
        stages = after.get("lifecycles", {}).get(name, {}).get("stages", {})
        path = f"/lifecycles/{name}/stages"
        yield from _missing("lost_stage", path, cycle.get("stages", {}), stages, str(cycle.get("entity", "")))
    for name, tree in before.get("taxonomies", {}).items():
        terms = after.get("taxonomies", {}).get(name, {}).get("terms", {})
        yield from _missing("lost_term", f"/taxonomies/{name}/terms", tree.get("terms", {}), terms)
    yield from _missing("lost_route", "/routes", before.get("routes", {}), after.get("routes", {}))
    yield from _missing(
        "lost_department", "/departments", before.get("departments", {}), after.get("departments", {})
    )
    yield from _missing("lost_type", "/forms", before.get("forms", {}), after.get("forms", {}))
    for name, form in before.get("forms", {}).items():
        if form.get("kind") == "entity" and name in after.get("forms", {}):
            path = f"/forms/{name}/schema/properties"
            there = pointers.get(after, path, {})
            yield from _missing("lost_field", path, pointers.get(before, path, {}), there, name)


def _missing(
    sort: str, path: str, before: Mapping[str, Any], after: Mapping[str, Any], of: str = ""
) -> Iterator[_Gone]:
    for key, thing in before.items():
        now = after.get(key)
        if now is None or (_is_hidden(now) and not _is_hidden(thing)):
            yield _Gone(sort, f"{path}/{pointers.escape(key)}", key, _title(thing, key), of)


def _is_hidden(thing: Any) -> bool:
    return isinstance(thing, dict) and thing.get("hidden") is True


def _title(thing: Any, key: str) -> str:
    said = thing.get("title") or thing.get("name") if isinstance(thing, dict) else None
    if isinstance(said, dict):
        said = said.get("zh_Hans") or next(iter(said.values()), None)
    return said if isinstance(said, str) else key


def _open_below(unit: Unit) -> tuple[Any, ...]:
    return Record.is_open, subtree(Record.unit_path, (unit.path,))


def _by_column(session: Session, unit: Unit, gone: list[_Gone]) -> Iterator[Held]:
    columns = {
        "lost_stage": Record.stage,
        "lost_term": Record.dispute_type,
        "lost_route": Record.route,
        "lost_type": Record.etype,
    }
    for sort, column in columns.items():
        wanted = [one for one in gone if one.sort == sort]
        if not wanted:
            continue
        query = (
            select(column, Record.etype, func.count())
            .where(*_open_below(unit), column.in_({one.key for one in wanted}))
            .group_by(column, Record.etype)
        )
        rows = [tuple(row) for row in session.execute(query, execution_options=_OPTIONS)]
        for one in wanted:
            count = sum(int(n or 0) for key, etype, n in rows if key == one.key and one.of in ("", etype))
            yield Held(one.sort, one.path, one.title, count)
    yield from _by_department(session, unit, [one for one in gone if one.sort == "lost_department"])


def _by_department(session: Session, unit: Unit, wanted: list[_Gone]) -> Iterator[Held]:
    if not wanted:
        return
    codes = {f"{unit.code}:{one.key}": one for one in wanted}
    query = (
        select(Unit.code, func.count())
        .join(Record, Record.handler_unit_id == Unit.id)
        .where(*_open_below(unit), Unit.code.in_(codes))
        .group_by(Unit.code)
    )
    for code, count in session.execute(query, execution_options=_OPTIONS):
        one = codes[code]
        yield Held(one.sort, one.path, one.title, count)


def _by_field(session: Session, unit: Unit, gone: list[_Gone], before: Mapping[str, Any]) -> Iterator[Held]:
    wanted = [one for one in gone if one.sort == "lost_field"]
    known = stored_fields(session, before) if wanted else {}
    for one in wanted:
        stored = known.get(one.of, {}).get(f"/{pointers.escape(one.key)}")
        if stored is None or not stored.slot:
            continue
        query = select(func.count()).where(
            *_open_below(unit), Record.etype == one.of, getattr(Record, stored.slot).is_not(None)
        )
        count = session.scalar(query.select_from(Record), execution_options=_OPTIONS) or 0
        yield Held(one.sort, one.path, one.title, count)
