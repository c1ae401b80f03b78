"""The mapping of one source: which column fills in what, what its texts stand for, what holds for every row."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from collections.abc import Mapping as Of
from dataclasses import dataclass, field
from typing import Any

from portal.core.errors import Problem, msg
from portal.core.importing.targets import Target

MOST_TARGETS, MOST_VALUES, MOST_TEXT = 3, 2_000, 200
# In the place of a code: texts of the column that say nothing.
EMPTY = ""


@dataclass(frozen=True, slots=True)
class Mapping:
    """What is kept of a source: targets by heading, values by target and text, and values for every row by target."""

    columns: Of[str, tuple[str, ...]] = field(default_factory=dict)
    values: Of[str, Of[str, str]] = field(default_factory=dict)
    fixed: Of[str, str] = field(default_factory=dict)
    sheet: str = ""

    def as_json(self) -> dict[str, Any]:
        """Return the mapping as it is stored."""
        return {
            "columns": {head: list(names) for head, names in self.columns.items() if names},
            "values": {name: dict(found) for name, found in self.values.items() if found},
            "fixed": dict(self.fixed),
            "sheet": self.sheet,
        }

    def headings_of(self, target: str) -> tuple[str, ...]:
        """Return the headings of the columns that fill in a target."""
        return tuple(head for head, names in self.columns.items() if target in names)

    def problems(self, targets: Iterable[Target], headings: Sequence[str] | None = None) -> list[Problem]:
        """Return why a file of these headings can't be read by the mapping."""
        found = [_problem(one, self, headings) for one in targets]
        twice = [_twice(one, self, headings) for one in targets if one.kind not in ("text", "texts")]
        return [one for one in (*found, *twice) if one is not None]

    def unread_of(self, headings: Iterable[str]) -> list[str]:
        """Return the headings that nothing is filled in by: their cells are not taken over."""
        return [head for head in headings if not self.columns.get(head)]


def mapping_of(stored: Of[str, Any], targets: Iterable[Target]) -> Mapping:
    """Return a mapping as it was stored or sent, without what the form does not know and what is out of measure."""
    known = {one.name for one in targets}
    columns = {
        str(head)[:100]: tuple(dict.fromkeys(name for name in names if name in known))[:MOST_TARGETS]
        for head, names in _dict(stored.get("columns")).items()
        if isinstance(names, list | tuple)
    }
    values = {
        name: {
            str(text)[:MOST_TEXT]: str(code)[:MOST_TEXT]
            for text, code in list(_dict(found).items())[:MOST_VALUES]
            if isinstance(code, str)
        }
        for name, found in _dict(stored.get("values")).items()
        if name in known
    }
    fixed = {
        name: value[:MOST_TEXT]
        for name, value in _dict(stored.get("fixed")).items()
        if name in known and isinstance(value, str) and value
    }
    sheet = stored.get("sheet")
    return Mapping(
        {head: names for head, names in columns.items() if names},
        values,
        fixed,
        sheet[:100] if isinstance(sheet, str) else "",
    )


def _dict(value: Any) -> Of[str, Any]:
    return value if isinstance(value, dict) else {}


def _problem(target: Target, mapping: Mapping, headings: Sequence[str] | None) -> Problem | None:
    """Return that a target which has to be filled in has neither a column nor a value."""
    if not target.needed or target.listed or target.name in mapping.fixed:
        return None
    heads = mapping.headings_of(target.name)
    if not heads:
        text = msg("Nothing fills in “%(field)s”: choose the column for it, or one value for all rows")
        return Problem("import.unmapped", text, {"field": target.title}, pointer=target.name)
    if headings is not None and not any(head in headings for head in heads):
        text = msg("The file has no column “%(column)s”, which fills in “%(field)s”")
        params = {"column": "、".join(heads), "field": target.title}
        return Problem("import.column", text, params, pointer=target.name)
    return None


def _twice(target: Target, mapping: Mapping, headings: Sequence[str] | None) -> Problem | None:
    """Return that two columns of a file fill in what takes one value."""
    heads = [one for one in mapping.headings_of(target.name) if headings is None or one in headings]
    if len(heads) < 2 or target.listed:
        return None
    text = msg("“%(field)s” is filled in by several columns: %(columns)s. Leave one of them")
    return Problem(
        "import.twice", text, {"field": target.title, "columns": "、".join(heads)}, pointer=target.name
    )
