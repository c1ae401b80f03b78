"""Each feature that is told has its page, its place in the packs and its test; what is not built is said."""

from __future__ import annotations

import ast
import json
import re
import shutil
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from werkzeug.exceptions import HTTPException
from werkzeug.routing import MapAdapter, RequestRedirect

from portal.app import create_app
from portal.services.portal import Portal
from portal.settings import Settings
from tests.fixtures.database import KEYS

ROOT = Path(__file__).parents[1]
TEXT = (ROOT / "docs" / "features.md").read_text(encoding="utf-8")
BUILT, _, OPEN = TEXT.partition("## Not built")
NUMBERS = {"F20", "F22", "F23", *(f"F{n}" for n in range(26, 39)), "F42", "F43", "F51", "F54"}
# Tables of parts that are not joined yet count as well.
PARTS = [one.read_text(encoding="utf-8") for one in sorted((ROOT / "docs" / "features").glob("*.md"))]
ROWS = [
    tuple(cell.strip() for cell in line.strip("|\n ").split(" | "))
    for line in "\n".join((BUILT, *PARTS)).splitlines()
    if line.startswith("| ") and "`" in line
]
_CODE = re.compile(r"`([^`]+)`")


def ids(rows: list[tuple[str, ...]]) -> list[str]:
    return [row[0][:40] for row in rows]


@pytest.fixture(scope="module")
def addresses(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[MapAdapter]:
    """The addresses of the portal."""
    folder = tmp_path_factory.mktemp("features")
    shutil.copy(sqlite_template, folder / "portal.db")
    url = f"sqlite:///{folder / 'portal.db'}"
    portal = Portal.from_url(url, keys=KEYS)
    settings = Settings(database_url=url, secret_key="s" * 40, instance_path=folder, env="demo", https=False)
    yield create_app(settings, portal).url_map.bind("localhost")
    portal.database.dispose()


@pytest.mark.parametrize("row", ROWS, ids=ids(ROWS))
def test_a_row_names_page_packs_and_test(row: tuple[str, ...], addresses: MapAdapter) -> None:
    assert len(row) == 4, row
    _, page, packs, test = row
    assert _is_served(addresses, _CODE.findall(page)[0])
    assert _CODE.findall(packs)
    for place in _CODE.findall(packs):
        assert _lies_in_a_pack(place), place
    assert _is_collected(_CODE.findall(test)[0]), test


def test_each_number_is_built_or_said_to_be_missing() -> None:
    told = set(re.findall(r"\bF\d+\b", TEXT))
    assert told >= NUMBERS, sorted(NUMBERS - told)
    built = {row[0].split()[0] for row in ROWS}
    assert NUMBERS - built <= set(re.findall(r"\bF\d+\b", OPEN)), sorted(NUMBERS - built)


def test_what_is_not_there_is_not_resolved(addresses: MapAdapter) -> None:
    assert not _is_served(addresses, "/records/case/nowhere/<uid>")
    assert not _lies_in_a_pack("seed/base/worklists/nothing.json")
    assert not _lies_in_a_pack("seed/base/lifecycles/case.json#/transitions/nothing")
    assert not _lies_in_a_pack("tests/fixtures/pasted.json")
    assert not _is_collected("tests/test_features.py::test_nothing")
    assert not _is_collected("tests/test_features.py::test_what_is_not_there_is_not_resolved[sqlite]")


def _is_served(addresses: MapAdapter, page: str) -> bool:
    """Tell whether an address, with a name in each place, is one of the portal's."""
    path = re.sub(r"<[^>]+>", "case", page.split("#")[0].split("?")[0])
    for method in ("GET", "POST"):
        try:
            addresses.match(path, method=method)
        except RequestRedirect:
            return True
        except HTTPException:
            continue
        return True
    return False


def _lies_in_a_pack(place: str) -> bool:
    """Tell whether a file of the packs is there, and the place in it that a pointer names."""
    name, _, pointer = place.partition("#")
    file = ROOT / name
    if name.split("/")[0] not in {"seed", "form_definitions", "rule_sets"} or not file.is_file():
        return False
    found: Any = json.loads(file.read_text(encoding="utf-8"))
    for step in pointer.split("/")[1:]:
        key = step.replace("~1", "/").replace("~0", "~")
        if isinstance(found, list):
            found = next((one for one in found if one.get("id") == key), None)
        else:
            found = found.get(key) if isinstance(found, dict) else None
        if found is None:
            return False
    return True


@cache
def _tests_of(path: str) -> dict[str, bool]:
    """Return the tests of a module by name, each with whether it is one of several by its parameters."""
    file = ROOT / path
    if not file.is_file():
        return {}
    found: dict[str, bool] = {}

    def gather(body: list[ast.stmt], before: str, several: bool) -> None:
        for one in body:
            if isinstance(one, ast.ClassDef):
                gather(one.body, f"{before}{one.name}::", several or _several(one))
            elif isinstance(one, ast.FunctionDef) and one.name.startswith("test"):
                given = {argument.arg for argument in one.args.args}
                found[before + one.name] = several or _several(one) or bool(given & varied)

    tree = ast.parse(file.read_text(encoding="utf-8"))
    varied = {
        one.name for one in tree.body if isinstance(one, ast.FunctionDef) and "params=" in _decorated(one)
    }
    gather(tree.body, "", False)
    return found


def _several(node: ast.FunctionDef | ast.ClassDef) -> bool:
    return "parametrize" in _decorated(node)


def _decorated(node: ast.FunctionDef | ast.ClassDef) -> str:
    return " ".join(ast.unparse(one) for one in node.decorator_list)


def _is_collected(test: str) -> bool:
    """Tell whether a test is there; one that names a parameter has parameters."""
    path, _, name = test.partition("::")
    plain, _, parameter = name.partition("[")
    several = _tests_of(path).get(plain)
    return several is not None and (several or not parameter)
