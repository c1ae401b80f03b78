"""Lifecycles: stages, transitions with guards and roles, parallel lanes."""

from portal.core.lifecycle.compile import check_lifecycle, compile_lifecycle
from portal.core.lifecycle.model import Lifecycle, Move, Offer, Stage, Takes, Transition

__all__ = [
    "Lifecycle",
    "Move",
    "Offer",
    "Stage",
    "Takes",
    "Transition",
    "check_lifecycle",
    "compile_lifecycle",
]
