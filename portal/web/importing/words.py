"""How a file of records reads: its state in words, and what was found in it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

from portal.core.errors import msg
from portal.persistence.models import ImportFile, ImportToken
from portal.services.importing import is_live
from portal.services.importing.files import READ, TAKEN, TRIED, UNDONE
from portal.web.language import translate

_STATES: Mapping[str, tuple[str, str]] = {
    READ: (msg("Uploaded"), "neutral"),
    TRIED: (msg("Tried"), "info"),
    TAKEN: (msg("Imported"), "good"),
    UNDONE: (msg("Taken back"), "neutral"),
}


@dataclass(frozen=True, slots=True)
class FileShown:
    """A file as its pages show it."""

    uid: str
    name: str
    state: str
    words: str
    tone: str
    rows: int
    head: int
    sheet: str
    others: Mapping[str, int]
    found: Mapping[str, int]
    by: str
    at: dt.datetime

    @classmethod
    def of(cls, file: ImportFile) -> FileShown:
        """Return a file in the words of the page's language."""
        words, tone = _STATES[file.state]
        return cls(
            file.uid,
            file.name,
            file.state,
            translate(words),
            tone,
            file.rows,
            file.layout.get("head", 1),
            file.sheet,
            file.layout.get("others", {}),
            file.found,
            file.created_by_name,
            file.created_at,
        )


@dataclass(frozen=True, slots=True)
class TokenShown:
    """A token as the page of its source shows it; its text is shown nowhere."""

    uid: str
    name: str
    by: str
    at: dt.datetime
    until: dt.datetime
    used: dt.datetime | None
    live: bool
    words: str
    tone: str

    @classmethod
    def of(cls, token: ImportToken, used: dt.datetime | None, now: dt.datetime) -> TokenShown:
        """Return a token in the words of the page's language."""
        live = is_live(token, now)
        words, tone = (
            (msg("In use"), "good")
            if live
            else (msg("Withdrawn"), "neutral")
            if token.revoked_at is not None
            else (msg("Expired"), "warning")
        )
        return cls(
            token.uid,
            token.name,
            token.created_by_name,
            token.created_at,
            token.expires_at,
            used,
            live,
            translate(words),
            tone,
        )
