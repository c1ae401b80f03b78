"""The data a new form starts with."""

from __future__ import annotations

import copy
from typing import Any

from portal.core.forms.forge import Forge
from portal.core.forms.nodes import Node
from portal.core.forms.values import ABSENT
from portal.core.forms.visibility import resolve

_DEPTH = 8


def initial(forge: Forge, node: Node) -> Any:
    """Return declared defaults, and constants that the form can't do without."""
    value = _default(forge, node, required=True, depth=0)
    if value is ABSENT:
        return {} if node.kind == "object" else None
    return value


def row_default(forge: Forge, node: Node) -> Any:
    """Return what a newly added row starts with; ABSENT if nothing is declared."""
    return _default(forge, node, required=True, depth=1)


def _default(forge: Forge, node: Node, *, required: bool, depth: int) -> Any:
    if "default" in node.notes:
        return copy.deepcopy(node.notes["default"])
    if required and node.kind == "choice" and node.options is not None and len(node.options) == 1:
        constant = node.options[0].value
        return ABSENT if isinstance(constant, bool) or constant is None else copy.deepcopy(constant)
    if node.kind != "object" or depth > _DEPTH or (depth and not required):
        return ABSENT
    data: dict[str, Any] = {}
    for _ in range(3):  # a default may switch on a branch that has defaults of its own
        shown = resolve(forge, node, data).node
        for name, subs in shown.properties.items():
            if name not in data:
                value = _default(forge, forge.node(subs), required=name in shown.required, depth=depth + 1)
                if value is not ABSENT:
                    data[name] = value
    return data or ABSENT
