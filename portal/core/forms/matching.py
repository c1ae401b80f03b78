"""The port behind which the patterns of forms are matched, and how long a request may spend on slow ones.

By itself the core matches with ``re``, without a limit; the portal and its commands install a matcher that stops in
time (``portal.adapters.matching``). A match that ran out of time has no answer: the value is refused.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Protocol

from portal.core.strict_schemas import to_the_end

# What all matches of one request may take together, in seconds of CPU.
PATIENCE = 0.6
# What each match may take when that is used up.
HASTE = 0.005
# What these may take together; then nothing is matched any more. A limit of a few milliseconds is kept loosely, so
# many texts that come late would take far longer than the limit times their number.
GRACE = 0.2


class OutOfTime(Exception):
    """A match took longer than it may."""

    def __init__(self, seconds: float) -> None:
        super().__init__(seconds)
        self.seconds = seconds


class Matcher(Protocol):
    """A way to match patterns of Python's ``re``."""

    def search(self, pattern: str, text: str, seconds: float | None) -> bool:
        """Return whether ``pattern`` fits somewhere in ``text``; raise OutOfTime with what it took, at the limit."""
        ...


class PlainMatcher:
    """Python's ``re``, without a limit: for work on one's own definitions."""

    def search(self, pattern: str, text: str, seconds: float | None) -> bool:
        """Return whether ``pattern`` fits somewhere in ``text``."""
        return re.search(pattern, text) is not None


@dataclass(slots=True)
class Run:
    """One piece of work that matches patterns: the time that is left to it, and the texts that got no answer."""

    left: float = PATIENCE
    undecided: set[str] = field(default_factory=set)
    late: set[tuple[str, str]] = field(default_factory=set)


_matcher: Matcher = PlainMatcher()
_run: ContextVar[Run | None] = ContextVar("portal.forms.matching", default=None)


def use(matcher: Matcher) -> None:
    """Match with ``matcher`` from now on, in the whole process."""
    global _matcher
    _matcher = matcher


def begin() -> None:
    """Begin a new run in this context: a request that is served has its time anew."""
    _run.set(Run())


@contextmanager
def run() -> Iterator[Run]:
    """Work within the time that is left to the run of this context, or within one of its own; its texts are its own."""
    around = _run.get()
    inner = Run(around.left, late=around.late) if around is not None else Run()
    token = _run.set(inner)
    try:
        yield inner
    finally:
        _run.reset(token)
        if around is not None:
            around.left = inner.left


def search(pattern: str, text: str) -> bool:
    """Return whether ``pattern`` fits somewhere in ``text``; raise OutOfTime where that cannot be told in time."""
    pattern = to_the_end(pattern)
    here = _run.get()
    if here is None:
        return _matcher.search(pattern, text, None)
    begun = time.thread_time()
    try:
        if here.left < -GRACE or (pattern, text) in here.late:
            raise OutOfTime(0)
        found = _matcher.search(pattern, text, max(here.left, HASTE))
    except OutOfTime as error:
        here.left -= error.seconds
        here.late.add((pattern, text))
        here.undecided.add(text)
        raise
    # One that was answered just in time took its time as well: many of them are as slow as one that is late.
    here.left -= time.thread_time() - begun
    return found


def fits(pattern: str, text: str) -> bool:
    """Return whether ``pattern`` fits somewhere in ``text``; False where that cannot be told in time."""
    try:
        return search(pattern, text)
    except OutOfTime:
        return False
