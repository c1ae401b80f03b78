"""Understand the rows of a file: by the mapping, by the form in force, and by what was taken over already."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, select

from portal.adapters.keyring import Keyring
from portal.core import pointer as pointers
from portal.core.access import within
from portal.core.encrypted import is_encrypted_value
from portal.core.errors import InvalidInput, Problem, msg
from portal.core.importing import NUMBER, UNIT, convert
from portal.core.importing.converting import Row
from portal.persistence.models import Record, RecordSource, Unit
from portal.services.importing.finding import Setting
from portal.services.importing.meaning import Meaning
from portal.services.records.entering.checking import check
from portal.services.records.entering.registering import Place
from portal.services.records.privacy.record_encryption import key_for_writing, value_opened
from portal.services.units.lookup import known_units
from portal.services.units.release_cache import kept_place

if TYPE_CHECKING:
    from portal.services.portal import Work

_TAKEN = (
    select(Record, RecordSource)
    .join(RecordSource, RecordSource.record_id == Record.id)
    .where(
        RecordSource.source_id == bindparam("source"),
        RecordSource.number.in_(bindparam("numbers", expanding=True)),
    )
)
_REMEDIES: Mapping[str, str] = {
    "import.value": msg(
        "Write one of the values that the form has, or say in the mapping what this text stands for"
    ),
    "import.several": msg("Write the whole name, from the county down"),
    "import.missing": msg("Fill in this cell, or give all rows one value in the mapping"),
    "required": msg("Fill in this cell, or give all rows one value in the mapping"),
    "import.twice_in_file": msg("Delete one of the two rows, or correct the number"),
    "import.unit": msg("Choose a unit of this centre"),
    "import.cut": msg("Take the number from the other system again and enter it as text"),
}
_REMEDY = msg("Correct this cell")
ORIGIN = "source"


@dataclass(slots=True)
class Understood:
    """A row that is understood: what is entered of it and where, or why it can't be."""

    row: Row
    place: Place | None = None
    data: dict[str, Any] = field(default_factory=dict)
    units: Mapping[str, Unit] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    # The record that came from a row of this number before, and what was said of it then.
    record: Record | None = None
    source: RecordSource | None = None
    # Whether the row says something else than it did then.
    is_other: bool = False

    @property
    def is_taken(self) -> bool:
        """Tell whether a record has come from the row before."""
        return self.record is not None


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
            self._place(one)
            self._check(one, today)
            if row.number in taken:
                one.record, one.source = taken[row.number]
                last = one.source.taken if one.source.offered is None else one.source.offered
                told = told_by_source(self.uow.portal.keys, one.record, last)
                one.is_other = not one.problems and told != {"data": one.data, "stage": row.stage}
            yield one

    def _taken(self, rows: Iterable[Row]) -> dict[str, tuple[Record, RecordSource]]:
        """Return the records that came from rows of these numbers before, all by one statement."""
        numbers = sorted({row.number for row in rows if row.number})
        known = self.uow.session.execute(_TAKEN, {"source": self.setting.source.id, "numbers": numbers})
        return {source.number: (record, source) for record, source in known}

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


def tell_double(one: Understood, doubles: Mapping[str, Sequence[int]]) -> None:
    """Say of a row that its number stands in an earlier row of the file; ``doubles`` has the lines by number."""
    lines = doubles.get(one.row.number)
    if lines and one.row.line != lines[0]:
        text = msg("The number %(number)s stands in line %(line)s already")
        said = {"number": one.row.number, "line": lines[0]}
        one.problems.append(Problem("import.twice_in_file", text, said, pointer=NUMBER))


def told_by_source(keys: Keyring, record: Record, said: dict[str, Any]) -> dict[str, Any]:
    """Return what the other system said of a record, in clear."""
    found: dict[str, Any] = (
        value_opened(key_for_writing(keys, record), said, ORIGIN) if is_encrypted_value(said) else said
    )
    return found


def sealed_by_source(keys: Keyring, record: Record, said: dict[str, Any]) -> dict[str, Any]:
    """Return what the other system said of a record, encrypted under the record's key."""
    key = key_for_writing(keys, record)
    return said if key is None else key.encrypt(said, ORIGIN)


def _plain(value: Any) -> Any:
    return value if isinstance(value, str | int | float) else str(value)
