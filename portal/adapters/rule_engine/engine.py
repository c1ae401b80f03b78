"""durable_rules as a ``RuleEngine``: handles kept per rule set, recreated after a fault."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Mapping
from functools import lru_cache

from portal.adapters.rule_engine.chunks import chunks
from portal.adapters.rule_engine.handle import Handle
from portal.core.rules.program import Program

MAX_PROGRAMS = 200


class DurableRules:
    """Runs programs on durable_rules; safe to share between threads."""

    name = "durable_rules"

    def __init__(self, max_programs: int = MAX_PROGRAMS) -> None:
        self._lock = threading.Lock()
        self._max_programs = max_programs
        self._handles: OrderedDict[str, tuple[Handle, ...]] = OrderedDict()

    def matching(self, program: Program, row: Mapping[str, int | str]) -> frozenset[int]:
        """Return the indexes of the rules that hold; raise ``EngineFault`` if the engine can't be trusted."""
        found: frozenset[int] = frozenset()
        for handle in self.handles(program):
            found |= handle.matching(row)
        return found

    def handles(self, program: Program) -> tuple[Handle, ...]:
        """Return the handles of a program, made on first use; the longest unused program makes room."""
        with self._lock:
            known = self._handles.get(program.digest)
            if known is None:
                known = tuple(Handle(chunk) for chunk in chunks(program))
                self._handles[program.digest] = known
                if len(self._handles) > self._max_programs:
                    _, old = self._handles.popitem(last=False)
                    for handle in old:
                        handle.close()
            self._handles.move_to_end(program.digest)
            return known


@lru_cache(maxsize=1)
def shared_engine() -> DurableRules:
    """Return the engine of this process."""
    return DurableRules()
