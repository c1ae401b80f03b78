"""Reasons of rules on one page: one rule is the reason of a notice, a task and a role, and is told once."""

from __future__ import annotations

import re

# Several reasons of one thing stand after each other, with a space between them.
_ENDS = re.compile(r"(?<=[。；！？.;!?])\s+")


class Reasons:
    """What a page has told so far of the reasons of rules."""

    def __init__(self) -> None:
        self._told: set[str] = set()

    def once(self, why: str) -> str:
        """Return what a reason says that was not told before; from now on it was told."""
        new = [part for part in dict.fromkeys(_ENDS.split(why.strip())) if part and part not in self._told]
        self._told.update(new)
        return " ".join(new)

    def told(self, why: str) -> str:
        """Return a reason whole, such as that of a proposal to be answered; from now on it was told."""
        self.once(why)
        return why
