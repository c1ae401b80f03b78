"""Change data at a JSON pointer without touching the original."""

from __future__ import annotations

from typing import Any

from portal.core import pointer as pointers
from portal.core.forms.values import ABSENT


def put(data: Any, where: str, value: Any) -> Any:
    """Return ``data`` with the value at a pointer replaced or removed; the original is not touched."""
    parts = pointers.split(where)
    if not parts:
        return value
    head, *rest = parts
    if isinstance(data, list) and head.isdecimal() and int(head) < len(data):
        copy = list(data)
        copy[int(head)] = put(data[int(head)], pointers.join(rest), value)
        return copy
    if not isinstance(data, dict):
        return data if value is ABSENT else {head: put({}, pointers.join(rest), value)}
    result = dict(data)
    if rest:
        if head not in result and value is ABSENT:
            return data
        result[head] = put(result.get(head, {}), pointers.join(rest), value)
    elif value is ABSENT:
        result.pop(head, None)
    else:
        result[head] = value
    return result
