"""Docstrings of use cases and pages name the thing: no riddle takes its place."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import portal

ROOT = Path(portal.__file__).parent
ANYBODY = re.compile(r"\b(whoever|somebody)\b", re.IGNORECASE)
RIDDLE = re.compile(r"(What|Who|Whom|Whatever)\b[^.:;]*\b(is|are|was|were)\b")


def docstrings(root: Path) -> Iterator[tuple[str, str]]:
    """Yield the docstrings of the modules, classes and functions below a folder, each with its place."""
    for path in sorted(root.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
                text = ast.get_docstring(node)
                if text:
                    yield f"{path}:{getattr(node, 'lineno', 1)}", text


def riddles(root: Path) -> dict[str, str]:
    """Return the docstrings that speak of anybody, or open with a clause instead of a name."""
    return {place: text for place, text in docstrings(root) if ANYBODY.search(text) or RIDDLE.match(text)}


@pytest.mark.parametrize("layer", ["services", "web"])
def test_no_docstring_is_a_riddle(layer: str) -> None:
    assert len(list(docstrings(ROOT / layer))) > 500
    assert riddles(ROOT / layer) == {}


@pytest.mark.parametrize(
    ("text", "is_one"),
    [
        ("What stands for a person is kept.", True),
        ("Return the digest for whoever asks.", True),
        ("Somebody cancelled it.", True),
        ("Return the keyed digest under which a searched person is logged.", False),
        ("What a page shows of a unit.", False),
    ],
)
def test_a_riddle_is_found(tmp_path: Path, text: str, is_one: bool) -> None:
    (tmp_path / "module.py").write_text(f'def answer():\n    """{text}"""\n', encoding="utf-8")
    assert bool(riddles(tmp_path)) is is_one
