"""Numbers: no two series are written alike, and none is the same in two centres."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from portal.core import pointer as pointers
from portal.core.errors import Problem, msg
from portal.core.packs.check.naming import entity_types
from portal.core.packs.check.registry import Context, check, items
from portal.core.packs.places import said
from portal.core.text import alike


@check
def same_numbers(context: Context) -> Iterator[Problem]:
    """Yield a problem where two series are written alike, or a number would be alike in two centres."""
    seen: dict[str, tuple[str, str]] = {}
    written: dict[str, tuple[str, str]] = {}
    for where, usual, numbered in _numbered(context):
        pattern, series = numbered.get("pattern"), str(numbered.get("series", usual))
        if not isinstance(pattern, str):
            continue
        as_before, before_at = written.setdefault(series, (alike(pattern), where))
        if as_before != alike(pattern):
            yield context.problem(
                "code.series",
                msg(
                    "%(series)s and %(other)s count in one series and write it differently: each would have gaps"
                ),
                f"{where}/pattern",
                msg("Write both alike, or name a series of its own"),
                series=_called(context, where),
                other=_called(context, before_at),
            )
        if "{agency}" not in pattern and "{unit}" not in pattern:
            yield context.problem(
                "code.no_agency",
                msg("Numbers by %(pattern)s are the same in every centre"),
                f"{where}/pattern",
                msg("Add {agency}, the word of the centre"),
                pattern=pattern,
            )
        first, first_at = seen.setdefault(alike(pattern), (series, where))
        if first != series:
            mine, other = (where, first_at)
            if _is_own(context, first_at) and not _is_own(context, where):
                mine, other = other, mine
            yield context.problem(
                "code.same",
                msg("Two series write their numbers alike: %(series)s and %(other)s, both by %(pattern)s"),
                f"{mine}/pattern",
                msg("Put a word of its own into one of them, such as {agency}访〔{year}〕{seq:5}"),
                series=_called(context, mine),
                other=_called(context, other),
                pattern=pattern,
            )


def _is_own(context: Context, where: str) -> bool:
    """Return whether the pack that is checked sets the pattern at a place."""
    return context.resolved.origins.pack_of(f"{where}/pattern") == context.resolved.pack


def _called(context: Context, where: str) -> str:
    """Return what the form or the document is called whose numbers a place describes."""
    thing = pointers.join(pointers.split(where)[:2])
    return said(pointers.get(context.resolved.bundle, f"{thing}/title", None), thing)


def _numbered(context: Context) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
    """Yield what is numbered: where it stands, the series that counts it if none is named, and how it is written."""
    for key, form in entity_types(context).items():
        entity = form.get("entity")
        code = entity.get("code") if isinstance(entity, dict) else None
        if isinstance(code, dict):
            where = pointers.join(["forms", key, "entity", "code"])
            yield where, key, code
            by = code.get("by")
            for value, own in items(by.get("values") if isinstance(by, dict) else None):
                yield pointers.join(["by", "values", value], where), key, own
    for key, document in items(context.section("documents")):
        if isinstance(document.get("number"), dict):
            yield pointers.join(["documents", key, "number"]), key, document["number"]
