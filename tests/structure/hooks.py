"""Find where the portal reaches into libraries: underscored names of theirs that it reads, calls, sets or overrides."""

from __future__ import annotations

import ast
import importlib
import inspect
import sys
from collections.abc import Iterator
from pathlib import Path

# Names that classes get from the machinery that makes them, not from us.
MADE = frozenset({"_unbound_fields", "_wtforms_meta", "_compiler_dispatch", "_sa_class_manager", "_abc_impl"})
# Underscored, and documented: of named tuples.
DOCUMENTED = frozenset({"_replace", "_asdict", "_fields"})
NO_LIBRARIES = sys.stdlib_module_names | {"portal"}
SKIPPED = ("portal/persistence/migrations/", "portal/__main__.py")


def is_private(name: str) -> bool:
    """Return whether a name begins with one underscore."""
    return name.startswith("_") and not name.startswith("__") and name not in MADE | DOCUMENTED


def hooks(root: Path, imported: bool = True) -> dict[str, set[str]]:
    """Return the private names of libraries by the files, relative to ``root``'s parent, that reach for them.

    Overriding is seen in classes, so the modules are imported; without ``imported`` the text alone is read.
    """
    trees = {path: ast.parse(path.read_text(encoding="utf-8")) for path in sorted(root.rglob("*.py"))}
    own = {name for tree in trees.values() for name in _own_names(tree)}
    found: dict[str, set[str]] = {}
    for path, tree in trees.items():
        where = path.relative_to(root.parent).as_posix()
        if not where.startswith(SKIPPED):
            for name in (*_reached(tree, own), *(_overridden(where) if imported else ())):
                found.setdefault(name, set()).add(where)
    return found


def _own_names(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield node.name
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id
        elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store) and _is_own(node.value):
            yield node.attr


def _is_own(node: ast.AST) -> bool:
    return isinstance(node, ast.Name) and node.id in ("self", "cls")


def _reached(tree: ast.AST, own: set[str]) -> Iterator[str]:
    """Yield names that no line of the portal defines, and modules of libraries that call themselves private."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and is_private(node.attr) and node.attr not in own:
            yield node.attr
        elif isinstance(node, ast.ImportFrom) and node.module and node.module.split(".")[0] != "portal":
            names = [*node.module.split("."), *(alias.name for alias in node.names)]
            yield from (f"{node.module}.{node.names[0].name}" for name in names if is_private(name))
        elif isinstance(node, ast.Call) and getattr(node.func, "id", "") in ("getattr", "setattr", "hasattr"):
            name = node.args[1].value if isinstance(node.args[1], ast.Constant) else ""
            if isinstance(name, str) and is_private(name) and name not in own:
                yield name


def _overridden(where: str) -> Iterator[str]:
    """Yield private names by which classes of a module, mixins included, step in front of a library's class."""
    module = importlib.import_module(where.removesuffix(".py").removesuffix("/__init__").replace("/", "."))
    for made in vars(module).values():
        if inspect.isclass(made) and made.__module__ == module.__name__:
            ours = [one for one in made.__mro__ if one.__module__.startswith("portal")]
            theirs = [one for one in made.__mro__ if one.__module__.split(".")[0] not in NO_LIBRARIES]
            for name in filter(is_private, {name for one in ours for name in vars(one)}):
                if any(name in vars(one) for one in theirs):
                    yield name
