"""Which keys of the pack formats no code reads.

A key counts as read where its name stands as a text in some module of the portal, or as the name of an argument that a
definition is taken apart into; so a key with a common name may pass unread, but none is called unread that is read.
"""

from __future__ import annotations

import ast
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

# Holds schemas that are no format of packs.
_SHARED = "common"


def keys_of(schemas: Path) -> dict[str, set[str]]:
    """Return the names that the formats give to keys, each with the formats that do."""
    found: dict[str, set[str]] = {}
    for path in sorted(schemas.glob("*.json")):
        for name in _properties(json.loads(path.read_text(encoding="utf-8"))):
            found.setdefault(name, set()).add(path.stem)
    return found


def texts_of(root: Path) -> set[str]:
    """Return all texts that stand in the modules under ``root``, and the parts of those that are pointers."""
    found: set[str] = set()
    for path in root.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                found.add(node.value)
                if "/" in node.value and " " not in node.value:
                    found.update(node.value.split("/"))
            elif isinstance(node, ast.keyword) and node.arg:
                found.add(node.arg)
    return found


def unread(root: Path) -> dict[str, set[str]]:
    """Return the keys that no module under ``root`` reads, with their formats."""
    texts = texts_of(root)
    return {
        name: formats for name, formats in keys_of(root / "core" / "schemas").items() if name not in texts
    }


def _properties(schema: Any) -> Iterator[str]:
    if isinstance(schema, list):
        for item in schema:
            yield from _properties(item)
    elif isinstance(schema, dict):
        named = schema.get("properties")
        if isinstance(named, dict) and all(isinstance(one, dict | bool) for one in named.values()):
            yield from named
        for value in schema.values():
            yield from _properties(value)
