"""The ``when`` conditions of the ui part."""

from __future__ import annotations

from typing import Any

from portal.core.conditions import Condition, Env, bind, evaluate


def shown_by_ui(when: Condition, pointer: str, data: Any, env: Env) -> bool:
    """Tell whether a field at ``pointer`` is shown; ``*`` in its condition means the same row."""
    parts = pointer.split("/")
    for at in range(len(parts) - 1, 0, -1):
        if parts[at].isdecimal():
            when = bind(when, "/".join(parts[: at + 1]))
            break
    return evaluate(when, data, env)
