"""Seats that mislead: places of departments that are not stationed or only on call, windows of one title."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from portal.core import pointer as pointers
from portal.core.errors import Problem, Words, msg
from portal.core.layout import definition_at
from portal.core.layout.model import PLACES
from portal.core.packs import schemas
from portal.core.packs.check.registry import Context, check, items
from portal.core.packs.places import said

_PLACED = {"windows": msg("window"), "rooms": msg("room")}


@check
def seats(context: Context) -> Iterator[Problem]:
    """Warn of places that belong to a department that is not there, of the centre and of the centres of levels."""
    if not context.broken.isdisjoint({"/layout", "/departments"}):
        return
    layout = context.section("layout")
    yield from _of_layout(context, layout, "/layout")
    for level, _ in items(layout.get("levels")):
        definition = definition_at(layout, level, None) or {}
        if not schemas.check_complete("layout", definition):
            yield from _of_layout(context, definition, pointers.join(["layout", "levels", level]))


def _of_layout(context: Context, layout: Mapping[str, Any], base: str) -> Iterator[Problem]:
    modes: dict[str, set[str]] = {}
    seated: set[tuple[str, str]] = set()
    for _, stay in items(layout.get("stationing")):
        if stay.get("hidden") is not True:
            modes.setdefault(str(stay.get("department")), set()).add(str(stay.get("mode")))
            place = stay.get("place")
            seated |= (
                {(PLACES.get(k) or k, str(v)) for k, v in place.items()} if isinstance(place, dict) else set()
            )
    for sort in _PLACED:
        for key, place in items(layout.get(sort)):
            if place.get("hidden") is not True:
                yield from _owner(context, modes, sort, key, place, base, (sort, key) in seated)
    yield from _titles(context, layout, base)


def _owner(
    context: Context,
    modes: Mapping[str, set[str]],
    sort: str,
    key: str,
    place: Mapping[str, Any],
    base: str,
    seated: bool,
) -> Iterator[Problem]:
    """Yield a warning where nobody of the department that has a place is ever at it."""
    owner = place.get("department")
    department = context.section("departments").get(str(owner))
    if not isinstance(owner, str) or not isinstance(department, dict) or department.get("hidden") is True:
        return  # told as a name that there is not, or as a thing that is hidden
    words: dict[str, Any] = {
        "sort": Words(_PLACED[sort]),
        "title": said(place.get("title"), key),
        "department": said(department.get("name"), owner),
    }
    where = pointers.join([sort, key, "department"], base)
    if owner not in modes and not seated:
        yield context.problem(
            "layout.not_stationed",
            msg(
                "The %(sort)s “%(title)s” belongs to %(department)s, which is not stationed: nobody is there"
            ),
            where,
            msg('Add the department under "stationing", or take "department" out'),
            severity="warning",
            **words,
        )
    elif sort == "windows" and modes.get(owner) == {"on_call"}:
        yield context.problem(
            "layout.window_on_call",
            msg(
                "The window “%(title)s” belongs to %(department)s, which only comes when called: nobody sits there"
            ),
            where,
            msg('Station the department as "resident" or "rotating", or take "department" out'),
            severity="warning",
            **words,
        )


def _titles(context: Context, layout: Mapping[str, Any], base: str) -> Iterator[Problem]:
    """Yield a warning for each window that has the title of another."""
    seen: dict[str, str] = {}
    for key, window in items(layout.get("windows")):
        title = said(window.get("title"), key).strip()
        if window.get("hidden") is True or seen.setdefault(title, key) == key:
            continue
        yield context.problem(
            "layout.title_twice",
            msg("Two windows are called “%(title)s”"),
            pointers.join(["windows", key, "title"], base),
            msg("Give one of them another title"),
            severity="warning",
            title=title,
        )
