"""Hints by an outer channel: where they go, and what they may say: how many matters wait, and a link.

The channels stand in a file of the operator, because their addresses are secrets; a line for each:
unit, role, ``daily``, ``urgent`` or both by a comma, address.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from dataclasses import dataclass

from portal.core.calendars import WorkCalendar
from portal.core.canonical import digest
from portal.core.errors import PortalError, Problem, msg

DAILY, URGENT = "daily", "urgent"
KINDS = (DAILY, URGENT)
# Services that reach the staff of centres, and receivers of their own; nothing that writes files or runs programs.
SCHEMES = frozenset({"wecombot", "dingtalk", "feishu", "mailto", "mailtos", "json", "jsons"})
# Addresses that name the host to be called; those of the great services are fixed in the library.
NAMED = SCHEMES - {"wecombot", "dingtalk", "feishu"}
# A hint of the day comes in these hours of a working day, or not at all.
FIRST, LAST = dt.time(8, 0), dt.time(18, 0)
MOST = 200
_SCHEME = re.compile(r"([a-z]{2,20})://\S+")


@dataclass(frozen=True, slots=True)
class Channel:
    """Where hints go: those of one role at one unit. ``address`` is a secret: it is neither shown nor stored."""

    unit: str
    role: str
    kinds: frozenset[str]
    address: str

    @property
    def name(self) -> str:
        """Return what tells it from others and holds no secret."""
        return f"{self.unit}/{self.role}/{digest(self.address)[:12]}"

    def __repr__(self) -> str:
        """Return it without its address."""
        return f"Channel({self.name})"


def channels(text: str) -> tuple[Channel, ...]:
    """Read the lines of a file; PortalError with a problem for each line that is none."""
    found, problems = [], []
    for number, line in _lines(text):
        parts = line.split()
        kinds = frozenset(parts[2].split(",")) if len(parts) == 4 else frozenset()
        scheme = _SCHEME.fullmatch(parts[3]) if len(parts) == 4 else None
        if scheme is None or not kinds or not kinds <= set(KINDS):
            message = msg("Line %(line)s: write unit, role, daily or urgent or daily,urgent, and an address")
            problems.append(Problem("hints.line", message, {"line": number}))
        elif scheme[1] not in SCHEMES:
            message = msg("Line %(line)s: “%(scheme)s” is not one of: %(known)s")
            params = {"line": number, "scheme": scheme[1], "known": ", ".join(sorted(SCHEMES))}
            problems.append(Problem("hints.scheme", message, params))
        else:
            found.append(Channel(parts[0], parts[1], kinds, parts[3]))
    if len(found) > MOST:
        problems.append(Problem("hints.many", msg("At most %(limit)s channels"), {"limit": MOST}))
    if problems:
        raise PortalError("hints.file", msg("The file of the channels for hints can't be used"), {}, problems)
    return tuple(dict.fromkeys(found))


def _lines(text: str) -> Iterator[tuple[int, str]]:
    for number, line in enumerate(text.splitlines(), 1):
        if line.strip() and not line.lstrip().startswith("#"):
            yield number, line.strip()


def may_come(kind: str, calendar: WorkCalendar, now: dt.datetime) -> bool:
    """Tell whether a hint may come now, at the place of the centre: one of the day in the hours of a working day."""
    if kind == URGENT:
        return True
    return FIRST <= now.time() <= LAST and calendar.is_working(now.date())


@dataclass(frozen=True, slots=True)
class Hints:
    """What an operator decides about hints: the channels, the portal's own address, and whether private networks do."""

    channels: tuple[Channel, ...] = ()
    address: str = ""
    private: bool = False

    def of_kind(self, kind: str) -> tuple[Channel, ...]:
        """Return the channels that want hints of a kind."""
        return tuple(one for one in self.channels if kind in one.kinds)

    def named(self, name: str) -> Channel | None:
        """Return the channel of a name; None where the file no longer has it."""
        return next((one for one in self.channels if one.name == name), None)
