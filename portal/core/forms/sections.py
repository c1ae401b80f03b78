"""Arrange what a form shows into the cards of its page."""

from __future__ import annotations

from collections.abc import Sequence

from portal.core import pointer as pointers
from portal.core.forms.compile import CompiledForm
from portal.core.forms.view import Closed, Group, Hidden, Item, Rows, SectionView


def arrange(
    form: CompiledForm, selectors: Sequence[Item], items: Sequence[tuple[str, list[Item]]]
) -> list[SectionView]:
    """Return the declared sections in their order, then cards for what belongs to none."""
    declared = sorted(form.ui.sections.values(), key=lambda s: (s.order is None, s.order or 0))
    found = {
        s.id: SectionView("s-" + s.id, form.text(s.title), [], form.text(s.help), s.columns) for s in declared
    }
    loose: list[SectionView] = []
    if selectors:
        loose.append(SectionView("s-0", "", list(selectors)))
    for name, parts in items:
        section = form.ui.of("/" + pointers.escape(name)).section
        if section in found:
            found[section].items.extend(parts)
            continue
        block = next((p for p in parts if isinstance(p, Group | Rows | Closed)), None)
        if block is not None and not declared:
            loose.append(SectionView("s-" + block.id, "", parts, columns=1))
        elif loose and not (loose[-1].items and isinstance(loose[-1].items[0], Group | Rows | Closed)):
            loose[-1].items.extend(parts)
        else:
            loose.append(SectionView(f"s-{len(loose)}", "", parts))
    sections = [s for s in (*found.values(), *loose) if any(not isinstance(i, Hidden) for i in s.items)]
    travelling = [i for s in (*found.values(), *loose) if s not in sections for i in s.items]
    if travelling and sections:
        sections[-1].items.extend(travelling)
    elif travelling:
        sections = [SectionView("s-0", "", travelling)]
    return sections
