"""A filled-in form to read: sections with labels and values."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from markupsafe import Markup

from portal.core.errors import msg
from portal.core.forms import CompiledForm, build_view
from portal.core.forms.view import Control, Fold, Group, Hidden, Item, Rows, SectionView, Static
from portal.core.widgets import WIDGETS
from portal.web.forms.context import PLAIN, FormContext
from portal.web.forms.render import environment
from portal.web.forms.told import control_text

# From this many sections on those beside the story are folded.
MANY = 4


def _every(_pointer: str) -> bool:
    return True


@dataclass(slots=True)
class Fact:
    """One label with its value, or with facts of its own."""

    label: str
    text: str | Markup = ""
    kind: str = "text"
    facts: list[Fact] = field(default_factory=list)


def render_values(
    form: CompiledForm,
    data: Any,
    *,
    context: FormContext | None = None,
    shown: Callable[[str], bool] = _every,
    name: str = "v",
    titles: bool = True,
) -> Markup:
    """Return the values of ``data`` as sections of labels and values; empty fields are left out.

    ``shown`` chooses among the fields of the top by their pointers, ``name`` tells several forms of one page apart.
    """
    context = context or PLAIN
    return _drawn(_filled(form, data, context, shown), context, name, titles)


def render_told(
    form: CompiledForm,
    data: Any,
    *,
    context: FormContext | None = None,
    shown: Callable[[str], bool] = _every,
) -> tuple[Markup, Markup]:
    """Return the sections that tell a story in whole sentences, and the others; all as one where there are few."""
    context = context or PLAIN
    sections = _filled(form, data, context, shown)
    # Of each of these the sentences come first: what it is about, before what kind it is and where.
    told = [
        (section, sorted(found, key=lambda fact: fact.kind != "long"))
        for section, found in sections
        if any(fact.kind == "long" for fact in found)
    ]
    rest = [one for one in sections if all(fact.kind != "long" for fact in one[1])]
    if not told or len(sections) < MANY:
        return _drawn([*told, *rest], context), Markup("")
    return _drawn(told, context), _drawn(rest, context)


def _filled(
    form: CompiledForm, data: Any, context: FormContext, shown: Callable[[str], bool]
) -> list[tuple[SectionView, list[Fact]]]:
    view = build_view(form, data, env=context.env, translate=context.translate, filled=True)
    sections = (
        (section, _unwrapped(section.title, _facts(_chosen_items(section.items, shown), context)))
        for section in view.sections
    )
    return [one for one in sections if one[1]]


def _drawn(
    sections: list[tuple[SectionView, list[Fact]]], context: FormContext, name: str = "v", titles: bool = True
) -> Markup:
    template = environment().get_template("forms/values.html")
    return Markup(template.render(sections=sections, name=name, titles=titles, _=context.translate))


def _chosen_items(items: Iterable[Item], shown: Callable[[str], bool]) -> Iterator[Item]:
    return (item for item in items if isinstance(item, Hidden | Fold) or shown(item.pointer))


def _unwrapped(title: str, facts: list[Fact]) -> list[Fact]:
    """Return the facts of a section that is one list without saying the name of the list twice."""
    alone = facts[0] if len(facts) == 1 else None
    return alone.facts if alone and alone.facts and alone.label == title else facts


def _facts(items: Iterable[Item], context: FormContext) -> list[Fact]:
    facts: list[Fact] = []
    for item in items:
        if isinstance(item, Control):
            text = control_text(item, context)
            if text and "~variant" not in item.name:
                kind = "long" if item.width == "full" and WIDGETS[item.kind].wide else "text"
                facts.append(Fact(item.label, text, kind))
        elif isinstance(item, Static):
            if item.masked:
                facts.append(Fact(item.label, context.written(item.text) or "", "masked"))
        elif isinstance(item, Group):
            inner = _facts(item.items, context)
            if inner:
                facts.append(Fact(item.label, facts=inner))
        elif isinstance(item, Rows):
            facts.extend(_rows(item, context))
    return facts


def _rows(item: Rows, context: FormContext) -> list[Fact]:
    rows = [(row.label, _facts(row.items, context)) for row in item.rows]
    named = [_named(row.items, facts) for row, (_, facts) in zip(item.rows, rows, strict=True)]
    if rows and all(named):
        return [Fact(item.label, facts=[fact for fact in named if fact])]
    filled = [(label, facts) for label, facts in rows if facts]
    if not filled:
        return []
    if all(len(facts) == 1 and not facts[0].facts for _, facts in filled):
        return [
            Fact(item.label, Markup(context.translate(msg(", "))).join(facts[0].text for _, facts in filled))
        ]
    return [Fact(item.label, facts=[_row(label, facts) for label, facts in filled])]


def _row(label: str, facts: list[Fact]) -> Fact:
    """Return a row under what it is: by its first field where that is called like the row, else by its number."""
    first = facts[0]
    if first.text and first.label and label.rstrip("0123456789").rstrip() == first.label:
        return Fact(first.text, facts=facts[1:]) if facts[1:] else first
    return Fact(label, facts=facts)


def _named(items: list[Item], facts: list[Fact]) -> Fact | None:
    """Return a free entry as one fact under its name; None for anything else."""
    first = items[0] if items else None
    if not isinstance(first, Control) or not first.name.endswith("~key") or not first.text:
        return None
    inner = facts[1:]
    if len(inner) == 1:
        return Fact(first.text, inner[0].text, inner[0].kind, inner[0].facts)
    return Fact(first.text, facts=inner) if inner else None
