"""The units and the files that the data of a record name by their codes and identifiers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from portal.core import pointer
from portal.core.forms import FieldInfo


def unit_codes(data: Any, infos: Iterable[FieldInfo]) -> Iterator[str]:
    """Yield the codes of units that ``data`` holds anywhere."""
    for info in infos:
        if info.type == "unit":
            yield from _texts_at(data, info.pointer)


def record_uids(data: Any, infos: Iterable[FieldInfo]) -> Iterator[str]:
    """Yield the identifiers of records that ``data`` holds anywhere."""
    for info in infos:
        if info.type == "record":
            yield from _texts_at(data, info.pointer)


def file_ids(fields: Iterable[FieldInfo], data: Any) -> tuple[str, ...]:
    """Return the identifiers of the files that ``data`` names in ``fields``."""
    named = (info.pointer for info in fields if info.widget == "file")
    return tuple(value for where in named for value in _texts_at(data, where))


def _texts_at(data: Any, pattern: str) -> Iterator[str]:
    for value in pointer.values(data, pattern):
        yield from (one for one in (value if isinstance(value, list) else (value,)) if isinstance(one, str))
