"""Sandboxes: a portal of its own for each draft, on disk, with invented people, to try the draft and be thrown away."""

from portal.services.sandboxes.asking import ask_sandbox, making_of
from portal.services.sandboxes.folders import DAYS, MOST, MOST_BYTES, Sandbox, Sandboxes
from portal.services.sandboxes.making import Blueprint, blueprint_of, make

__all__ = [
    "DAYS",
    "MOST",
    "MOST_BYTES",
    "Blueprint",
    "Sandbox",
    "Sandboxes",
    "ask_sandbox",
    "blueprint_of",
    "make",
    "making_of",
]
