"""What stands first in a form, and what is folded until it is needed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from portal.core import pointer as pointers
from portal.core.errors import msg
from portal.core.forms.compile import CompiledForm
from portal.core.forms.values import ABSENT
from portal.core.forms.view import Closed, Control, Fold, Group, Hidden, Item, Rows, SectionView, Static

_NOTHING: tuple[Any, ...] = (ABSENT, None, "", [], {})
OTHERS = msg("Other details")


def fold_sections(
    form: CompiledForm,
    sections: list[SectionView],
    items: Sequence[tuple[str, list[Item]]],
    data: Any,
    translate: Any = str,
) -> list[SectionView]:
    """Return one card of what stands first, then a fold for what is left of each section."""
    wanted = [parts[0] for parts in map(pointers.split, form.ui.first) if len(parts) == 1]
    shown = dict(items)
    first = [item for name in wanted for item in shown.get(name, ())]
    taken = {id(item) for item in first}
    if not any(not isinstance(item, Hidden) for item in first):
        return sections
    line = [item for item in first if _in_line(form, item)]
    told = {id(item) for item in line}
    rest = [item for item in first if id(item) not in told]
    found = [SectionView("s-first", "", rest, line=line)]
    travelling: list[Item] = []
    for section in sections:
        left = [item for item in section.items if id(item) not in taken]
        if all(isinstance(item, Hidden) for item in left):
            travelling += left
            continue
        filled, opened = state_of(form, left, data)
        section.items, section.fold, section.filled, section.open = left, True, filled, opened
        section.title = section.title or translate(OTHERS)
        declared = form.ui.sections.get(section.id.removeprefix("s-"))
        section.shortcut = form.text(declared.shortcut) if declared else ""
        found.append(section)
    found[0].items += travelling
    return found


def fold_row(form: CompiledForm, pattern: str, base: str, items: list[Item], data: Any) -> list[Item]:
    """Return the items of a row or group at ``pattern``; all but those that stand first are in a fold."""
    names = [where for where in form.ui.first if where.rpartition("/")[0] == pattern]
    if not names or not pattern:
        return items
    place = {where: index for index, where in enumerate(names)}

    def at(item: Item) -> str:
        return "" if isinstance(item, Hidden | Fold) else pointers.pattern_of(item.pointer)

    first = sorted((item for item in items if at(item) in place), key=lambda item: place[at(item)])
    left = [item for item in items if at(item) not in place]
    if not first or all(isinstance(item, Hidden) for item in left):
        return [*first, *left]
    filled, opened = state_of(form, left, data)
    return [*first, Fold(base, left, filled, opened)]


def state_of(form: CompiledForm, items: Iterable[Item], data: Any) -> tuple[int, bool]:
    """Return how many things are filled in, and whether a fold of them is open: filled, required or wrong."""
    start, filled, opened = form.initial(), 0, False
    for item in _each(items):
        if isinstance(item, Static):
            has, needed = item.masked, False
        else:
            value = pointers.get(data, item.pointer, ABSENT)
            usual = value == pointers.get(start, item.pointer, ABSENT)
            unticked = value is False and isinstance(item, Control) and item.kind == "checkbox"
            has = value not in _NOTHING and not usual and not unticked
            needed = bool(item.errors) or (item.required and value in _NOTHING)
        filled += has
        opened = opened or has or needed
    return filled, opened


def _each(items: Iterable[Item]) -> Iterable[Control | Static | Rows | Group]:
    """Yield what a person fills in; a list counts once, a group only where it is wrong as a whole."""
    for item in items:
        if isinstance(item, Group | Fold):
            if isinstance(item, Group) and item.errors:
                yield item
            yield from _each(item.items)
        elif not isinstance(item, Hidden | Closed):
            yield item


def _in_line(form: CompiledForm, item: Item) -> bool:
    """Tell whether an item stands in the line of what is preset: it has its value, and nothing is wrong with it."""
    if not isinstance(item, Control) or item.errors or item.readonly:
        return False
    return form.ui.of(pointers.pattern_of(item.pointer)).preset is not None and _filled(item)


def _filled(item: Control) -> bool:
    return bool(item.text) or any(option.selected and option.token for option in item.options)
