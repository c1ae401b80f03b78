"""Understand the rows of a file: by the mapping, by the form in force, and by what was taken over already."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, select

from portal.core import pointer as pointers
from portal.core.access import within
from portal.core.errors import InvalidInput, Problem, msg
from portal.core.importing import UNIT, Target, convert
from portal.core.importing.converting import Row
from portal.persistence.models import RecordSource, Unit
from portal.services.importing.finding import Setting
from portal.services.importing.meaning import Meaning
from portal.services.records.entering.checking import check
from portal.services.records.entering.registering import Place
from portal.services.units.lookup import known_units
from portal.services.units.release_cache import kept_place

if TYPE_CHECKING:
    from portal.services.portal import Work

_TAKEN = select(RecordSource.number, RecordSource.record_id).where(
    RecordSource.source_id == bindparam("source"),
    RecordSource.number.in_(bindparam("numbers", expanding=True)),
)
_REMEDIES: Mapping[str, str] = {
    "import.value": msg(
        "Write one of the values that the form has, or say in the mapping what this text stands for"
    ),
    "import.several": msg("Write the whole name, from the county down"),
    "import.missing": msg("Fill in this cell, or give all rows one value in the mapping"),
    "required": msg("Fill in this cell, or give all rows one value in the mapping"),
    "import.twice_in_file": msg("Delete one of the two rows, or correct the number"),
    "import.taken": msg("Nothing is to be done: the row is passed over"),
    "import.unit": msg("Choose a unit of this centre"),
    "import.cut": msg("Take the number from the other system again and enter it as text"),
}
_REMEDY = msg("Correct this cell")
TAKEN = "import.taken"


@dataclass(slots=True)
class Understood:
    """A row that is understood: what is entered of it and where, or why it can't be."""

    row: Row
    place: Place | None = None
    data: dict[str, Any] = field(default_factory=dict)
    units: Mapping[str, Unit] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    @property
    def is_taken(self) -> bool:
        """Tell whether a record has come from the row before."""
        return any(one.code == TAKEN for one in self.problems)


class Reader:
    """Reads the rows of one chunk; what many rows name is looked up once."""

    def __init__(self, uow: Work, setting: Setting) -> None:
        self.uow, self.setting = uow, setting
        units = uow.portal.choices.at(uow.session, setting.bundle.release_id)
        self.meaning = Meaning(
            setting.bundle, setting.source.etype, units, setting.unit.path, setting.centre.unit_path
        )
        self._units: dict[str, Unit] = {}
        self._places: dict[str, Place] = {}

    def read(self, rows: Iterable[tuple[int, Mapping[str, str]]]) -> Iterator[Understood]:
        """Yield each row as it is understood."""
        setting, today = self.setting, self.uow.today
        found = [
            convert(setting.mapping, setting.targets, line, cells, self.meaning, today)
            for line, cells in rows
        ]
        taken = self._taken(found)
        for row in found:
            one = Understood(row, problems=list(row.problems))
            if row.number in taken:
                one.problems = [Problem(TAKEN, msg("This number was taken over before"), pointer="number")]
            else:
                self._place(one)
                self._check(one, today)
            yield one

    def _taken(self, rows: Iterable[Row]) -> frozenset[str]:
        numbers = sorted({row.number for row in rows if row.number})
        known = self.uow.session.execute(_TAKEN, {"source": self.setting.source.id, "numbers": numbers})
        return frozenset(number for number, _ in known)

    def _place(self, one: Understood) -> None:
        code = one.row.unit or self.setting.unit.code
        place = self._places.get(code)
        if place is None:
            unit, centre = kept_place(self.uow, code)
            place = self._places[code] = Place(unit, centre, self.setting.bundle)
        home = self.setting
        if not within(place.unit.path, home.unit.path) or place.centre.unit_id != home.centre.unit_id:
            text = msg("“%(unit)s” is no unit for which this centre takes records over")
            one.problems.append(Problem("import.unit", text, {"unit": place.unit.name}, pointer=UNIT))
        one.place = place

    def _check(self, one: Understood, today: dt.date) -> None:
        """Check what is entered by the form; a field that could not be read is not missing."""
        etype = self.setting.source.etype
        try:
            checked = check(self.uow, self.setting.bundle, etype, one.row.data, find=self._find)
        except InvalidInput as error:
            told = {problem.pointer for problem in one.problems}
            one.problems += [
                problem for problem in error.problems if pointers.pattern_of(problem.pointer) not in told
            ]
            return
        one.data, one.units = checked.data, checked.units

    def _find(self, codes: Iterable[str]) -> dict[str, Unit]:
        wanted = set(codes)
        missing = wanted - self._units.keys()
        if missing:
            self._units |= known_units(self.uow.session, missing)
        return {code: self._units[code] for code in wanted if code in self._units}

    def told(self, one: Understood) -> list[dict[str, Any]]:
        """Return the problems of a row as they are kept, one for each column: what it fills in, and the remedy."""
        found: dict[str, dict[str, Any]] = {}
        for problem in one.problems:
            told = self._told(one, problem)
            found.setdefault(told["heading"] or told["field"], told)
        return list(found.values())

    def _told(self, one: Understood, problem: Problem) -> dict[str, Any]:
        pattern = pointers.pattern_of(problem.pointer)
        target = self.setting.targets.get(pattern) or self.setting.targets.get(problem.pointer)
        heads = self.setting.mapping.headings_of(target.name) if target is not None else ()
        return {
            "line": one.row.line,
            "heading": "、".join(heads),
            "field": target.title if target is not None else self._label(pattern),
            "ours": target.ours if target is not None else False,
            "code": problem.code,
            "message": problem.message,
            "params": {name: _plain(value) for name, value in problem.params.items()},
            "remedy": problem.remedy or _REMEDIES.get(problem.code, _REMEDY),
        }

    def _label(self, pattern: str) -> str:
        return str(self.setting.bundle.form(self.setting.source.etype).label(pattern)) if pattern else ""


def title_of(target: Target | None) -> str:
    """Return what a target is called; a message id where it is none of the form's fields."""
    return target.title if target is not None else ""


def _plain(value: Any) -> Any:
    return value if isinstance(value, str | int | float) else str(value)
