"""The fields of a form, for lists, filters and the checks of rules."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from portal.core import pointer as pointers
from portal.core.conditions import Condition
from portal.core.errors import msg
from portal.core.forms.codec import multiple
from portal.core.forms.compile import CompiledForm, compile_form
from portal.core.forms.controls import widget_of
from portal.core.forms.nodes import Node
from portal.core.forms.visibility import all_properties
from portal.core.kinds import by_format as kinds_by_format
from portal.core.text import DEFAULT_LANGUAGE, Texts
from portal.core.widgets import WIDGETS

_DEPTH = 8


@dataclass(frozen=True, slots=True)
class FieldInfo:
    """One field: where it is, what it is called and what it can hold."""

    pointer: str
    label: str
    type: str
    format: str = ""
    widget: str = ""
    options: tuple[tuple[Any, str], ...] = ()
    taxonomy: str = ""
    entity: str = ""
    only: Condition | None = None
    sensitivity: str = ""
    required: bool = False
    repeated: bool = False
    section: str = ""


def list_fields(
    definition: Mapping[str, Any], *, lang: str = DEFAULT_LANGUAGE, texts: Texts | None = None
) -> list[FieldInfo]:
    """Return every field of a definition, those of list items as ``/parties/*/name``."""
    return fields_of(compile_form(definition, lang=lang, texts=texts))


def fields_of(form: CompiledForm) -> list[FieldInfo]:
    """Return every field of a compiled form, whatever the data."""
    return list(_walk(form, form.root, "", "", False, "", ()))


def _walk(
    form: CompiledForm,
    node: Node,
    where: str,
    label: str,
    required: bool,
    section: str,
    above: tuple[Any, ...],
) -> Iterator[FieldInfo]:
    if len(above) > _DEPTH or node.key in above:
        return
    above = (*above, node.key)
    properties = all_properties(form.forge, node)
    if node.kind in ("object", "variants") and properties:
        for name, subs in properties.items():
            child = form.forge.node(subs)
            inner = f"{where}/{pointers.escape(name)}"
            own = form.label_of(inner, child, name)
            part = form.ui.of(inner).section or section
            yield from _walk(form, child, inner, own, name in node.required, part, above)
        return
    ticks = multiple(form.forge, node)
    if node.kind == "array" and ticks is None:
        items = form.forge.item(node, len(node.prefix))
        if all_properties(form.forge, items) or items.kind == "array":
            yield from _walk(form, items, where + "/*", label, False, section, above)
            return
        yield _info(form, items, where, label, "strings" if _texts(items) else "any", required, section)
        return
    if ticks is not None:
        yield _info(form, ticks, where, label, "strings" if _texts(ticks) else "any", required, section)
        return
    yield _info(form, node, where, label, _type(form, node, where), required, section)


def info_of(form: CompiledForm, node: Node, where: str) -> FieldInfo:
    """Return the field at one place of which the node is known."""
    return _info(form, node, where, "", _type(form, node, where), False, "")


def _texts(node: Node) -> bool:
    return node.types - {"null"} == {"string"} or bool(
        node.options and all(isinstance(o.value, str) for o in node.options)
    )


def _type(form: CompiledForm, node: Node, where: str) -> str:
    ui = form.ui.of(where)
    by_format = kinds_by_format().get(str(node.keywords.get("format", "")))
    if by_format is not None:
        return by_format.name
    if ui.widget and WIDGETS[ui.widget].kind:
        return WIDGETS[ui.widget].kind
    if node.options is not None:
        kinds = {type(o.value) for o in node.options if o.value is not None}
        simple = {bool: "boolean", int: "integer", float: "number", str: "string"}
        return simple.get(next(iter(kinds)), "any") if len(kinds) == 1 else "any"
    types = node.types - {"null"}
    if node.kind != "text":
        return "any"
    if types <= {"integer", "number"}:
        return "integer" if types == {"integer"} else "number"
    return "string" if types == {"string"} else "any"


def _info(
    form: CompiledForm, node: Node, where: str, label: str, kind: str, required: bool, section: str
) -> FieldInfo:
    ui = form.ui.of(where)
    options = []
    for option in node.options or ():
        text = form.text(ui.enum_labels.get(str(option.value))) or form.text(option.label)
        options.append(
            (option.value, text or (option.value if isinstance(option.value, str) else str(option.value)))
        )
    if kind == "boolean":
        options = [(value, msg("Yes") if value else msg("No")) for value, _ in options]
    return FieldInfo(
        pointer=where,
        label=label,
        type=kind,
        format=str(node.keywords.get("format", "")),
        widget=ui.widget or (widget_of(node, ui) if node.kind == "text" else node.kind),
        options=tuple(options),
        taxonomy=ui.taxonomy,
        entity=ui.entity,
        only=ui.only,
        sensitivity=ui.sensitivity,
        required=required,
        repeated="/*" in where,
        section=section,
    )
