"""Verify the audit log against its seals, in batches: a million entries fit in little memory."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from portal.core.access import Access
from portal.core.audit import FIELDS, Anchor, Finding, Hashed, Range, Seal, check_seal, content_hash
from portal.persistence.models import AuditChain, AuditEntry, AuditSeal
from portal.services.audit.sealing import chain_of, gaps_of, in_ranges, portions

if TYPE_CHECKING:
    from portal.services.portal import Portal

SYSTEM = Access.system("audit verify")
SEALS_AT_ONCE = 20
ENTRIES_AT_ONCE = 1_000
IDS_AT_ONCE = 20_000
LOWEST = -(2**62)
_COLUMNS = [getattr(AuditEntry, name) for name in ("id", "content_hash", *FIELDS)]


@dataclass(slots=True)
class VerifyReport:
    """The result of verifying: how much was read, and each fault found."""

    entries: int = 0
    unsealed: int = 0
    seals: int = 0
    head: Anchor = field(default_factory=lambda: Anchor(0, ""))
    findings: list[Finding] = field(default_factory=list)

    @property
    def clean(self) -> bool:
        """Return whether nothing was found."""
        return not self.findings

    def to_json(self) -> dict[str, Any]:
        """Return the report as JSON."""
        return {
            "clean": self.clean,
            "entries": self.entries,
            "unsealed": self.unsealed,
            "seals": self.seals,
            "head": self.head.to_json(),
            "findings": [
                {"kind": f.kind, "place": f.place(), "seal": f.seal, "entry": f.entry, "note": f.note}
                for f in self.findings
            ],
        }


def verify(portal: Portal, anchors: Sequence[Anchor] = ()) -> VerifyReport:
    """Check every seal, every entry, and the anchors that were kept outside."""
    return _Verification(portal, anchors).run()


class _Verification:
    """One run over the chain as it stood when the run began."""

    def __init__(self, portal: Portal, anchors: Sequence[Anchor]) -> None:
        self.portal = portal
        self.anchors = anchors
        self.report = VerifyReport()
        self.covered: list[Range] = []
        self.hashes: dict[int, str] = {}

    def run(self) -> VerifyReport:
        with self.portal.reading(SYSTEM) as session:
            chain = chain_of(session)
        wanted = {anchor.seal for anchor in self.anchors}
        previous, number = "", 0
        for seal in self._seals(chain.number):
            while number + 1 < seal.number:
                number += 1
                self._found(Finding("seal.removed", number))
            self._seal(seal, previous)
            previous, number = seal.hash, seal.number
            if number in wanted:
                self.hashes[number] = seal.hash
        self._head(chain, number, previous)
        self._anchors()
        self._inserted(chain)
        self._unsealed(chain)
        return self.report

    def _found(self, *findings: Finding) -> None:
        self.report.findings.extend(findings)

    def _seals(self, last: int) -> Iterator[Seal]:
        number = 0
        while True:
            query = select(AuditSeal).where(AuditSeal.number > number, AuditSeal.number <= last)
            with self.portal.reading(SYSTEM) as session:
                rows = list(session.scalars(query.order_by(AuditSeal.number).limit(SEALS_AT_ONCE)))
            for row in rows:
                number = row.number
                yield Seal(
                    row.number, row.entries, row.count, row.root, row.marks, row.previous, row.at, row.hash
                )
            if len(rows) < SEALS_AT_ONCE:
                return

    def _seal(self, seal: Seal, previous: str) -> None:
        ranges = seal.ranges()
        found: dict[int, Hashed] = {}
        with self.portal.reading(SYSTEM) as session:
            for portion in portions(ranges):
                found.update(_hashed(session, select(*_COLUMNS).where(in_ranges(portion))))
        self._found(*check_seal(seal, previous, found))
        self.covered += ranges
        self.report.seals += 1
        self.report.entries += len(found)

    def _head(self, chain: AuditChain, number: int, hashed: str) -> None:
        for missing in range(number + 1, chain.number + 1):
            self._found(Finding("seal.removed", missing))
        if number == chain.number and hashed != chain.hash:
            self._found(Finding("seal.changed", number, note="the head of the chain is another one"))
        with self.portal.reading(SYSTEM) as session:
            last = session.scalar(select(AuditSeal.number).order_by(AuditSeal.number.desc()).limit(1)) or 0
            now = chain_of(session).number
        if last > now:
            self._found(Finding("seal.changed", last, note="the head of the chain lies before it"))
        self.report.head = Anchor(number, hashed, chain.sealed_at.isoformat() if chain.sealed_at else "")

    def _anchors(self) -> None:
        for anchor in self.anchors:
            if anchor.seal == 0:
                continue
            if anchor.seal not in self.hashes:
                self._found(Finding("anchor.missing", anchor.seal, note="the anchored seal is not there"))
            elif self.hashes[anchor.seal] != anchor.hash:
                self._found(Finding("anchor.differs", anchor.seal, note="the anchored seal was another one"))

    def _inserted(self, chain: AuditChain) -> None:
        """Find entries below the mark that no seal knows of."""
        known = _Known([*self.covered, *((gap.low, gap.high) for gap in gaps_of(chain))])
        after = LOWEST
        while True:
            query = select(AuditEntry.id).where(AuditEntry.id > after, AuditEntry.id <= chain.sealed_to)
            with self.portal.reading(SYSTEM) as session:
                ids = list(session.scalars(query.order_by(AuditEntry.id).limit(IDS_AT_ONCE)))
            for one in ids:
                if one not in known:
                    self._found(Finding("entry.inserted", entry=one, note="no seal knows of it"))
            if len(ids) < IDS_AT_ONCE:
                return
            after = ids[-1]

    def _unsealed(self, chain: AuditChain) -> None:
        """Check the entries that wait for their seal against the hash they carry."""
        waiting = [(gap.low, gap.high) for gap in gaps_of(chain)]
        for portion in portions(waiting):
            with self.portal.reading(SYSTEM) as session:
                self._carry(_hashed(session, select(*_COLUMNS).where(in_ranges(portion))))
        after = chain.sealed_to
        while True:
            query = select(*_COLUMNS).where(AuditEntry.id > after).order_by(AuditEntry.id)
            with self.portal.reading(SYSTEM) as session:
                found = _hashed(session, query.limit(ENTRIES_AT_ONCE))
            self._carry(found)
            if len(found) < ENTRIES_AT_ONCE:
                return
            after = max(found)

    def _carry(self, found: Mapping[int, Hashed]) -> None:
        self.report.entries += len(found)
        self.report.unsealed += len(found)
        for key, entry in found.items():
            if entry.stored != entry.computed:
                self._found(Finding("entry.changed", entry=key, note="what it says does not match its hash"))


def _hashed(session: Session, query: Select[Any]) -> dict[int, Hashed]:
    rows = session.execute(query).mappings()
    return {row["id"]: Hashed(row["content_hash"], content_hash(row)) for row in rows}  # type: ignore[arg-type]


class _Known:
    """Whether a number lies in one of many ranges."""

    def __init__(self, ranges: Iterable[Range]) -> None:
        merged: list[Range] = []
        for low, high in sorted(ranges):
            if merged and low <= merged[-1][1] + 1:
                merged[-1] = (merged[-1][0], max(high, merged[-1][1]))
            else:
                merged.append((low, high))
        self.lows = [low for low, _ in merged]
        self.highs = [high for _, high in merged]

    def __contains__(self, number: int) -> bool:
        at = bisect_right(self.lows, number) - 1
        return at >= 0 and number <= self.highs[at]
