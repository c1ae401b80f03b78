"""What pickers offer, ready to be searched: terms once per release and language, units once per access stamp.

The same answers serve what is offered and what is accepted: a field that wants a place takes divisions and points, one
that wants a department takes departments.
"""

from __future__ import annotations

import threading
from collections.abc import Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.adapters.pinyin import spelling
from portal.core import pointer as pointers
from portal.core.forms import FieldInfo
from portal.core.kinds import by_format
from portal.core.picking import Choice, Index
from portal.core.text import DEFAULT_LANGUAGE, normal_language
from portal.core.widgets import DEPARTMENTS, PLACES, UNITS, WIDGETS
from portal.persistence.models import Unit
from portal.persistence.scope import prepared
from portal.services.bundles import Bundle

BETWEEN = " / "
# The kinds of units that are of each sort that a field can want, by the widget's ``looks_up``.
KINDS_OF: Mapping[str, frozenset[str]] = {
    PLACES: frozenset({"division", "point"}),
    DEPARTMENTS: frozenset({"department"}),
}
# Levels that say nothing where the person works below them anyway.
_FAR = ("province", "city")
_ROWS = prepared(
    select(Unit.id, Unit.code, Unit.name, Unit.path, Unit.level, Unit.kind)
    .where(Unit.active)
    .order_by(Unit.kind == "department", Unit.code)
)


def term_index(bundle: Bundle, taxonomy_id: str, lang: str = DEFAULT_LANGUAGE) -> Index:
    """Return the terms of a taxonomy that can be chosen under a release, worked out once."""
    lang = normal_language(lang)
    taxonomy = bundle.taxonomy(taxonomy_id)
    return bundle.once(
        ("choices", taxonomy_id, lang),
        lambda: Index.of(taxonomy.choices(bundle.texts(lang)), spelling),
    )


@dataclass(frozen=True, slots=True)
class UnitRow:
    """A unit as a picker knows it."""

    id: int
    code: str
    name: str
    path: str
    level: str
    kind: str

    def is_a(self, wanted: str) -> bool:
        """Tell whether the unit is of a wanted sort."""
        return is_a(self.kind, wanted)


@dataclass(frozen=True, slots=True)
class UnitHit:
    """A unit as a search shows it, with the names from the top down to it."""

    id: int
    code: str
    name: str
    level: str
    trail: str


@dataclass
class Units:
    """The active units, as choices of each sort."""

    rows: tuple[UnitRow, ...]
    by_id: Mapping[int, UnitRow] = field(init=False)
    by_code: Mapping[str, UnitRow] = field(init=False)
    _below: Mapping[int, tuple[UnitRow, ...]] = field(init=False)
    _indexes: dict[str, Index] = field(default_factory=dict, init=False)

    def __post_init__(self) -> None:
        """Put the units into the tree."""
        self.by_id = {row.id: row for row in self.rows}
        self.by_code = {row.code: row for row in self.rows}
        below: dict[int, list[UnitRow]] = {}
        for row in self.rows:
            above = _ids(row.path)[:-1]
            if above:
                below.setdefault(above[-1], []).append(row)
        self._below = {unit: tuple(rows) for unit, rows in below.items()}

    def index(self, wanted: str) -> Index:
        """Return the units of a sort, ready to be searched."""
        found = self._indexes.get(wanted)
        if found is None:
            rows = (row for row in self.rows if row.is_a(wanted))
            choices = (self._choice(row, wanted) for row in rows)
            found = self._indexes[wanted] = Index.of(choices, spelling, by_above=False)
        return found

    def search(self, text: str, limit: int = 20) -> list[UnitHit]:
        """Return units by name, sound or code, the closest first."""
        found = (self.by_code[one.choice.code] for one in self.index(UNITS).search(text, limit))
        return [UnitHit(row.id, row.code, row.name, row.level, self.shown(row.code)) for row in found]

    def below(self, unit_id: int, wanted: str) -> Iterator[Choice]:
        """Yield the units of a sort right below one."""
        for row in self._below.get(unit_id, ()):
            if row.is_a(wanted):
                choice = self.index(wanted).get(row.code)
                if choice is not None:
                    yield choice

    def line(self, row: UnitRow) -> list[UnitRow]:
        """Return the units from the root down to one; those that are out of use are left out."""
        return [self.by_id[one] for one in _ids(row.path) if one in self.by_id]

    def place_of(self, path: str) -> str:
        """Return the code of the place that a unit is, or lies in; empty where there is none."""
        places = (self.by_id[one] for one in reversed(_ids(path)) if one in self.by_id)
        return next((row.code for row in places if row.is_a(PLACES)), "")

    def shown(self, code: str, near: str = "") -> str:
        """Return the names from the top down to a unit, without province and city where ``near`` lies in them too."""
        row = self.by_code.get(code)
        if row is None:
            return ""
        shared = set(_ids(near))
        line = [one for one in self.line(row)[:-1] if not (one.level in _FAR and one.id in shared)]
        return BETWEEN.join([*(one.name for one in line), row.name])

    def near(self, choice: Choice, near: str) -> Choice:
        """Return a choice with the path that a person at ``near`` is shown."""
        return replace(choice, path=self.shown(choice.code, near) or choice.path)

    def _choice(self, row: UnitRow, wanted: str) -> Choice:
        names = tuple(one.name for one in self.line(row))
        leaf = not any(one.is_a(wanted) for one in self._below.get(row.id, ()))
        last = 1 if row.level == "village" else 0
        return Choice(row.code, row.name, (names,), BETWEEN.join(names), leaf=leaf, group=last)


class KeptUnits:
    """The units that can be chosen, kept for one stamp; spelt anew only where some of them changed."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._stamp: Hashable = None
        self._units: Units | None = None

    def at(self, session: Session, stamp: Hashable = None) -> Units:
        """Return the units as they are under a stamp; without one they are read anew."""
        with self._lock:
            kept = self._units
            if kept is not None and stamp is not None and stamp == self._stamp:
                return kept
        rows = tuple(UnitRow(*row) for row in session.execute(_ROWS))
        found = kept if kept is not None and kept.rows == rows else Units(rows)
        with self._lock:
            self._stamp, self._units = stamp, found
        return found


def is_a(kind: str, wanted: str) -> bool:
    """Tell whether a unit of a kind is of the sort that a field wants."""
    kinds = KINDS_OF.get(wanted)
    return kinds is None or kind in kinds


def coded_as(info: FieldInfo) -> str:
    """Return ``unit`` or ``taxonomy`` for a field that holds codes of them, alone or in a list; empty for others."""
    kind = by_format().get(info.format)
    name = kind.name if kind is not None else info.type
    return name if name in ("unit", "taxonomy") else ""


def wanted_at(bundle: Bundle, form_id: str, info: FieldInfo) -> str:
    """Return the sort of units that a field takes: what its widget says; places for the place of a record."""
    widget = WIDGETS.get(info.widget)
    said = widget.looks_up if widget is not None else ""
    if said in KINDS_OF:
        return said
    if bundle.has_entity(form_id) and bundle.entity(form_id).promoted.get("place") == info.pointer:
        return PLACES
    return UNITS


def coded(data: Any, infos: Iterable[FieldInfo], kind: str) -> Iterator[tuple[str, str, FieldInfo]]:
    """Yield each code of a kind in ``data`` with its pointer and its field, those in rows and lists too."""
    for info in infos:
        if coded_as(info) == kind:
            for where, value in pointers.found(data, info.pointer):
                if isinstance(value, list):
                    for index, one in enumerate(value):
                        if isinstance(one, str) and one:
                            yield f"{where}/{index}", one, info
                elif isinstance(value, str) and value:
                    yield where, value, info


def _ids(path: str) -> list[int]:
    return [int(part) for part in path.split("/") if part]
