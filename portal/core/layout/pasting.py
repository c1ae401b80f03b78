"""Zones, rooms and windows pasted from a spreadsheet: read row by row, each with what is wrong with it in words."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from portal.core.csv_tables import FLAGS, Row, lines_of, table_of
from portal.core.errors import Problem, msg
from portal.core.layout.kinds import room_kind
from portal.core.layout.plan import GROUPS, ROOMS, WINDOWS, ZONES, shown, title_of
from portal.core.near import near
from portal.core.text import alike

MOST_ROWS = 500
LONGEST = 200
HEADINGS: Mapping[str, Sequence[str]] = {
    "sort": ("类别", "种类", "什么"),
    "title": ("名称", "室名", "窗口名称", "功能室", "房间", "name"),
    "zone": ("功能区", "所在功能区", "所属功能区", "区域"),
    "kind": ("类型", "室的类型", "用途"),
    "number": ("编号", "窗口号", "号", "序号"),
    "department": ("单位", "归属单位", "部门", "入驻单位"),
    "seats": ("座位", "座位数", "席位"),
    "bookable": ("可预约", "能否预约", "预约"),
}
_SORTS = {
    ZONES: ("功能区", "区", "分区", "zone"),
    ROOMS: ("室", "功能室", "房间", "庭", "room"),
    WINDOWS: ("窗口", "窗", "window"),
}


@dataclass(frozen=True, slots=True)
class Pasted:
    """One row as it was understood: what it is, its values, the thing that it changes (else it is a new one)."""

    line: int
    group: str
    title: str
    values: Mapping[str, Any]
    existing: str = ""
    zone: str = ""  # the title of the zone that it stands in
    problems: tuple[Problem, ...] = ()

    @property
    def changes(self) -> bool:
        """Tell whether the row makes a new thing or says something else of one."""
        return not self.existing or bool(self.values)


@dataclass(frozen=True)
class Known:
    """What rows may name: the layout, departments and kinds of rooms by what they are called."""

    layout: Mapping[str, Any]
    departments: Mapping[str, str]  # any name of a department -> its identifier
    kinds: Mapping[str, str]  # any name of a kind of rooms -> the kind
    zone: str = ""  # where a row stands that names no zone
    department_names: Sequence[
        str
    ] = ()  # what departments and kinds are called on the pages: offered for near ones
    kind_names: Sequence[str] = ()

    def zone_names(self) -> list[str]:
        """Return what the zones are called."""
        return [title_of(one, key) for key, one in shown(self.layout.get(ZONES))]

    def zones(self) -> dict[str, str]:
        """Return the zones by title."""
        return {alike(title_of(one, key)): key for key, one in shown(self.layout.get(ZONES))}

    def existing(self, group: str, title: str) -> tuple[str, Mapping[str, Any]] | None:
        """Return the thing of a group that has a title."""
        things = shown(self.layout.get(group))
        return next(((key, one) for key, one in things if alike(title_of(one, key)) == alike(title)), None)


def pasted(text: str, known: Known) -> tuple[list[Pasted], list[Problem]]:
    """Read pasted cells; return the rows, and what is wrong with the table as a whole."""
    rows, problems = _rows(text)
    if not problems and len(rows) > MOST_ROWS:
        message = msg("These are %(count)s rows; %(most)s fit at once")
        problems = [Problem("layout.paste_many", message, {"count": len(rows), "most": MOST_ROWS})]
    if problems:
        return [], problems
    sorts = [_sort(row) for row in rows]
    coming = {alike(row["title"]) for row, sort in zip(rows, sorts, strict=True) if sort == ZONES}
    found: list[Pasted] = []
    seen: dict[tuple[str, str], int] = {}
    for row, sort in zip(rows, sorts, strict=True):
        one = _read(row, sort or ROOMS, known, coming)
        wrong = list(one.problems)
        if sort is None:
            wrong.insert(0, _problem(row, "sort", msg("“%(value)s” is none of: zone, room, window")))
        before = seen.setdefault((one.group, alike(one.title)), row.line)
        if before != row.line and one.title:
            message = msg("Line %(line)s has the same name")
            wrong.append(Problem("layout.paste_twice", message, {"line": before}))
        found.append(Pasted(one.line, one.group, one.title, one.values, one.existing, one.zone, tuple(wrong)))
    return found, []


def _rows(text: str) -> tuple[list[Row], list[Problem]]:
    plain = text.replace("\r\n", "\n").replace("\r", "\n")
    if "\t" not in plain:
        names = [(n, line.strip()) for n, line in enumerate(plain.split("\n"), 1) if line.strip()]
        heads = {alike(word) for word in (*HEADINGS["title"], "title")}
        rows = [Row(n, {"title": name}) for n, name in names if alike(name) not in heads]
        return rows, [] if rows else [Problem("layout.paste_empty", msg("Paste at least one row"))]
    lines, problem = lines_of(plain)
    if problem is not None:
        return [], [problem]
    table = table_of(lines, HEADINGS, needed=("title",))
    problems = list(table.problems)
    if not problems and not table.rows:
        problems = [Problem("layout.paste_empty", msg("Paste at least one row"))]
    return list(table.rows), problems


def _sort(row: Row) -> str | None:
    said = alike(row["sort"])
    if said:
        return next((group for group in GROUPS if said in (*_SORTS[group], group)), None)
    title = row["title"]
    if row["number"] or title.endswith(("窗口", "window")):
        return WINDOWS
    return ZONES if title.endswith(("区", "大厅")) and not row["zone"] else ROOMS


def _read(row: Row, group: str, known: Known, coming: set[str]) -> Pasted:
    title = " ".join(row["title"].split())
    problems: list[Problem] = []
    if not title or len(title) > LONGEST:
        problems.append(Problem("layout.paste_title", msg("The name is missing, or too long")))
    existing = known.existing(group, title) if title else None
    values = dict(_values(row, group, known, existing is None, problems))
    zone = ""
    if group != ZONES:
        zone = _zone(row, known, coming, existing, values, problems)
    if existing is not None:
        values = {name: value for name, value in values.items() if existing[1].get(name) != value}
        return Pasted(row.line, group, title, values, existing[0], zone, tuple(problems))
    return Pasted(row.line, group, title, {"title": title, **values}, "", zone, tuple(problems))


def _zone(
    row: Row,
    known: Known,
    coming: set[str],
    existing: tuple[str, Mapping[str, Any]] | None,
    values: dict[str, Any],
    problems: list[Problem],
) -> str:
    """Return the title of the zone of a row where that comes with the paste; else the zone is set among the values."""
    said, zones = row["zone"], known.zones()
    if not said:
        if existing is None and known.zone:
            values["zone"] = known.zone
        elif existing is None:
            problems.append(Problem("layout.paste_zone", msg("Say in which zone it is")))
    elif alike(said) in zones:
        values["zone"] = zones[alike(said)]
    elif alike(said) in coming:
        return said
    else:
        problems.append(
            _problem(
                row,
                "zone",
                msg("There is no zone “%(value)s”"),
                msg("Add a row for the zone, or correct its name"),
                known.zone_names(),
            )
        )
    return ""


def _values(
    row: Row, group: str, known: Known, new: bool, problems: list[Problem]
) -> Iterator[tuple[str, Any]]:
    """Yield what a row says of a thing beside its name and zone."""
    if group == ZONES:
        return
    if row["department"]:
        department = known.departments.get(alike(row["department"]))
        if department is not None:
            yield "department", department
        else:
            problems.append(
                _problem(
                    row,
                    "department",
                    msg("There is no department “%(value)s”"),
                    msg("Add it among the departments, or correct its name"),
                    known.department_names,
                )
            )
    if group == WINDOWS:
        if row["number"]:
            yield "number", int(row["number"]) if row["number"].isdecimal() else row["number"]
        return
    yield from _of_room(row, known, new, problems)


def _of_room(row: Row, known: Known, new: bool, problems: list[Problem]) -> Iterator[tuple[str, Any]]:
    if row["kind"]:
        kind = known.kinds.get(alike(row["kind"]))
        if kind is not None:
            yield "kind", kind
        else:
            remedy = msg("Leave it empty: the name then says the kind")
            problems.append(
                _problem(row, "kind", msg("“%(value)s” is no kind of room"), remedy, known.kind_names)
            )
    elif new:
        yield "kind", room_kind(row["title"]).kind
    if row["seats"]:
        if row["seats"].isdecimal() and 1 <= int(row["seats"]) <= 2000:
            yield "seats", int(row["seats"])
        else:
            problems.append(_problem(row, "seats", msg("“%(value)s” is no number of seats")))
    if row["bookable"]:
        said = alike(row["bookable"])
        if said in FLAGS:
            yield "bookable", FLAGS[said]
        else:
            problems.append(_problem(row, "bookable", msg("“%(value)s” is neither yes nor no")))


def _problem(row: Row, column: str, message: str, remedy: str = "", names: Iterable[str] = ()) -> Problem:
    """Return what is wrong with a cell; the names nearest to it are offered where there are such."""
    value = row[column][:80]
    params = {"value": value}
    if found := near(value, names):
        remedy, params["known"] = msg("Did you mean %(known)s?"), "、".join(found)
    return Problem(f"layout.paste_{column}", message, params, remedy=remedy)
