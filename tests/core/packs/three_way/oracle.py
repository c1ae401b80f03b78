"""An independent merge of maps without lists: path by path over flattened maps, nothing shared with the product.

Every map is a path of its own with the mark MAP, so that a map that went and one that is empty are told apart. Where a
path gets a value, or a conflict, below one that is no map in the result, the outermost such path is the conflict.
"""

from __future__ import annotations

import json
from typing import Any

MAP = "<map>"
Flat = dict[tuple[str, ...], str]


def flat(value: Any, at: tuple[str, ...] = ()) -> Flat:
    """Return every path of a value: MAP for a map, the JSON text of anything else."""
    if not isinstance(value, dict):
        return {at: json.dumps(value, sort_keys=True)}
    found = {at: MAP}
    for name, member in value.items():
        found.update(flat(member, (*at, name)))
    return found


def whole(paths: Flat) -> Any:
    """Return the value that flattened paths make."""
    if paths[()] != MAP:
        return json.loads(paths[()])
    root: dict[str, Any] = {}
    for path, text in sorted(paths.items(), key=lambda pair: len(pair[0])):
        if path:
            inner = root
            for name in path[:-1]:
                inner = inner[name]
            inner[path[-1]] = {} if text == MAP else json.loads(text)
    return root


def merged(base: Any, theirs: Any, ours: Any) -> tuple[Flat, set[tuple[str, ...]]]:
    """Return the merged paths, and the paths of the conflicts; what lies below a conflict is left out."""
    before, there, here = flat(base), flat(theirs), flat(ours)
    result: Flat = {}
    conflicts = set()
    for path in before.keys() | there.keys() | here.keys():
        b, t, o = before.get(path), there.get(path), here.get(path)
        if o in (b, t):
            value = t
        elif t == b or (path[-1:] == ("order",) and _number(t) and _number(o)):
            value = o
        else:
            conflicts.add(path)
            continue
        if value is not None:
            result[path] = value
    lifted = {_outermost(path, result) for path in conflicts | result.keys()} - {None}
    outer = {
        path
        for path in conflicts | lifted
        if path is not None and not any(path[:n] in conflicts | lifted for n in range(len(path)))
    }
    return {path: text for path, text in result.items() if not _at_or_below(path, outer)}, outer


def _outermost(path: tuple[str, ...], result: Flat) -> tuple[str, ...] | None:
    return next((path[:n] for n in range(len(path)) if result.get(path[:n]) != MAP), None)


def _at_or_below(path: tuple[str, ...], outer: set[tuple[str, ...]]) -> bool:
    return any(path[:n] in outer for n in range(len(path) + 1))


def _number(text: str | None) -> bool:
    return text is not None and text != MAP and type(json.loads(text)) in (int, float)
