"""What a form remembers between two pages beside its data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class FormState:
    """Blank rows, opened parts, chosen variants, and what was typed into fields that are hidden now."""

    rows: Mapping[str, int] = field(default_factory=dict)
    opened: frozenset[str] = frozenset()
    variants: Mapping[str, str] = field(default_factory=dict)
    leftover: tuple[tuple[str, str], ...] = ()


NO_STATE = FormState()
