"""Lists whose entries have keys: no key stands twice, or a change of one entry could not say which it means."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

from portal.core import pointer as pointers
from portal.core.errors import Problem, msg
from portal.core.packs import formats
from portal.core.packs.check.registry import Context, check
from portal.core.packs.merge_types import OPTIONS, merge_type

EFFECT = "target"  # lists of effects: the check of effects tells it in their words


@check
def keys(context: Context) -> Iterator[Problem]:
    """Each entry of a list has a key of its own."""
    for fmt in formats.FORMATS:
        if not fmt.section or fmt.section == "translations" or fmt.section not in context.bundle:
            continue
        base = pointers.join([fmt.section])
        section = context.bundle[fmt.section]
        things = section.items() if fmt.keyed and isinstance(section, dict) else [("", section)]
        for key, thing in things:
            where = pointers.join([key], base) if key else base
            found = context.memo.once(f"keys {fmt.section}", thing, partial(_twice, thing, where, where))
            yield from context.relocate(found, where)


def _twice(value: Any, where: str, base: str) -> Iterator[Problem]:
    """Yield a problem for each entry whose key another one of its list has."""
    if isinstance(value, dict):
        for key, member in value.items():
            yield from _twice(member, pointers.join([key], where), base)
    if not isinstance(value, list) or not any(isinstance(entry, dict) for entry in value):
        return
    known = merge_type(where)
    seen: dict[str, int] = {}
    for index, entry in enumerate(value):
        yield from _twice(entry, f"{where}/{index}", base)
        key = None if known == OPTIONS or EFFECT in known.key else known.key_of(entry)
        if key is not None and seen.setdefault(key, index) != index:
            yield Problem(
                "list.twice",
                msg("The entry has the same %(key)s as entry %(first)s of the list, counted from 0"),
                {"key": " + ".join(known.key), "first": seen[key]},
                pointer=f"{where}/{index}".removeprefix(base),
                remedy=msg("Remove one of them, or let them differ"),
            )
