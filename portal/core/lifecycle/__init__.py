"""Lifecycles: stages, transitions with guards and roles, parallel lanes."""

from portal.core.lifecycle.ahead import Ahead, ahead
from portal.core.lifecycle.compile import check_lifecycle, compile_lifecycle
from portal.core.lifecycle.model import (
    Lifecycle,
    Looked,
    Move,
    Offer,
    Opens,
    Roles,
    Side,
    Stage,
    Takes,
    Transition,
)

__all__ = [
    "Ahead",
    "Lifecycle",
    "Looked",
    "Move",
    "Offer",
    "Opens",
    "Roles",
    "Side",
    "Stage",
    "Takes",
    "Transition",
    "ahead",
    "check_lifecycle",
    "compile_lifecycle",
]
