"""A case that is entered at a peer."""

from __future__ import annotations

import itertools
import os
from typing import Any

from benchmarks.peers import rows

# Codes are unique: each process that enters cases has a series of its own.
_SERIES = f"N{os.getpid():07d}"
_UNLIKE = list(rows.cases(2_000, seed=7))
_COUNT = itertools.count(1)


def new_case() -> dict[str, Any]:
    """Return a case unlike those before it."""
    number = next(_COUNT)
    case = _UNLIKE[number % len(_UNLIKE)]
    made = {name: value for name, value in case.items() if name != "unit_id"}
    return made | {"unit": case["unit_id"], "code": f"{_SERIES}{number:08d}"}
