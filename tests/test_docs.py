"""Links of the documents lead somewhere, and every command they name exists."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import click
import pytest

from portal.cli import main
from portal.core.conditions.operators import OPERATORS
from portal.core.documented import refreshed
from portal.core.errors import DefinitionError

ROOT = Path(__file__).parents[1]
DOCUMENTS = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").rglob("*.md"))]
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
FENCED = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)
COMMAND = re.compile(
    r"(?:^|`|/bin/|: |=\S+ )portal ((?:[a-z][a-z0-9-]*)(?: [a-z][a-z0-9-]*){0,2})", re.MULTILINE
)
OPTION = re.compile(r"(?<=\s)--[a-z][a-z-]*")


def headings(text: str) -> set[str]:
    """Return the anchors of a document, as they are made on the usual hosts."""
    titles = re.findall(r"^#+ (.+)$", FENCED.sub("", text), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


def command_of(words: list[str]) -> click.Command | None:
    """Return the command that the words name."""
    context = click.Context(main)
    command = main.get_command(context, words[0])
    for word in words[1:]:
        if not isinstance(command, click.Group):
            break
        command = command.get_command(click.Context(command), word)
    return command


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_lead_somewhere(document: Path) -> None:
    text = document.read_text(encoding="utf-8")
    for link in LINK.findall(FENCED.sub("", text)):
        if re.match(r"[a-z]+:", link):
            continue
        target, _, anchor = link.partition("#")
        file = (document.parent / target).resolve() if target else document
        assert file.exists(), link
        assert file.is_relative_to(ROOT), link
        if anchor:
            assert anchor in headings(file.read_text(encoding="utf-8")), link


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_commands_exist_with_their_options(document: Path) -> None:
    for line in document.read_text(encoding="utf-8").splitlines():
        for found in COMMAND.finditer(line):
            words = found[1].split()
            command = command_of(words)
            assert command is not None, line
            rest = re.split(r"[`|&;]", line[found.end() :], maxsplit=1)[0]
            known = {name for one in command.params for name in (*one.opts, *one.secondary_opts)}
            assert set(OPTION.findall(f" {rest}")) <= known, line


def test_the_test_finds_links_and_commands() -> None:
    found = [
        command for document in DOCUMENTS for command in COMMAND.findall(document.read_text(encoding="utf-8"))
    ]
    assert len(found) > 40
    assert command_of(["config", "no-such-command"]) is None
    assert command_of(["nonsense"]) is None


def test_the_map_names_every_folder_of_the_code() -> None:
    text = (ROOT / "docs" / "map.md").read_text(encoding="utf-8")
    folders = [path.parent for path in (ROOT / "portal").glob("*/__init__.py")]
    for folder in folders + [path.parent for path in (ROOT / "portal" / "core").glob("*/__init__.py")]:
        assert re.search(rf"\b{folder.name}/", text), folder
    for named in re.findall(r"^([a-z_]+)/", text, re.MULTILINE):
        assert (ROOT / named).is_dir(), named


def test_each_acceptance_check_has_one_short_line_with_a_test_that_exists_or_is_open() -> None:
    text = (ROOT / "docs" / "acceptance.md").read_text(encoding="utf-8")
    assert max(len(line) for line in text.splitlines()) <= 160
    lines = re.findall(r"^\| (\d+) \| (.+?) \| (.+?) \| (holds|in part|open) \|$", text, re.MULTILINE)
    assert [int(number) for number, *_ in lines] == list(range(1, 61))
    remarks = text.partition("## What the parts lack")[2]
    for number, _shown, test, state in lines:
        named = re.findall(r"`([\w/]+\.py)(?:::(\w+))?`", test)
        assert bool(named) == (state != "open"), number
        assert state != "in part" or re.search(rf"^- (\d+, )*{number}[,:]", remarks, re.MULTILINE), number
        for file, name in named:
            code = (ROOT / "tests" / file).read_text(encoding="utf-8")
            assert re.search(rf"def {f'{name}[(]' if name else 'test_'}", code), (number, file, name)


def test_the_tests_of_acceptance_are_named_by_what_they_show() -> None:
    files = [path.name for path in (ROOT / "tests" / "acceptance").glob("test_*.py")]
    assert len(files) > 20
    assert [name for name in files if re.search(r"\d|check", name)] == []


def test_the_map_has_a_place_for_every_package_and_names_no_other() -> None:
    text = (ROOT / "docs" / "map.md").read_text(encoding="utf-8").split("```")[1]
    named = {path.rstrip("/") for path in re.findall(r"(?<![\w/])[a-z_]+(?:/[a-z_]+)*/", text)}
    packages = [path.parent.relative_to(ROOT / "portal") for path in (ROOT / "portal").rglob("__init__.py")]
    layers = ("core", "services", "persistence", "adapters", "web")
    for package in map(str, packages):
        short = {package, *(package.removeprefix(f"{layer}/") for layer in layers)}
        # Rooms of a layer may be named inside its paragraph.
        short |= {"/".join(package.split("/")[2:])} if package.startswith("core/") else set()
        assert package == "." or short & named, package
    known = {
        str(path.relative_to(folder))
        for folder in (
            ROOT,
            ROOT / "portal",
            *(ROOT / "portal" / one for one in layers),
            ROOT / "portal" / "core" / "packs",
            ROOT / "tests",
            ROOT / "docs",
        )
        for path in folder.rglob("*")
        if path.is_dir()
    }
    assert named - known - {"portal"} == set()


@pytest.mark.parametrize("page", ["flask-appbuilder.md"])
def test_the_tables_name_tests_that_exist(page: str) -> None:
    text = (ROOT / "docs" / page).read_text(encoding="utf-8")
    named = re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", text)
    assert len(named) > 30
    for file, name in named:
        assert f"def {name}(" in (ROOT / file).read_text(encoding="utf-8"), (file, name)


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_generated_parts_are_up_to_date(document: Path) -> None:
    text = document.read_text(encoding="utf-8")
    assert refreshed(text) == text, "run: portal docs generate"


def test_a_generated_part_follows_its_table() -> None:
    with OPERATORS.with_entry(replace(OPERATORS["eq"], name="twin")):
        written = refreshed("before\n<!-- generated: operators -->\nstale\n<!-- end -->\nafter\n")
    assert "`twin`" in written
    assert "stale" not in written
    assert written.startswith("before\n")
    assert written.endswith("<!-- end -->\nafter\n")
    with pytest.raises(DefinitionError, match=r"docs\.block"):
        refreshed("<!-- generated: nothing -->\n<!-- end -->\n")
