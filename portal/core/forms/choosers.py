"""The controls that choose a variant of ``oneOf`` or ``anyOf``."""

from __future__ import annotations

from collections.abc import Mapping

from portal.core.errors import Translator, msg
from portal.core.forms.compile import CompiledForm
from portal.core.forms.controls import FormPlace
from portal.core.forms.nodes import Choice
from portal.core.forms.view import Choosable, Control, dom_id
from portal.core.forms.visibility import resolve


def selector(
    form: CompiledForm, choice: Choice, index: int | None, at: FormPlace, suffix: str, translate: Translator
) -> Control:
    """Return the control that chooses a variant."""
    options = []
    for number, variant in enumerate(choice.variants):
        title = translate(variant.title) if variant.message else form.text(variant.title)
        label = title or translate(msg("Variant %(number)s")) % {"number": number + 1}
        options.append(Choosable(str(number), label, number == index))
    name = at.name + suffix
    label = at.label or translate(msg("Variant"))
    if choice.by_type:
        label = translate(msg("%(label)s: kind of entry")) % {"label": label}
    return Control(
        name,
        at.pointer,
        dom_id(name),
        "select",
        label,
        options=options,
        trigger=True,
        required=at.required,
        width="half",
    )


def chosen_before(form: CompiledForm, at: FormPlace, variants: Mapping[str, str]) -> dict[int, int | None]:
    """Return the variants somebody chose on the page before, so that an invalid part keeps its shape."""
    if not variants:
        return {}
    node = form.forge.node(at.subs) if at.subs else form.root
    picks: dict[int, int | None] = {}
    for _ in range(4):
        resolved = resolve(form.forge, node, at.value, picks)
        found = {
            c.number: int(text) if text.isdecimal() else None
            for n, (c, _) in enumerate(resolved.picks)
            if (text := variants.get(f"{at.pointer}~variant{n or ''}")) is not None
        }
        if found == picks:
            break
        picks = found
    return picks
