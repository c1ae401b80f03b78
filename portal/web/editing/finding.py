"""Faults of a page beside the value concerned: by the schema at once, by the last check of the draft else."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from portal.core import pointer as pointers
from portal.core.editors import ABSENT, Page, page_at
from portal.core.editors.plain import plain
from portal.core.errors import Problem
from portal.core.forms.view import dom_id
from portal.core.packs import formats
from portal.core.packs.origins import is_within
from portal.core.packs.schemas import check_complete
from portal.core.rules.structure import check_structure
from portal.services.drafts.findings import problem_from
from portal.web.editing.screen import Screen
from portal.web.language import translate

MOST = 20
MUST, ADVICE = "must", "advice"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong: what, what to do about it, and the control that it is about."""

    kind: str
    text: str
    remedy: str = ""
    target: str = ""


def findings_of(screen: Screen) -> list[Finding]:
    """Return what is wrong on a page."""
    if screen.page.form is None or screen.value is ABSENT:
        return []
    found = dict.fromkeys(_shown(screen, kind, problem) for kind, problem in _problems(screen))
    return list(found)[:MOST]


def _problems(screen: Screen) -> Iterator[tuple[str, Problem]]:
    yield from ((MUST, problem) for problem in _by_schema(screen))
    found = screen.row.found or {}
    for kind, name in ((MUST, "errors"), (ADVICE, "advice")):
        for kept in found.get(name, ()):
            problem = problem_from(kept)
            if is_within(problem.pointer, screen.pointer) and not _elsewhere(screen.page, problem.pointer):
                yield kind, problem


def _by_schema(screen: Screen) -> Iterator[Problem]:
    """Yield what the schema of the format says of the file in which the page stands, as far as it is on the page."""
    parts = pointers.split(screen.pointer)
    fmt = formats.by_section(parts[0])
    if fmt is None or (fmt.keyed and len(parts) < 2):
        return
    base = pointers.join(parts[: 2 if fmt.keyed else 1])
    value: Any = pointers.get(screen.draft.document, base, None)
    whole = fmt.keyed or len(parts) < 2 or _is_group(parts[0])
    about = value if whole else {parts[1]: value.get(parts[1])}
    for problem in _structural(fmt.schema, about, base):
        if is_within(problem.pointer, screen.pointer) and not _elsewhere(screen.page, problem.pointer):
            yield problem


def _structural(schema: str, about: Any, base: str) -> list[Problem]:
    """Return what the format says of a value; the conditions of rules nest, so rule sets have a check of their own."""
    if schema != "rules":
        return check_complete(schema, about, pointer=base)
    return [replace(problem, pointer=base + problem.pointer) for problem in check_structure(about)]


def _is_group(section: str) -> bool:
    page = page_at(f"/{section}")
    return page is not None and page.things is None


def _elsewhere(page: Page, pointer: str) -> bool:
    """Tell whether a place is on the page of a part."""
    inner = pointers.split(pointer.removeprefix(page.pointer))
    return bool(inner) and any(part.name == inner[0] for part in page.parts)


def _shown(screen: Screen, kind: str, problem: Problem) -> Finding:
    problem = plain(problem)
    place = screen.edited.where(problem.pointer)
    target = dom_id(place) if place else ""
    return Finding(kind, problem.text(translate), problem.remedy_text(translate), target)
