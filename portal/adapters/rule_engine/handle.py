"""One guarded handle of the engine: some rules as a pure function from a fact to the rules that hold."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Mapping
from typing import Any

import durable_rules_engine as native

from portal.adapters.rule_engine.chunks import ALIVE, Chunk, fact
from portal.core.rules.program import EngineFault

_numbers = itertools.count(1)
_STATE = "0"  # the engine's name for the state of facts without a session


class Handle:
    """Asks the engine about one fact at a time, under a lock, and distrusts it after any irregularity.

    The engine keeps state. Each question asserts a fact with a fresh identifier, collects the rules that fire
    and retracts the fact. A rule that always fires tells that the state is sound; if it is silent, the handle
    is poisoned: it is leaked rather than freed, because freeing broken state crashes, and created anew.
    """

    def __init__(self, chunk: Chunk) -> None:
        self._chunk = chunk
        self._lock = threading.Lock()
        self._native: Any = None

    def matching(self, row: Mapping[str, int | str]) -> frozenset[int]:
        """Return the indexes of the rules that hold for ``row``, or raise ``EngineFault``."""
        with self._lock:
            try:
                if self._native is None:
                    self._native = native.create_ruleset(f"c{next(_numbers)}", self._chunk.rules)
                fired = self._ask(fact(dict(row), self._chunk.columns, f"q{next(_numbers)}"))
            except BaseException as error:
                self._native = None
                if isinstance(error, native.error | ValueError | TypeError | IndexError):
                    raise EngineFault(f"{type(error).__name__}: {error}"[:200]) from error
                raise
            if ALIVE not in fired:
                self._native = None
                raise EngineFault("the sign of life is missing")
            return frozenset(int(name[1:]) for name in fired if name != ALIVE)

    def _ask(self, question: str) -> set[str]:
        status, offset = native.assert_fact(self._native, question)
        if status != 0:
            raise EngineFault(f"assert_fact answered {status}")
        fired: set[str] = set()
        started = native.start_action_for_state(self._native, offset)
        message = started[1] if started else None
        while message:
            fired.add(message[2 : message.index('"', 2)])
            message = native.complete_and_start_action(self._native, offset)
        native.retract_fact(self._native, question)
        return fired

    def close(self) -> None:
        """Free the memory. The native handle is only kept after a sound answer, so freeing it is safe."""
        with self._lock:
            if self._native is not None:
                native.delete_state(self._native, _STATE)
                native.delete_ruleset(self._native)
                self._native = None
