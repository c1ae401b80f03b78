"""The file of a closed matter: what it has to hold, in which order, for how long it is kept; by definitions of a pack.

Which documents a volume must hold stands with the documents, how long volumes of a type are kept with the settings.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from portal.core.conditions import Condition, Env, evaluate, parse
from portal.core.documents import DocumentType
from portal.core.text import Text

# The day from which a period of keeping is counted: that of archiving, or the first of the year after it.
FROM_DAY, FROM_YEAR = "day", "next_year"
# The common stage at which a matter is archived.
ARCHIVED = "archive"
_LAST_MONTH, _LAST_DAY = 12, 31


@dataclass(frozen=True, slots=True)
class RetentionClass:
    """For how many years volumes are kept; one without years is kept for good."""

    id: str
    title: Text
    years: int | None = None
    source: str = ""
    order: float = 0

    @property
    def for_good(self) -> bool:
        """Tell whether volumes of the class are never destroyed."""
        return self.years is None

    def ends_on(self, archived_on: dt.date, start: str) -> dt.date | None:
        """Return the last day on which a volume is kept; None where it is kept for good."""
        if self.years is None:
            return None
        if start == FROM_YEAR:
            return dt.date(archived_on.year + self.years, _LAST_MONTH, _LAST_DAY)
        # The 29th of February ends a common year on the 28th.
        day = min(archived_on.day, 28) if archived_on.month == 2 else archived_on.day
        return dt.date(archived_on.year + self.years, archived_on.month, day)


@dataclass(frozen=True, slots=True)
class KeptWhen:
    """Volumes of which a condition holds, and the class that they are kept in."""

    retention: str
    when: Condition
    order: float = 0


@dataclass(frozen=True, slots=True)
class Volumes:
    """How volumes of one type of record are kept."""

    retention: str
    start: str = FROM_YEAR
    # The document that the volume itself makes: its cover and list of contents.
    cover: str = ""
    # Types of records that go with the matter that they led to, or that came of it.
    along: tuple[str, ...] = ()
    cases: tuple[KeptWhen, ...] = ()

    def class_of(self, facts: Mapping[str, Any], env: Env) -> str:
        """Return the class of a volume: the first whose condition holds, else the one for all others."""
        return next((one.retention for one in self.cases if evaluate(one.when, facts, env)), self.retention)


@dataclass(frozen=True, slots=True)
class Keeping:
    """The classes of a release, and how volumes of each type are kept."""

    classes: Mapping[str, RetentionClass] = field(default_factory=dict)
    volumes: Mapping[str, Volumes] = field(default_factory=dict)


def keeping(settings: Mapping[str, Any]) -> Keeping:
    """Compile what the settings of a release say of keeping volumes."""
    raw = settings.get("archive") or {}
    classes = sorted(
        (_class(name, one) for name, one in raw.get("classes", {}).items() if not one.get("hidden")),
        key=lambda one: (one.order, one.id),
    )
    return Keeping(
        {one.id: one for one in classes},
        {etype: _volumes(one) for etype, one in raw.get("volumes", {}).items() if not one.get("hidden")},
    )


def _class(name: str, raw: Mapping[str, Any]) -> RetentionClass:
    return RetentionClass(name, raw["title"], raw.get("years"), raw.get("source", ""), raw.get("order", 0))


def _volumes(raw: Mapping[str, Any]) -> Volumes:
    found = [
        KeptWhen(one["class"], condition, one.get("order", 0))
        for one in raw.get("cases", {}).values()
        if not one.get("hidden") and (condition := parse(one["when"], counts=False)[0]) is not None
    ]
    return Volumes(
        raw["class"],
        raw.get("from", FROM_YEAR),
        raw.get("cover", ""),
        tuple(raw.get("along", ())),
        tuple(sorted(found, key=lambda one: one.order)),
    )


@dataclass(frozen=True, slots=True)
class Needed:
    """A place in the volume that has to be filled: by any of some documents."""

    documents: tuple[DocumentType, ...]

    @property
    def first(self) -> DocumentType:
        """Return the document that is named when none of them is there."""
        return self.documents[0]


def needed(documents: Iterable[DocumentType], facts: Mapping[str, Any], env: Env) -> list[Needed]:
    """Return the places that the volume of a matter has to have, in order.

    Documents that may stand for one another share a place: one of them fills it.
    """
    known = {one.code: one for one in documents}
    found: list[Needed] = []
    placed: set[str] = set()
    for one in known.values():
        if one.code in placed or not is_required(one, facts, env):
            continue
        others = [known[code] for code in _alike(one, known)]
        found.append(Needed((one, *others)))
        placed |= {one.code, *(other.code for other in others)}
    return found


def is_required(document: DocumentType, facts: Mapping[str, Any], env: Env) -> bool:
    """Tell whether the volume of a matter has to hold a document."""
    if document.archive != "required":
        return False
    return document.archive_when is None or evaluate(document.archive_when, facts, env)


def _alike(document: DocumentType, known: Mapping[str, DocumentType]) -> Collection[str]:
    """Return the documents that may stand in the place of one, or whose place it may take."""
    instead = [one.code for one in known.values() if document.code in one.instead_of]
    return dict.fromkeys([*instead, *(code for code in document.instead_of if code in known)])
