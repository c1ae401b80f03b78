"""Fields with a ``when``: what becomes of their values while they are hidden."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from portal.core import pointer as pointers
from portal.core.conditions import Condition, Env
from portal.core.forms.body import Body
from portal.core.forms.values import ABSENT
from portal.core.forms.when import shown_by_ui

_ROUNDS = 8


@dataclass(slots=True)
class Gated:
    """A field with a ``when``: what was typed, what is stored, and whether it was hidden already."""

    pointer: str
    base: str
    condition: Condition
    policy: str
    typed: Any
    stored: Any
    was_hidden: bool
    sent: bool


def settle_gates(gated: Sequence[Gated], data: Any, env: Env, body: Body) -> Any:
    """Settle the fields with a ``when``, which may control one another."""
    for _ in range(_ROUNDS):
        changed = False
        for gate in gated:
            wanted = _wanted(gate, data, env, body)
            current = pointers.get(data, gate.pointer, ABSENT)
            if current is not wanted and (current is ABSENT or wanted is ABSENT or current != wanted):
                put = wanted is not ABSENT
                data = (
                    pointers.put(data, gate.pointer, wanted) if put else pointers.without(data, gate.pointer)
                )
                changed = True
        if not changed:
            break
    return data


def _wanted(gate: Gated, data: Any, env: Env, body: Body) -> Any:
    if shown_by_ui(gate.condition, gate.pointer, data, env):
        return gate.typed if gate.sent else gate.stored
    if gate.policy == "submit":
        return gate.typed if gate.typed is not ABSENT else gate.stored
    body.forget(gate.base)
    if gate.policy == "clear":
        return ABSENT
    return gate.stored if gate.policy == "keep" or gate.was_hidden else ABSENT
