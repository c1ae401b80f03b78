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
    known: set[_Key] = set()
    guilty: dict[_Key, str] = {}
    if blamed and above:
        known = {_key(one) for one in find(put_together(above[-1].id, above))}
        guilty = _guilty_files(resolved, [one for one in blamed if _key(one) not in known], find)
    for problem in problems:
        yield (
            problem
            if problem not in blamed or _key(problem) in known or not above
            else replace(problem, cause=_brought(resolved, problem, guilty.get(_key(problem))))
        )


def own_first(resolved: Resolved, problems: list[Problem]) -> Iterator[Problem]:
    """Yield the problems; what the lowest pack brings follows from an error of its own where it made one there."""
    lowest = f"/{resolved.chain[-1].id}/" if resolved.chain else ""
    own = [
        one
        for one in problems
        if lowest in one.file and one.cause is None and one.severity == "error" and one.code not in _UNREAD
    ]
    for problem in problems:
        cause = problem.cause
        at_fault = (
            next(
                (one for one in own if one.file == cause.file and _lies_in(one.pointer, cause.pointer)), None
            )
            if cause is not None and cause.code in _GENERAL
            else None
        )
        yield problem if at_fault is None else replace(problem, cause=at_fault)


_Key = tuple[str, str, str]
_UNREAD = ("json.syntax", "json.encoding")
# Causes that say no more than that something was changed.
_GENERAL = ("pack.brings", "rules.changed")


def _key(problem: Problem) -> _Key:
    return problem.file, problem.pointer, problem.code


def _lies_in(pointer: str, around: str) -> bool:
    return pointer == around or pointer.startswith(f"{around}/")


def _guilty_files(
    resolved: Resolved, problems: list[Problem], find: Callable[[Resolved], Iterable[Problem]]
) -> dict[_Key, str]:
    """Return for each problem the file of the lowest pack without which there is none; files of its name first."""
    lowest = resolved.chain[-1]
    left = {_key(one) for one in problems}
    twins = {_twin(resolved, one) for one in problems}
    found: dict[_Key, str] = {}
    for path, file in sorted(lowest.files.items(), key=lambda item: item[0] not in twins):
        if left and file.place.format.section:
            content = _without(lowest.content, pointers.split(file.place.bundle_pointer))
            files = {other: one for other, one in lowest.files.items() if other != path}
            chain = (*resolved.chain[:-1], replace(lowest, content=content, files=files))
            still = {_key(one) for one in find(put_together(resolved.pack, chain))}
            found |= dict.fromkeys(left - still, path)
            left &= still
    return found


def _without(value: Mapping[str, Any], parts: list[str]) -> dict[str, Any]:
    """Return a share of a bundle without what stands at a place."""
    first, *rest = parts
    inner = value.get(first)
    if rest and isinstance(inner, dict):
        return {**value, first: _without(inner, rest)}
    return {key: one for key, one in value.items() if key != first}


def _is_blamed(problem: Problem, resolved: Resolved) -> bool:
    owners = (f"/{layer.id}/" for layer in resolved.chain[:-1])
    return (
        problem.cause is None and problem.severity == "error" and any(one in problem.file for one in owners)
    )


def _twin(resolved: Resolved, problem: Problem) -> str | None:
    """Return the file of the lowest pack that bears the name of the problem's file; None where it has none."""
    lowest = resolved.chain[-1]
    owner = next(layer.id for layer in resolved.chain[:-1] if f"/{layer.id}/" in problem.file)
    twin = problem.file.replace(f"/{owner}/", f"/{lowest.id}/", 1)
    return twin if twin in lowest.files else None


def _brought(resolved: Resolved, problem: Problem, guilty: str | None) -> Problem:
    """Return the cause in the lowest pack: the file that brings it, else the pack itself."""
    lowest = resolved.chain[-1]
    return Problem(
        "pack.brings",
        msg("What this pack changes lets a pack above no longer fit"),
        {"pack": lowest.id},
        guilty or _twin(resolved, problem) or manifest_path(lowest.id),
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
