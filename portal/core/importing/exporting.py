"""From the data of a record to a row of another system's table: the kept mapping, read the other way round."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from collections.abc import Mapping as Of
from dataclasses import dataclass
from typing import Any

from portal.core import pointer as pointers
from portal.core.csv_tables import FLAGS
from portal.core.errors import msg
from portal.core.importing.mapping import Mapping
from portal.core.importing.targets import Target
from portal.core.table import Table
from portal.core.zone import LOCAL

_NOON = dt.time(12)


@dataclass(frozen=True, slots=True)
class Purpose:
    """For what matters are given back to their source; one that is ``personal`` may hold personal data."""

    name: str
    words: str
    personal: bool = False


PURPOSES: Table[Purpose] = Table(
    "purposes of exports",
    # The other system hears what became of its own matters: it has these data itself.
    Purpose("result", msg("Report back what became of the matter"), personal=True),
    Purpose("check", msg("Compare numbers and states with the source")),
    Purpose("figures", msg("Figures of the source")),
)


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the other system that can be given back: its heading, and what fills it in here."""

    heading: str
    target: Target


def columns_of(mapping: Mapping, targets: Of[str, Target]) -> list[Column]:
    """Return the columns that the kept mapping can fill in: of several for one field the first."""
    found: dict[str, Column] = {}
    for heading, names in mapping.columns.items():
        target = next((targets[name] for name in names if name in targets), None)
        if target is not None and target.name not in found:
            found[target.name] = Column(heading, target)
    return list(found.values())


def cell_of(mapping: Mapping, target: Target, value: Any, title: Callable[[Target, str], str]) -> str:
    """Return the cell of a column for a value here, in the words of the other system where it has some."""
    if value is None:
        return ""
    if isinstance(value, list):
        return "、".join(filter(None, (cell_of(mapping, target, one, title) for one in value)))
    if isinstance(value, bool):
        return _flag(mapping, target, value)
    if isinstance(value, dt.datetime):
        local = value.astimezone(LOCAL)
        # Where only the day was known it came in at noon.
        plain = local.timetz().replace(tzinfo=None, second=0, microsecond=0) == _NOON
        return local.strftime("%Y-%m-%d" if plain else "%Y-%m-%d %H:%M")
    if isinstance(value, dt.date):
        return value.isoformat()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if target.coded:
        said = str(value)
        own = (text for text, code in mapping.values.get(target.name, {}).items() if code == said)
        return next(own, "") or title(target, said)
    return str(value)


def value_at(data: Of[str, Any], target: Target) -> Any:
    """Return what stands at a target in the data of a record; of a list what each of its rows has there."""
    above, listed, below = target.name.partition("/*/")
    if not listed:
        return pointers.get(data, target.name)
    rows = pointers.get(data, above)
    return [pointers.get(row, f"/{below}") for row in rows] if isinstance(rows, list) else None


def _flag(mapping: Mapping, target: Target, value: bool) -> str:
    said = mapping.values.get(target.name, {})
    own: Iterator[str] = (text for text, code in said.items() if FLAGS.get(code.casefold()) is value)
    return next(own, "是" if value else "否")
