"""Administrative divisions: the statistical table, and the management tree that differs from it."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from portal.core.errors import Problem, msg
from portal.core.strict_json import not_utf8
from portal.core.text import Text

COLUMNS = ("code", "parent_code", "level", "name", "flag")
LEVELS = ("province", "city", "county", "township", "village")
FLAGS = ("", "pseudo_township", "virtual_village", "quasi_village")
_DIGITS = {"province": 6, "city": 6, "county": 6, "township": 9, "village": 12}


@dataclass(frozen=True, slots=True)
class Division:
    """One row of the statistical table of divisions."""

    code: str
    parent_code: str
    level: str
    name: str
    flag: str = ""

    @property
    def statutory(self) -> bool:
        """Tell whether the row is a division by law, not a placeholder of the statistics."""
        return not self.flag


@dataclass(frozen=True, slots=True)
class UnitNode:
    """One unit of the management tree; ``managed_by`` may differ from the statutory parent."""

    code: str
    name: Text
    level: str
    statutory_parent: str
    managed_by: str
    flag: str = ""
    active: bool = True
    reason: str = ""


def read_divisions(content: str | bytes, *, file: str = "") -> tuple[list[Division], list[Problem]]:
    """Read a divisions CSV, each row after its parent; rows that can't be used are left out and reported."""
    try:
        text = content.decode("utf-8-sig") if isinstance(content, bytes) else content
    except UnicodeDecodeError as error:
        return [], [not_utf8("divisions.encoding", error.object, error.start, file)]
    reader = csv.DictReader(io.StringIO(text, newline=""))
    if tuple(reader.fieldnames or ()) not in (COLUMNS, COLUMNS[:4]):
        params = {"columns": ",".join(COLUMNS)}
        return [], [Problem("divisions.columns", msg("The first line must be: %(columns)s"), params, file)]
    rows: dict[str, Division] = {}
    problems: list[Problem] = []
    for number, raw in enumerate(reader, start=2):
        row = Division(**{column: (raw.get(column) or "").strip() for column in COLUMNS})
        fault = _fault(row, rows)
        if fault:
            problems.append(Problem("divisions.row", fault, {"line": number, "code": row.code}, file))
        else:
            rows[row.code] = row
    return list(rows.values()), problems


def _fault(row: Division, rows: Mapping[str, Division]) -> str:
    if row.level not in LEVELS:
        return msg("Line %(line)s: the level is not one of province, city, county, township, village")
    if not row.code.isdecimal() or len(row.code) != _DIGITS[row.level]:
        return msg("Line %(line)s: the code %(code)s does not fit its level")
    if row.code in rows:
        return msg("Line %(line)s: the code %(code)s appears twice")
    if row.parent_code and row.parent_code not in rows:
        return msg("Line %(line)s: the parent of %(code)s does not stand above it")
    if not row.name:
        return msg("Line %(line)s: the name of %(code)s is missing")
    if row.flag not in FLAGS:
        return msg("Line %(line)s: the flag of %(code)s is not known")
    return ""


def management_tree(
    divisions: Iterable[Division],
    corrections: Mapping[str, Mapping[str, Any]] | None = None,
    points: Mapping[str, Mapping[str, Any]] | None = None,
) -> list[UnitNode]:
    """Return the units as they are managed: the divisions, corrected, and the special points.

    A correction keeps its reason; the statutory parent stays what the statistics say.
    """
    nodes = [_node(division, (corrections or {}).get(division.code, {})) for division in divisions]
    for point_id, point in (points or {}).items():
        if not point.get("hidden"):
            statutory = point.get("division", point["parent"])
            nodes.append(UnitNode(point_id, point["name"], "point", statutory, point["parent"]))
    return nodes


def _node(division: Division, correction: Mapping[str, Any]) -> UnitNode:
    changed = correction.get("set", {})
    return UnitNode(
        code=division.code,
        name=changed.get("name", division.name),
        level=division.level,
        statutory_parent=division.parent_code,
        managed_by=changed.get("managed_by", division.parent_code),
        flag=division.flag,
        active=changed.get("active", True),
        reason=correction.get("reason", ""),
    )
