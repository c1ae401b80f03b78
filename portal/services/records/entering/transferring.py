"""Carry a record's data over to a newer release: fields that moved, that its form does not know, that come back."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from portal.adapters.keyring import Keyring
from portal.core import pointer as pointers
from portal.core.packs.moved import follow_field
from portal.persistence.models import Record
from portal.services.bundles import Bundle
from portal.services.records.privacy.encryption import cipher_place, opened


@dataclass(frozen=True, slots=True)
class Transferred:
    """The data as the newer form takes them, in clear; nothing of them must leave the server as it is.

    ``moved`` are pairs of pointers, before and now. ``gone`` are the fields that the newer form does not know; what
    they hold is ``kept`` as it is stored, by release and pointer. ``back`` are those it knows again.
    """

    data: dict[str, Any]
    moved: tuple[tuple[str, str], ...]
    gone: tuple[str, ...]
    back: tuple[str, ...]
    kept: dict[str, dict[str, Any]]


def transferred(keys: Keyring, record: Record, old: Bundle, new: Bundle) -> Transferred:
    """Return a record's data under a newer release: entered values stay what they are."""
    etype = record.etype
    clear = opened(keys, old, etype, record.uid, record.data)
    moves = [move for move in new.moves if move not in old.moves]
    data: dict[str, Any] = dict(clear)
    moved: list[tuple[str, str]] = []
    for pointer, value in list(pointers.scalars(clear)):
        to = follow_field(etype, pointer, moves)
        if to is not None and to[0] == etype and to[1] != pointer and pointers.get(data, to[1]) is None:
            data = pointers.put(pointers.without(data, pointer), to[1], value)
            moved.append((pointer, to[1]))
    patterns = set(new.fields(etype))
    lost = [pointer for pointer, _ in pointers.scalars(data) if not _known(pointer, patterns)]
    origin = {now: before for before, now in moved}
    kept = {release: dict(values) for release, values in (record.kept or {}).items()}
    for pointer in lost:
        data = pointers.without(data, pointer)
        before = _stored_at(record, origin.get(pointer, pointer))
        kept.setdefault(str(old.release_id), {})[before] = pointers.get(record.data, before)
    data = {name: value for name, value in data.items() if _known(f"/{pointers.escape(name)}", patterns)}
    back = []
    for pointer, value in _kept_again(keys, record, kept, patterns, old):
        if pointers.get(data, pointer) is None:
            data = pointers.put(data, pointer, value)
            back.append(pointer)
    gone = tuple(dict.fromkeys(pointers.pattern_of(pointer) for pointer in lost))
    return Transferred(data, tuple(moved), gone, tuple(back), {key: one for key, one in kept.items() if one})


def _kept_again(
    keys: Keyring, record: Record, kept: dict[str, dict[str, Any]], patterns: set[str], old: Bundle
) -> Iterator[tuple[str, Any]]:
    """Yield the kept values of earlier releases that the newer form knows again, and take them out of ``kept``."""
    for release, values in sorted(kept.items(), key=lambda pair: -int(pair[0])):
        if release == str(old.release_id):
            continue
        # Rows may have come and gone: what was kept of one belongs to none for certain.
        for pointer in [one for one in values if _known(one, patterns) and pointers.pattern_of(one) == one]:
            yield pointer, keys.open(values.pop(pointer), _place(record, pointer))


def encrypted_anew(keys: Keyring, record: Record) -> dict[str, Any] | None:
    """Return a record's ``kept`` values with all encrypted ones encrypted by the current key; None: nothing to do."""
    kept = record.kept or {}
    stale = {
        (release, pointer): value
        for release, values in kept.items()
        for pointer, value in values.items()
        if keys.opens(value, _place(record, pointer)) and not keys.is_current(value)
    }
    if not stale:
        return None
    result = {release: dict(values) for release, values in kept.items()}
    for (release, pointer), value in stale.items():
        place = _place(record, pointer)
        result[release][pointer] = keys.encrypt(keys.open(value, place), place)
    return result


def _place(record: Record, pointer: str) -> str:
    return cipher_place(record.uid, record.etype, pointers.pattern_of(pointer))


def _stored_at(record: Record, pointer: str) -> str:
    """Return the pointer at which a value is stored: its own, or that of a group that is encrypted as a whole."""
    parts = pointers.split(pointer)
    for length in range(len(parts), 0, -1):
        where = pointers.join(parts[:length])
        if pointers.get(record.data, where) is not None:
            return where
    return pointer


def _known(pointer: str, patterns: set[str]) -> bool:
    """Tell whether a form has a field at a pointer, above it or below it."""
    parts = pointers.split(pointers.pattern_of(pointer))
    return any(pointers.meets(parts, pointers.split(pattern)) for pattern in patterns)
