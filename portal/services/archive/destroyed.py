"""How many volumes were destroyed: by year and class of keeping, and as their matters were counted before."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.core.zone import LOCAL
from portal.persistence.models import DestructionItem
from portal.services.archive.destroying import DESTROYED


@dataclass(frozen=True, slots=True)
class Gone:
    """Volumes of one class of keeping that were destroyed in one year."""

    year: int
    title: str
    count: int


@dataclass(frozen=True, slots=True)
class CountedGone:
    """Matters of one class of disputes, registered in one year, whose volumes were destroyed; empty for no class."""

    year: int
    dispute_class: str
    count: int


def by_class_of_keeping(session: Session) -> list[Gone]:
    """Return the volumes destroyed at units where the person sees the register; the latest year first.

    A list counts in the year in which its last volume went.
    """
    query = (
        select(
            DestructionItem.destruction_id,
            DestructionItem.retention_title,
            func.count(),
            func.max(DestructionItem.at),
        )
        .where(DestructionItem.state == DESTROYED)
        .group_by(DestructionItem.destruction_id, DestructionItem.retention_title)
    )
    found: Counter[tuple[int, str]] = Counter()
    for _, title, count, at in session.execute(query):
        found[(at.astimezone(LOCAL).year if at is not None else 0, title)] += count
    ordered = sorted(found.items(), key=lambda one: (-one[0][0], one[0][1]))
    return [Gone(year, title, count) for (year, title), count in ordered]


def as_counted(session: Session) -> list[CountedGone]:
    """Return the same volumes as their matters were counted: by year of registration and class of disputes."""
    month = DestructionItem.counted["month"].as_integer()
    kind = DestructionItem.counted["dispute_class"].as_string()
    query = select(month, kind, func.count()).where(DestructionItem.state == DESTROYED).group_by(month, kind)
    found: Counter[tuple[int, str]] = Counter()
    for at, name, count in session.execute(query):
        found[((at or 0) // 100, name or "")] += count
    ordered = sorted(found.items(), key=lambda one: (-one[0][0], one[0][1]))
    return [CountedGone(year, name, count) for (year, name), count in ordered]
