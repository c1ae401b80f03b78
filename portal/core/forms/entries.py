"""The rows of free entries: a name and a value each, where a schema leaves the names open."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from portal.core import pointer as pointers
from portal.core.errors import Translator, msg
from portal.core.forms.compile import CompiledForm
from portal.core.forms.controls import FormPlace
from portal.core.forms.nodes import Node
from portal.core.forms.values import ABSENT, writable
from portal.core.forms.view import Control, Item, Row, Rows, dom_id
from portal.core.forms.visibility import shown_properties

Place = Callable[[Node, Any, FormPlace], list[Item]]


def entry_rows(
    form: CompiledForm,
    node: Node,
    data: Mapping[str, Any],
    at: FormPlace,
    blank: int,
    place: Place,
    translate: Translator,
) -> Rows | None:
    """Return the rows of free names with their values, where the schema describes such."""
    if not (node.entries or node.entry_patterns):
        return None
    shown = set(shown_properties(form.forge, node))
    pairs: list[tuple[str, Any]] = [(k, v) for k, v in data.items() if k not in shown and writable(k)]
    label = at.label if not node.properties and at.label else translate(msg("Further entries"))
    add = f"_add:{at.name}/~e" if not at.readonly else ""
    rows = Rows(at.pointer, dom_id(at.name + "~entries"), label, add=add)
    for index, (key, value) in enumerate([*pairs, *[("", ABSENT)] * blank]):
        rows.rows.append(_row(form, node, key, value, index, at, label, place, translate))
    return rows


def _row(
    form: CompiledForm,
    node: Node,
    key: str,
    value: Any,
    index: int,
    at: FormPlace,
    label: str,
    place: Place,
    translate: Translator,
) -> Row:
    base = f"{at.name}/~e{index}"
    child = form.forge.entry(node, key)
    where = f"{at.pointer}/{pointers.escape(key)}"
    inner = FormPlace(
        base,
        where,
        at.pattern + "/*",
        translate(msg("Value")),
        readonly=at.readonly,
        depth=at.depth + 1,
        ancestors=at.ancestors,
        ui=form.ui.of(at.pattern + "/*"),
        bare=True,
        open_ended=at.open_ended,
        value=value,
        subs=tuple(child.subs),
    )
    inner.node = child
    name = base + "~key"
    control = Control(
        name,
        where + "~key",
        dom_id(name),
        "text",
        translate(msg("Key")),
        text=key,
        readonly=at.readonly,
        trigger=bool(node.entry_patterns),
    )
    row = Row(f"{label} {index + 1}", [control, *place(child, value, inner)])
    row.hidden.append((base + "~row", "1"))
    if value is not ABSENT and not key:
        row.hidden.append((base + "~keyed", "1"))
    row.remove = f"_remove:{base}" if not at.readonly else ""
    return row
