"""Values of a record in history, decisions and audit: encrypted under the record's key, opened for those who read them.

A record gets its key when it is made; one that is older gets it at its next change, or by ``portal data rekey``. What
was written before stays as it is. What no key opens any more reads as destroyed.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy import bindparam, inspect, select
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import set_committed_value

from portal.adapters.keyring import Keyring
from portal.adapters.record_key import RecordKey
from portal.core.audit import field_names
from portal.core.encrypted import (
    DESTROYED,
    DESTROYED_TEXT,
    is_destroyed,
    is_encrypted_text,
    is_encrypted_value,
)
from portal.persistence.models import AuditEntry, Decision, Record, RecordEvent
from portal.persistence.scope import prepared

log = logging.getLogger("portal.keys")
HISTORY, DECISION, AUDIT, TASK, PAPER, VOLUME = "history", "decision", "audit", "task", "paper", "volume"
_MADE: WeakKeyDictionary[Decision, tuple[dict[str, Any], list[dict[str, Any]]]] = WeakKeyDictionary()
# The opened key of a loaded record, for as long as the object lives: one act encrypts several rows.
_OPENED: WeakKeyDictionary[Record, tuple[str, RecordKey]] = WeakKeyDictionary()
_KEYS = prepared(
    select(Record.uid, Record.key).where(
        Record.uid.in_(bindparam("uids", expanding=True)), Record.key.is_not(None)
    )
)


def give_key(keys: Keyring, record: Record) -> RecordKey:
    """Give a record a key of its own. The record must be written as a new version, or be new."""
    made, record.key = RecordKey.new(keys, record.uid)
    _OPENED[record] = (record.key, made)
    return made


def key_for_writing(keys: Keyring, record: Record) -> RecordKey | None:
    """Return the key under which a record's values are encrypted; None for an older record that has none yet."""
    key = key_of(keys, record)
    if key is None and record.key is not None:
        return RecordKey.required(keys, record.key, record.uid)
    return key


def key_of(keys: Keyring, record: Record) -> RecordKey | None:
    """Return the key that opens a record's values; None where there is none, or no data key opens it."""
    if record.key is None:
        return None
    wrapped, opened = _OPENED.get(record, ("", None))
    if opened is None or wrapped != record.key:
        opened = RecordKey.of(keys, record.key, record.uid)
        if opened is not None:
            _OPENED[record] = (record.key, opened)
    return opened


def encrypting(key: RecordKey | None) -> Callable[[dict[str, Any]], dict[str, Any]] | None:
    """Return the function that encrypts an audit entry about a record; None where the record has no key yet."""
    return None if key is None else partial(encrypted_entry, key)


def encrypted_entry(key: RecordKey, said: dict[str, Any]) -> dict[str, Any]:
    """Return the content of an audit entry with values and reason encrypted; the names of the fields stay."""
    fields = field_names(said.get("before"), said.get("after"))
    encrypted = {name: key.encrypt(said[name], AUDIT) for name in ("before", "after") if said.get(name)}
    return said | encrypted | {"fields": fields, "reason": key.encrypt_text(said.get("reason") or "", AUDIT)}


def opened_events(keys: Keyring, record: Record, events: Iterable[RecordEvent]) -> list[RecordEvent]:
    """Return events of a record with their values opened, for reading; nothing of it is ever written back."""
    key, found = key_of(keys, record), list(events)
    for one in found:
        _open(one, key, HISTORY, ("data",), ("reason",))
    return found


def encrypted_decision(
    keys: Keyring, record: Record, result: dict[str, Any], proposals: list[dict[str, Any]]
) -> tuple[Any, Any]:
    """Return result and proposals of a decision about a record as they are stored."""
    key = key_for_writing(keys, record)
    return (
        (result, proposals)
        if key is None
        else (key.encrypt(result, DECISION), key.encrypt(proposals, DECISION))
    )


def remember(decision: Decision, result: dict[str, Any], proposals: list[dict[str, Any]]) -> None:
    """Keep the open content of a decision that is being made as long as the object lives: it is read at once."""
    _MADE[decision] = (result, proposals)


def opened_decision(
    keys: Keyring, record: Record, decision: Decision
) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Return result and proposals of a decision about a record, opened; empty ones where no key opens them any more."""
    just_made = _MADE.get(decision)
    if just_made is not None:
        return just_made
    result, proposals = decision.result, decision.proposals
    if not is_encrypted_value(result):
        return result, proposals
    key = key_of(keys, record)
    result = value_opened(key, result, DECISION)
    if is_destroyed(result):
        nothing = {"fired": [], "actions": [], "facts_used": {}, "ignored": [], "disagreement": False}
        return {**nothing, **DESTROYED}, []
    return result, value_opened(key, proposals, DECISION)  # type: ignore[arg-type]


def opened_entries(keys: Keyring, session: Session, entries: Iterable[AuditEntry]) -> list[AuditEntry]:
    """Return audit entries with what they say of records opened, by one statement for all of them.

    ``session`` reads the keys of records, so it is the system's: those who see an entry see its content.
    """
    found = list(entries)
    uids = {one.object_id for one in found if _is_encrypted(one)}
    wrapped = dict(session.execute(_KEYS, {"uids": sorted(uids)}).all()) if uids else {}
    known = {uid: RecordKey.of(keys, text, uid) for uid, text in wrapped.items() if text is not None}
    for one in found:
        _open(one, known.get(one.object_id), AUDIT, ("before", "after"), ("reason",))
    return found


def _is_encrypted(entry: AuditEntry) -> bool:
    return (
        is_encrypted_value(entry.before) or is_encrypted_value(entry.after) or is_encrypted_text(entry.reason)
    )


def _open(row: Any, key: RecordKey | None, place: str, values: Iterable[str], texts: Iterable[str]) -> None:
    """Put the opened values in the place of the encrypted ones, as if they had been loaded: they are never written."""
    if inspect(row).pending:
        raise ValueError("a row that is not stored yet would be stored open")
    for name in values:
        value = getattr(row, name)
        if is_encrypted_value(value):
            set_committed_value(row, name, value_opened(key, value, place))
    for name in texts:
        text = getattr(row, name)
        if is_encrypted_text(text):
            set_committed_value(row, name, _text_opened(key, text, place))


def value_opened(key: RecordKey | None, value: Mapping[str, str], place: str) -> Any:
    """Return a encrypted JSON value opened; what stands for a destroyed one where it does not open."""
    try:
        return dict(DESTROYED) if key is None else key.open(value, place)
    except ValueError:
        log.error("a value encrypted for %s does not open by the key of its record", place)
        return dict(DESTROYED)


def text_opened(keys: Keyring, record: Record, text: str, place: str) -> str:
    """Return a text of a record in clear, as it stands where it was stored before the record had a key."""
    return _text_opened(key_of(keys, record), text, place) if is_encrypted_text(text) else text


def _text_opened(key: RecordKey | None, text: str, place: str) -> str:
    try:
        return DESTROYED_TEXT if key is None else key.open_text(text, place)
    except ValueError:
        log.error("a text encrypted for %s does not open by the key of its record", place)
        return DESTROYED_TEXT
