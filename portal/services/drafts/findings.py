"""Findings of a check, kept with a draft: problems as they can be said later in each reader's language."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from portal.core import pointer as pointers
from portal.core.editors.titles import Titles
from portal.core.errors import Problem, Words, folded
from portal.core.packs import formats
from portal.core.packs.resolve import Resolved
from portal.services.drafts.titled import titled

MOST = 100
BROUGHT = "pack.brings"


def kept(problems: Iterable[Problem], resolved: Resolved) -> dict[str, Any]:
    """Return problems as a draft keeps them: what must be mended, and what is advice on the pack's own files.

    They name things by their titles, as the configuration has them.
    """
    titles, pack = Titles(resolved), resolved.pack
    first = [one for problem in folded(problems) for one in _told(problem)]
    errors = [one for one in first if one.severity == "error"]
    advice = [one for one in first if one.severity == "warning" and f"/{pack}/" in one.file]
    return {
        "errors": [_kept(titled(one, titles)) for one in errors[:MOST]],
        "advice": [_kept(titled(one, titles)) for one in advice[:MOST]],
        "error_count": len(errors),
        "advice_count": len(advice),
    }


def _told(problem: Problem) -> tuple[Problem, ...]:
    """Return what is said of a problem: a cause that only says that something above no longer fits says what."""
    return problem.consequences if problem.code == BROUGHT and problem.consequences else (problem,)


def problem_from(kept_one: Mapping[str, Any]) -> Problem:
    """Return a problem that was kept; its pointer is one of the bundle."""
    return Problem(
        kept_one["code"],
        kept_one["message"],
        {name: _word(value) for name, value in kept_one["params"].items()},
        pointer=kept_one["pointer"],
        remedy=kept_one["remedy"],
        place=tuple(Words(one["message"], one["params"]) for one in kept_one["place"]),
    )


def bundle_pointer(file: str, pointer: str) -> str:
    """Return where in a bundle a place of a pack's file stands; empty for a file that is no part of one."""
    for fmt in formats.FORMATS:
        before, _, after = fmt.place.partition("*")
        if not file.startswith(f"{fmt.folder}/") or not fmt.section:
            continue
        if not fmt.keyed and file.endswith(f"/{fmt.place}"):
            return pointers.join([fmt.section]) + pointer
        # A pack has any number of folders: the name of the file is what stands last.
        name = file.rpartition("/")[2].removesuffix(after)
        folder = before.rstrip("/")
        held = file.rpartition("/")[0].endswith(f"/{folder}") if folder else True
        if fmt.keyed and held and file.endswith(after):
            return pointers.join([fmt.section, name]) + pointer
    return ""


def _kept(problem: Problem) -> dict[str, Any]:
    return {
        "code": problem.code,
        "message": problem.message,
        "params": {name: _plain(value) for name, value in problem.params.items()},
        "remedy": problem.remedy,
        "pointer": bundle_pointer(problem.file, problem.pointer) if problem.file else problem.pointer,
        "place": [{"message": one.message, "params": _params(one.params)} for one in problem.place],
    }


def _params(params: Mapping[str, Any]) -> dict[str, Any]:
    return {name: _plain(value) for name, value in params.items()}


def _plain(value: Any) -> Any:
    if isinstance(value, Words):
        return {"message": value.message, "params": _params(value.params)}
    return value if isinstance(value, str | int | float | bool) or value is None else str(value)


def _word(value: Any) -> Any:
    return Words(value["message"], value["params"]) if isinstance(value, dict) else value
