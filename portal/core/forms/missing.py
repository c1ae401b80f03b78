"""The places of a required part that is missing altogether: each control within that a person has to fill in."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from portal.core import pointer as pointers
from portal.core.forms.nodes import Node
from portal.core.forms.values import ABSENT
from portal.core.forms.visibility import resolve, shown_properties

if TYPE_CHECKING:
    from portal.core.forms.compile import CompiledForm

_DEPTH = 8


def missing_places(form: CompiledForm, where: str) -> Iterator[str]:
    """Yield the pointers of the required fields of the part at ``where``; ``where`` itself if it requires none."""
    node = form.node_at(where)
    found = list(_required(form, node, where, ())) if node is not None else []
    yield from found or [where]


def _required(
    form: CompiledForm, node: Node, where: str, above: tuple[tuple[int, ...], ...]
) -> Iterator[str]:
    if node.key in above or len(above) > _DEPTH:
        return
    settled = resolve(form.forge, node, ABSENT).node
    above = (*above, node.key)
    if settled.kind == "array" and isinstance(settled.keywords.get("minItems"), int):
        if settled.keywords["minItems"] > 0:
            yield from _list(form, settled, where, above)
        return
    if settled.kind != "object":
        return
    for name in shown_properties(form.forge, settled):
        if name in settled.required:
            place = f"{where}/{pointers.escape(name)}"
            inner = list(_required(form, form.forge.child(settled, name), place, above))
            yield from inner or [place]


def _list(form: CompiledForm, node: Node, where: str, above: tuple[tuple[int, ...], ...]) -> Iterator[str]:
    """Yield the list, and the required fields of its first row, which is on the page."""
    inner = list(_required(form, form.forge.item(node, 0), where + "/0", above))
    if inner:
        yield where
        yield from inner
