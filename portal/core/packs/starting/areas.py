"""Codes of counties, and the table of townships and villages that a county brings."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace

from portal.core.csv_tables import CsvTable, Row, is_shortened, read_table
from portal.core.divisions import COLUMNS, FLAGS, LEVELS, Division
from portal.core.errors import Problem, msg
from portal.core.packs.starting.answers import refusal

# What may stand above each column, in the order of the columns.
_WORDS: tuple[Sequence[str], ...] = (
    ("代码", "区划代码", "行政区划代码", "统计用区划代码", "统计代码", "编码", "区划编码", "单位代码"),
    ("上级代码", "上级", "父级代码"),
    ("级别", "层级"),
    ("名称", "区划名称", "行政区划名称", "单位名称", "单位", "乡镇街道", "村社区"),
    ("标志", "标记"),
)
HEADINGS: Mapping[str, Sequence[str]] = dict(zip(COLUMNS, _WORDS, strict=True))
NEEDED = ("code", "name")
LONGEST_NAME = 200
_PROVINCES = frozenset(
    f"{number}"
    for first, last in ((11, 15), (21, 23), (31, 37), (41, 46), (50, 54), (61, 65), (71, 71), (81, 82))
    for number in range(first, last + 1)
)
_MUNICIPALITIES = frozenset({"11", "12", "31", "50"})
_LEVELS = {6: "county", 9: "township", 12: "village"}


def county_code(text: str) -> str:
    """Return the code of a county as it was typed; raise InvalidInput where it is none."""
    code = _digits(text)
    if len(code) in (9, 12) and code[6:].strip("0") == "":
        code = code[:6]
    if not code.isdecimal() or not code.isascii() or len(code) != 6:
        raise refusal(
            "code",
            msg("“%(text)s” is no code of a county: it has six digits, such as 330681"),
            text=text.strip(),
        )
    if code[:2] not in _PROVINCES:
        raise refusal("province", msg("No province has codes that begin with %(start)s"), start=code[:2])
    if code.endswith("00"):
        raise refusal(
            "code_above",
            msg("%(code)s is the code of a city or a province; give that of the county"),
            code=code,
        )
    return code


def city_code(county: str) -> tuple[str, str]:
    """Return code and level of what a county lies below: its city, or its province where it has no city."""
    province = f"{county[:2]}0000"
    if county[:2] in _MUNICIPALITIES:
        return province, "city"
    if county[2:4] == "90":
        return province, "province"
    return f"{county[:4]}00", "city"


def read_units(
    content: bytes, county: str, *, file: str = "", known: Collection[str] = ()
) -> tuple[list[Division], list[Problem]]:
    """Read the table of a county's townships and villages: code and name, in any order and any usual encoding.

    The level follows from the code; codes of twelve digits that end with noughts are read as those of townships.
    Rows of the county itself and of what lies above it give their names. Either everything is right, or nothing is
    returned but problems, each with its line. ``known`` are the codes that villages may lie in without a line of it.
    """
    table = read_table(content, HEADINGS, needed=NEEDED, plain=NEEDED, file=file)
    return units_in(table, county, file=file, known=known)


def units_in(
    table: CsvTable, county: str, *, file: str = "", known: Collection[str] = ()
) -> tuple[list[Division], list[Problem]]:
    """Read a table of townships and villages that was opened already; as ``read_units``."""
    if table.problems:
        return [], list(table.problems)
    found: dict[str, Division] = {}
    problems: list[Problem] = []
    for row in table.rows:
        code = _short(_digits(row["code"]))
        fault = _fault(row, code, county, found)
        if fault is not None:
            problems.append(Problem(fault[0], fault[1], {**fault[2], "line": row.line}, file))
        else:
            found[code] = _division(row, code, county)
    elsewhere = _of_another_county(problems, len(table.rows), county, file)
    if elsewhere is not None:
        return [], [elsewhere]
    problems += _without_township(found.values(), known, file)
    ordered = sorted(found.values(), key=lambda one: (len(one.code), one.code))
    return ([], problems) if problems else (ordered, [])


def _of_another_county(problems: Sequence[Problem], rows: int, county: str, file: str) -> Problem | None:
    """Return one problem for a table of several rows that all lie in one other county; None for any other table."""
    counties = {str(one.params["code"])[:6] for one in problems if one.code == "units.elsewhere"}
    if rows < 2 or len(counties) != 1 or len(problems) < rows:
        return None
    return Problem(
        "units.other_county",
        msg("The table is that of %(other)s, and the county here is %(county)s"),
        {"other": counties.pop(), "county": county},
        file,
        remedy=msg("Take another file, or go back and correct the code"),
    )


def _digits(text: str) -> str:
    """Return a code without what spreadsheets and people put around it."""
    plain = "".join(text.split()).strip("'’`\u200b\ufeff").translate(_WIDE)
    return plain[:-2] if plain.endswith(".0") else plain


_WIDE = {ord("０") + n: str(n) for n in range(10)}


def _short(code: str) -> str:
    if len(code) == 12 and code.endswith("000000"):
        return code[:6]
    return code[:9] if len(code) == 12 and code.endswith("000") else code


def _fault(
    row: Row, code: str, county: str, found: dict[str, Division]
) -> tuple[str, str, dict[str, str]] | None:
    if is_shortened(code):
        return (
            "units.excel",
            msg(
                "Line %(line)s: %(code)s was shortened by the spreadsheet; set the column to text and paste it again"
            ),
            {"code": code},
        )
    if not code.isdecimal() or not code.isascii() or len(code) not in _LEVELS:
        return (
            "units.code",
            msg("Line %(line)s: “%(code)s” is no code; townships have 9 digits, villages 12"),
            {"code": row["code"]},
        )
    if not code.startswith(county) and code not in _above(county):
        return (
            "units.elsewhere",
            msg("Line %(line)s: %(code)s does not lie in %(county)s"),
            {"code": code, "county": county},
        )
    if not row["name"]:
        return "units.name", msg("Line %(line)s: %(code)s has no name"), {"code": code}
    if len(row["name"]) > LONGEST_NAME:
        text = msg("Line %(line)s: the name of the unit is longer than %(most)s characters")
        return "units.long", text, {"code": code, "most": str(LONGEST_NAME)}
    if code in found:
        return (
            "units.twice",
            msg("Line %(line)s: the code %(code)s stands there already, for %(name)s"),
            {"code": code, "name": found[code].name},
        )
    return None


def _above(county: str) -> tuple[str, ...]:
    return f"{county[:2]}0000", f"{county[:4]}00"


def _division(row: Row, code: str, county: str) -> Division:
    parent = {6: "", 9: code[:6], 12: code[:9]}[len(code)]
    level = "county" if code == county else _LEVELS[len(code)]
    flag = row["flag"] if row["flag"] in FLAGS else ""
    return Division(code, parent, level, "".join(row["name"].split()), flag)


def _without_township(rows: Iterable[Division], there: Collection[str], file: str) -> list[Problem]:
    """Return a problem for each township that villages lie in and that has no line of its own."""
    rows = list(rows)
    known = {*there, *(one.code for one in rows)}
    missing: dict[str, str] = {}
    for one in rows:
        if len(one.code) == 12 and one.parent_code not in known:
            missing.setdefault(one.parent_code, one.name)
    return [
        Problem(
            "units.no_township",
            msg("The township %(code)s has no line of its own, but %(name)s lies in it"),
            {"code": code, "name": name, "line": 0},
            file,
        )
        for code, name in sorted(missing.items())
    ]


def joined(
    own: Sequence[Division], above: Mapping[str, Division], table: Iterable[Division]
) -> tuple[list[Division], list[Division], list[Division]]:
    """Return the rows of a pack with those of a table, each after its parent; what is new; and what has a new name.

    ``above`` are the divisions that the pack's chain has without a table, by code. Rows that the table does not name
    stay as they are.
    """
    rows = {one.code: one for one in own}
    added: list[Division] = []
    renamed: list[Division] = []
    for one in table:
        before = rows.get(one.code) or above.get(one.code)
        if one.level not in ("township", "village") or (before is not None and before.name == one.name):
            continue
        (added if before is None else renamed).append(one)
        rows[one.code] = replace(before, name=one.name) if before is not None else one
        parent = one.parent_code
        while parent in above and parent not in rows:
            rows[parent] = above[parent]
            parent = above[parent].parent_code
    ordered = sorted(rows.values(), key=lambda row: (LEVELS.index(row.level), row.code))
    return ordered, added, renamed
