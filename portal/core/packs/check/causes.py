"""Causes: what a pack removed, although others use it, is told at the line that removed it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from portal.core import pointer as pointers
from portal.core.errors import Problem, msg
from portal.core.packs import formats
from portal.core.packs.resolve import Resolved, put_together
from portal.core.packs.source import manifest_path

# Where the pointers of fields start in guards and effects, before the field itself.
_FACTS = ("/data", "/form", "/record/data")
_NAMING = ("field", "target", "name", "stage")
# Problems of these sorts name things of other sections.
_ABROAD = ("rules.", "effect.", "lifecycle.", "form.", "ui.", "part.", "role.")


def with_causes(resolved: Resolved, problems: Iterable[Problem]) -> Iterator[Problem]:
    """Yield the problems; those that follow from something that a pack removed have that as their cause."""
    removed = dict(_removed(resolved))
    for problem in problems:
        where = _removed_thing(problem, removed) if problem.cause is None else None
        yield problem if where is None else replace(problem, cause=_cause(where, removed[where]))


def is_removed(resolved: Resolved, field: str) -> bool:
    """Tell whether a pack of the chain removed a field that others name by this pointer."""
    parts = (pointers.split(where) for where, _ in _removed(resolved))
    return any(
        _within(field, _data_pointer(one)) for one in parts if one[:1] == ["forms"] and "properties" in one
    )


def _removed(resolved: Resolved) -> Iterator[tuple[str, str]]:
    """Yield the place of each thing that a pack of the chain removed and that is gone, with the pack."""
    nothing = object()
    for where, pack in resolved.origins.removals():
        if pointers.get(resolved.bundle, where, nothing) is nothing:
            yield where, pack


def _cause(where: str, pack: str) -> Problem:
    file, inner = formats.locate(pack, where) or ("", where)
    return Problem(
        "pack.removed_in_use",
        msg("This is removed here (null), but others still use it"),
        {"pack": pack},
        file,
        inner,
        msg('Hide it instead ("hidden": true), or take it out of everything that is listed below'),
    )


def _removed_thing(problem: Problem, removed: Mapping[str, str]) -> str | None:
    named = {str(problem.params[key]) for key in _NAMING if isinstance(problem.params.get(key), str)}
    section = str(problem.params.get("section", ""))
    for where in removed:
        parts = pointers.split(where)
        if section and any(pointers.join([name], section) == where for name in named):
            return where
        if parts[:1] == ["forms"] and "properties" in parts:
            if any(_within(name, _data_pointer(parts)) for name in named):
                return where
        elif parts[-1] in named and problem.code.startswith(_ABROAD):
            return where
    return None


def _data_pointer(parts: list[str]) -> str:
    """Return the data pointer of the field whose schema stands at a place of the bundle."""
    found: list[str] = []
    inner = parts[3:]
    for index, part in enumerate(inner):
        if part == "properties" and index + 1 < len(inner):
            found.append(inner[index + 1])
        elif part == "items":
            found.append("*")
    return pointers.join(found)


def _within(name: str, field: str) -> bool:
    return any(name == start + field or name.startswith(f"{start}{field}/") for start in ("", *_FACTS))


def unread_first(problems: Iterable[Problem]) -> Problem | None:
    """Return the first file that could not be read: what is missed elsewhere may stand in it."""
    return next((one for one in problems if one.code in ("json.syntax", "json.encoding")), None)


def brought_below(
    resolved: Resolved, problems: list[Problem], find: Callable[[Resolved], Iterable[Problem]]
) -> Iterator[Problem]:
    """Yield the problems; an error in a pack above that arises only with the lowest pack has that as its cause."""
    above = resolved.chain[:-1]
    blamed = [one for one in problems if _is_blamed(one, resolved)]
    known: set[tuple[str, str, str]] = set()
    if blamed and above:
        found = find(put_together(above[-1].id, above))
        known = {(one.file, one.pointer, one.code) for one in found}
    for problem in problems:
        there = (problem.file, problem.pointer, problem.code) in known
        yield (
            problem
            if problem not in blamed or there or not above
            else replace(problem, cause=_brought(resolved, problem))
        )


def _is_blamed(problem: Problem, resolved: Resolved) -> bool:
    owners = (f"/{layer.id}/" for layer in resolved.chain[:-1])
    return (
        problem.cause is None and problem.severity == "error" and any(one in problem.file for one in owners)
    )


def _brought(resolved: Resolved, problem: Problem) -> Problem:
    """Return the cause in the lowest pack: its file of the same name where it has one, else the pack itself."""
    lowest = resolved.chain[-1]
    owner = next(layer.id for layer in resolved.chain[:-1] if f"/{layer.id}/" in problem.file)
    twin = problem.file.replace(f"/{owner}/", f"/{lowest.id}/", 1)
    return Problem(
        "pack.brings",
        msg("What this pack changes lets a pack above no longer fit"),
        {"pack": lowest.id},
        twin if twin in lowest.files else manifest_path(lowest.id),
        "",
        msg("Look below for what no longer fits, and undo or complete the change"),
    )


def cause_of_texts(pack: str, lang: str, *, declared: bool) -> Problem:
    """Return the cause of texts without a translation: the catalogue of their pack."""
    params: dict[str, Any] = {"pack": pack, "lang": lang}
    return Problem(
        "text.catalogue",
        msg("Texts of the pack %(pack)s have no translation into %(lang)s"),
        params,
        f"translations/{pack}/{lang}.json",
        "",
        msg("Add them there, or leave them: readers of %(lang)s see the Chinese words"),
        "error" if declared else "warning",
    )
