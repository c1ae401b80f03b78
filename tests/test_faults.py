"""The list of faults is whole: each has its kind, at least three neighbours that were tried, and tests that exist."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
INDEX = ROOT / "docs" / "faults.md"
PARTS = sorted((ROOT / "docs" / "faults").glob("*.md"))
HEADINGS = ("what went wrong", "its kind", "kind")
CELL = re.compile(r"(?<!\\)\|")
IN_CODE = re.compile(r"`[^`]*`|\([^)]*\)")
LINK = re.compile(r"\[[^\]]*\]\(faults/([a-z-]+\.md)\)")
TEST = re.compile(r"`(tests/[\w/.-]+\.py)(?:::([\w.]+))?(?:\[[^`]*)?`")
NAME = re.compile(r"`(?:[\w/]+\.py::)?(test_\w+)(…?)(?:\[[^`]*)?`")
ROWS = {1: 7, 2: 12, 3: 13, 4: 10, 5: 18, 6: 2, 7: 11}
# Of one line of the security part five small things were found at once.
MORE = 4


@dataclass(frozen=True)
class Row:
    """One row of a table of faults."""

    file: Path
    cells: tuple[str, ...]

    @property
    def wrong(self) -> str:
        return self.cells[0]

    @property
    def kind(self) -> str:
        return self.cells[1]

    @property
    def neighbours(self) -> list[str]:
        """What was tried, one by one: what stands in code or in brackets belongs to the one before it."""
        plain = IN_CODE.sub("x", self.cells[2])
        return [one for one in re.split(r"[;,]", plain) if one.strip()]


def rows(file: Path, columns: int = 4) -> Iterator[Row]:
    inside = False
    for line in file.read_text(encoding="utf-8").splitlines():
        cells = tuple(cell.strip() for cell in CELL.split(line)[1:-1])
        if not line.startswith("|"):
            inside = False
        elif cells[0] == HEADINGS[0]:
            inside = True
        elif inside and not set("".join(cells)) <= set("-: "):
            assert len(cells) == columns, (file.name, line[:80])
            yield Row(file, cells)


def sections() -> dict[str, list[Row]]:
    """Return the rows of the index by the heading above them."""
    found: dict[str, list[Row]] = {}
    heading = ""
    for line in INDEX.read_text(encoding="utf-8").splitlines():
        if line.startswith("## "):
            heading = line.removeprefix("## ")
        cells = tuple(cell.strip() for cell in CELL.split(line)[1:-1])
        if heading and line.startswith("|") and cells[0] not in HEADINGS and set("".join(cells)) - set("-: "):
            found.setdefault(heading, []).append(Row(INDEX, cells))
    return found


@cache
def names_of(file: str) -> frozenset[str]:
    path = ROOT / file
    text = path.read_text(encoding="utf-8") if path.is_file() else ""
    return frozenset(re.findall(r"def (test_\w+)\(", text))


@cache
def all_names() -> frozenset[str]:
    files = (ROOT / "tests").rglob("test_*.py")
    return frozenset(name for file in files for name in names_of(str(file.relative_to(ROOT))))


@pytest.mark.parametrize("part", PARTS, ids=lambda path: path.stem)
def test_each_row_has_its_kind_three_neighbours_and_a_test(part: Path) -> None:
    found = list(rows(part))
    assert found, part.name
    for row in found:
        assert row.wrong, row
        assert row.kind, row
        assert len(row.neighbours) >= 3, (part.name, row.wrong, row.neighbours)
        assert row.cells[3], row


@pytest.mark.parametrize("file", [INDEX, *PARTS], ids=lambda path: path.stem)
def test_each_test_that_is_named_exists(file: Path) -> None:
    text = file.read_text(encoding="utf-8")
    for path, name in TEST.findall(text):
        assert (ROOT / path).is_file(), path
        assert not name or name.rpartition(".")[2] in names_of(path), f"{path}::{name}"
    for name, rest in NAME.findall(text):
        known = all_names()
        assert any(one.startswith(name) for one in known) if rest else name in known, name


def test_no_row_is_missing_and_each_leads_to_its_kind_and_its_tests() -> None:
    kinds = {file.name: {row.kind: row for row in rows(file)} for file in PARTS}
    found = sections()
    assert sum(ROWS.values()) + MORE == sum(map(len, found.values()))
    assert len(found) == len(ROWS)
    for heading, listed in found.items():
        for row in listed:
            wrong, kind, part, tests = row.cells
            linked = LINK.search(part)
            assert linked, (heading, wrong)
            there = kinds.get(linked[1], {})
            assert kind in there, (heading, wrong, linked[1])
            assert len(there[kind].neighbours) >= 3, (heading, wrong)
            assert any(name for _path, name in TEST.findall(tests)), (heading, wrong)


def test_the_index_leads_to_every_part() -> None:
    text = INDEX.read_text(encoding="utf-8")
    assert {file.name for file in PARTS} == set(re.findall(r"\(faults/([a-z-]+\.md)\)", text))


def test_faults_of_the_list_itself_would_be_seen(tmp_path: Path) -> None:
    page = tmp_path / "part.md"
    head = (
        "| what went wrong | its kind | neighbours tried, and what they do now | test |\n|---|---|---|---|\n"
    )
    page.write_text(head + "| `a\\|b` | kind | one (x, y; z): fine; `p, q`: two | `tests/x.py` |\n")
    (row,) = rows(page)
    assert (row.wrong, row.kind, len(row.neighbours)) == ("`a\\|b`", "kind", 2)
    assert TEST.findall("`tests/a/test_b.py::test_c[x]`") == [("tests/a/test_b.py", "test_c")]
    assert NAME.findall("`test_is_gone…`, `test_x`") == [("test_is_gone", "…"), ("test_x", "")]
