"""Seal what was stored since the last seal. Writers never wait for it, and it never waits for them.

A number given to an entry may become visible after a higher one: its transaction was still running. Such gaps are
kept with the head of the chain, and an entry that turns up in one is sealed with the next batch. A gap that stays
empty for a day belongs to a transaction that was rolled back.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from sqlalchemy import CursorResult, and_, or_, select, update
from sqlalchemy.orm import Session

from portal.core.access import Access, Origin
from portal.core.audit import Anchor, Range, Seal, holes, make_seal
from portal.persistence.models import AuditChain, AuditEntry, AuditSeal

if TYPE_CHECKING:
    from portal.services.portal import Portal

BATCH = 1_000
RANGES_AT_ONCE = 100
# No transaction runs this long; statements are cut off after seconds.
GAP_STAYS = dt.timedelta(hours=24)
SYSTEM = Access.system("audit seal")
JOB = Origin(channel="job")


@dataclass(frozen=True, slots=True)
class SealReport:
    """What one run sealed."""

    seals: int
    entries: int
    head: Anchor


@dataclass(frozen=True, slots=True)
class Gap:
    """Numbers below the mark that no stored entry has yet."""

    low: int
    high: int
    seen: dt.datetime

    def to_json(self) -> list[Any]:
        """Return the gap as the chain keeps it."""
        return [self.low, self.high, self.seen.isoformat()]


def seal(portal: Portal, *, batch: int = BATCH) -> SealReport:
    """Seal everything that is stored and not sealed yet; several processes may do so at once."""
    seals = entries = 0
    while (made := _seal_batch(portal, batch)) is not None:
        seals, entries = seals + 1, entries + made.count
    return SealReport(seals, entries, head(portal))


def head(portal: Portal) -> Anchor:
    """Return the head of the seals: what is kept outside as an anchor."""
    with portal.reading(SYSTEM) as session:
        chain = chain_of(session)
    return Anchor(chain.number, chain.hash, chain.sealed_at.isoformat() if chain.sealed_at else "")


def chain_of(session: Session) -> AuditChain:
    """Return the head of the chain."""
    return session.get_one(AuditChain, 1)


def gaps_of(chain: AuditChain) -> list[Gap]:
    """Return the gaps the chain still waits for."""
    return [Gap(low, high, dt.datetime.fromisoformat(seen)) for low, high, seen in chain.gaps or []]


def in_ranges(ranges: Sequence[Range]) -> Any:
    """Return the condition that an entry's number lies in one of some ranges."""
    return or_(*(and_(AuditEntry.id >= low, AuditEntry.id <= high) for low, high in ranges))


def portions(ranges: Sequence[Range]) -> Iterator[Sequence[Range]]:
    """Yield ranges in portions that fit into one statement."""
    for start in range(0, len(ranges), RANGES_AT_ONCE):
        yield ranges[start : start + RANGES_AT_ONCE]


def _seal_batch(portal: Portal, size: int) -> Seal | None:
    now = portal.clock.now()
    with portal.reading(SYSTEM) as session:
        chain = chain_of(session)
        gaps = gaps_of(chain)
        pairs = _late(session, gaps) + _new(session, chain.sealed_to, size)
    if not pairs:
        return None
    made = make_seal(chain.number + 1, pairs, chain.hash, now)
    sealed_to = max(chain.sealed_to, pairs[-1][0])
    kept = _gaps_left(gaps, [key for key, _ in pairs], chain.sealed_to, now)
    if portal.database.dialect == "sqlite":
        # Numbers and commits go in the same order there: what is missing never comes.
        kept = []
    return made if _append(portal, chain, made, sealed_to, kept) else None


def _new(session: Session, sealed_to: int, size: int) -> list[tuple[int, str]]:
    query = select(AuditEntry.id, AuditEntry.content_hash).where(AuditEntry.id > sealed_to)
    return [(key, hashed) for key, hashed in session.execute(query.order_by(AuditEntry.id).limit(size))]


def _late(session: Session, gaps: Sequence[Gap]) -> list[tuple[int, str]]:
    """Return the entries that turned up in gaps, ascending; all of them have lower numbers than new ones."""
    found: list[tuple[int, str]] = []
    for portion in portions([(gap.low, gap.high) for gap in gaps]):
        query = select(AuditEntry.id, AuditEntry.content_hash).where(in_ranges(portion))
        found += [(key, hashed) for key, hashed in session.execute(query)]
    return sorted(found)


def _gaps_left(gaps: Sequence[Gap], ids: Sequence[int], sealed_to: int, now: dt.datetime) -> list[Gap]:
    left = [
        Gap(low, high, gap.seen)
        for gap in gaps
        if now - gap.seen < GAP_STAYS
        for low, high in holes([*_within(ids, gap), gap.high + 1], gap.low - 1)
    ]
    new = [key for key in ids if key > sealed_to]
    return left + [Gap(low, high, now) for low, high in holes(new, sealed_to)]


def _within(ids: Sequence[int], gap: Gap) -> list[int]:
    return [one for one in ids if gap.low <= one <= gap.high]


def _append(portal: Portal, chain: AuditChain, made: Seal, sealed_to: int, gaps: Sequence[Gap]) -> bool:
    """Store a seal, unless another process was first; the head moves only from where this one read it."""
    ids = made.entries.replace(",", "-").split("-")
    with portal.writing(SYSTEM, JOB) as uow:
        moved = uow.session.execute(
            update(AuditChain)
            .where(AuditChain.id == 1, AuditChain.number == chain.number)
            .values(
                number=made.number,
                hash=made.hash,
                sealed_to=sealed_to,
                gaps=[gap.to_json() for gap in gaps],
                sealed_at=made.at,
            )
        )
        if cast("CursorResult[Any]", moved).rowcount != 1:
            return False
        uow.add(
            AuditSeal(
                number=made.number,
                first_entry=int(ids[0]),
                last_entry=int(ids[-1]),
                count=made.count,
                entries=made.entries,
                root=made.root,
                marks=made.marks,
                previous=made.previous,
                at=made.at,
                hash=made.hash,
            )
        )
        uow.commit()
    return True
