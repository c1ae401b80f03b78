"""Sets of string constants that two modules share: the trace of one thing that is known in several hand-kept lists.

A *set* is a display of at least three string constants and nothing else: a set, list or tuple, also of pairs that
begin with one; the keys of a dict; the values of a ``Literal`` or of an enum of texts. A dict inside a function
is no such set: there it is the shape of one answer; nor is ``__all__``, nor anything in a migration or in a step of
formats, which are kept as they were written. Two modules share a set where three of one's constants or more
are in one of the other's.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path

from tests.structure.imports import modules

LEAST = 3
_FROZEN = {"versions", "steps"}
Constants = frozenset[str]


@dataclass(frozen=True)
class Shared:
    """Two modules and the constants that a set of each has in common."""

    modules: tuple[str, str]
    constants: Constants

    def __str__(self) -> str:
        return f"{self.modules[0]} + {self.modules[1]}: {', '.join(sorted(self.constants))}"


def shared_sets(root: Path) -> list[Shared]:
    """Return what the modules of a package share, pair by pair; of overlaps within one another the largest."""
    held = {
        name: set(sets_in(path.read_text(encoding="utf-8")))
        for name, path in modules(root).items()
        if not _FROZEN & set(name.split("."))
    }
    return sorted(_overlaps(held), key=str)


def sets_in(source: str) -> Iterator[Constants]:
    """Yield the sets of string constants of a module."""
    tree = ast.parse(source)
    inside = {
        id(node) for function in ast.walk(tree) if _is_function(function) for node in ast.walk(function)
    }
    exported = {id(one.value) for one in ast.walk(tree) if isinstance(one, ast.Assign) and _is_export(one)}
    for node in ast.walk(tree):
        found: Constants = frozenset()
        if id(node) in exported:
            continue
        if isinstance(node, ast.Set | ast.List | ast.Tuple):
            found = _all_texts([_first(one) for one in node.elts])
        elif isinstance(node, ast.Dict) and id(node) not in inside:
            found = _all_texts([one for one in node.keys if one is not None])
        elif isinstance(node, ast.ClassDef) and any("Enum" in ast.dump(base) for base in node.bases):
            found = _all_texts([one.value for one in node.body if isinstance(one, ast.Assign)])
        if len(found) >= LEAST:
            yield found


def _overlaps(held: Mapping[str, set[Constants]]) -> Iterator[Shared]:
    for one, two in combinations(sorted(held), 2):
        common = {a & b for a in held[one] for b in held[two] if len(a & b) >= LEAST}
        yield from (Shared((one, two), words) for words in common if not any(words < more for more in common))


def _is_export(node: ast.Assign) -> bool:
    return any(isinstance(target, ast.Name) and target.id == "__all__" for target in node.targets)


def _is_function(node: ast.AST) -> bool:
    return isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)


def _first(node: ast.expr) -> ast.expr:
    return node.elts[0] if isinstance(node, ast.Tuple) and node.elts else node


def _all_texts(nodes: list[ast.expr]) -> Constants:
    texts = [node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str)]
    return frozenset(filter(None, texts)) if len(texts) == len(nodes) else frozenset()
