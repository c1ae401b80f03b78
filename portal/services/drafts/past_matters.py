"""The rules of a draft over past matters of its centre, part by part: what was stored with decisions is read, no more.

Of each matter those decisions count that its first handing over went by; where it was not handed over by a proposal,
the latest ones.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from typing import TYPE_CHECKING, Any

from sqlalchemy import Row, select
from sqlalchemy.orm import Session

from portal.adapters.record_key import RecordKey
from portal.core.calendars import WorkCalendar
from portal.core.encrypted import is_destroyed, is_encrypted_value
from portal.core.layout import resolve
from portal.core.rules.past import Load, Matter, Replayer, Side, Tally, Target, carried, compare
from portal.persistence.models import Decision, Record, Referral
from portal.services.bundles import Bundle
from portal.services.calendars import calendar_of
from portal.services.records.finding.data_history import data_at
from portal.services.records.privacy.record_encryption import DECISION, value_opened
from portal.services.releases.reading import pinned

if TYPE_CHECKING:
    from portal.services.portal import Portal

# Matters whose numbers lie this close together are looked at in one go.
BLOCK = 1_000
_STORED = (
    Record.id,
    Record.uid,
    Record.key,
    Record.etype,
    Decision.id.label("decision"),
    Decision.release_id.label("release"),
    Decision.rule_set,
    Decision.version,
    Decision.at,
    Decision.result,
    Decision.proposals,
)
Stored = Row[Any]


class PastMatters:
    """The matters of a centre that a draft is tried on, with all that is worked out once for them."""

    def __init__(self, portal: Portal, bundle: Bundle, centre_id: int, asked: Mapping[str, Any]) -> None:
        """Take the matters of a centre that were asked for, by number or by moment (``conditions``)."""
        self._portal = portal
        self._bundle = bundle
        self._types = tuple(one.id for one in bundle.entities() if one.rules)
        self._where = conditions(centre_id, self._types, asked)
        self._replayers: dict[str, Replayer] = {}
        self._sides: dict[tuple[Any, ...], tuple[Side, ...]] = {}
        self._loads: dict[tuple[Target, dt.date], Load] = {}
        self._calendar: WorkCalendar | None = None

    def blocks(self, session: Session) -> list[int]:
        """Return the parts in which the matters are looked at, in their order."""
        part = Record.id // BLOCK
        query = select(part).where(*self._where).distinct().order_by(part)
        return [int(one) for one in session.scalars(query)]

    def tally(self, session: Session, block: int) -> Tally:
        """Return what the matters of one part come to."""
        made = Tally()
        within = (*self._where, Record.id >= block * BLOCK, Record.id < (block + 1) * BLOCK)
        led = self._led(session, within)
        query = select(*_STORED).outerjoin(Decision, Decision.record_id == Record.id).where(*within)
        rows = session.execute(query.order_by(Record.id, Decision.id)).all()
        self._calendar = calendar_of(self._portal, session, self._bundle)
        for number, found in groupby(rows, key=lambda row: row.id):
            stored = _moment([row for row in found if row.decision is not None], led.get(number))
            if not stored:
                made.matters += 1
                made.unknown["undecided", ""] += 1
                continue
            sides = self._sides_of(session, stored)
            compare(made, self._matter(session, stored, sides), sides, self._seat)
        return made

    def _led(self, session: Session, within: Iterable[Any]) -> dict[int, int]:
        """Return by which decision each matter was handed over first."""
        query = (
            select(Referral.record_id, Referral.decision_id)
            .join(Record, Record.id == Referral.record_id)
            .where(*within, Referral.lead, Referral.decision_id.is_not(None))
            .order_by(Referral.id.desc())
        )
        return {one.record_id: one.decision_id for one in session.execute(query)}

    def _matter(self, session: Session, stored: Sequence[Stored], sides: Iterable[Side]) -> Matter:
        first = stored[0]
        key = RecordKey.of(self._portal.keys, first.key, first.uid) if first.key is not None else None
        kept: dict[str, Mapping[str, Any]] = {}
        proposals: list[Mapping[str, Any]] = []
        for row in stored:
            result = _opened(key, row.result)
            kept[row.rule_set] = result
            if not is_destroyed(result):
                proposals += _opened(key, row.proposals)
        entered = None
        if any(side.carried.entered for side in sides):
            record = session.get_one(Record, first.id)
            entered = data_at(self._portal.keys, session, record, first.version)
        return Matter(first.uid, kept, proposals, entered)

    def _sides_of(self, session: Session, stored: Sequence[Stored]) -> tuple[Side, ...]:
        """Return the draft's rule sets for a matter, each with how it reads what was kept."""
        first = stored[0]
        key = (first.etype, first.release, *(row.rule_set for row in stored))
        known = self._sides.get(key)
        if known is None:
            then = pinned(self._portal, session, first.release)
            older = [(row.rule_set, then.rules(row.rule_set).inputs) for row in stored]
            fields = then.fields(first.etype)
            known = self._sides[key] = tuple(
                Side(replayer, carried(replayer.rules, older, fields))
                for replayer in map(self._replayer, self._bundle.entity(first.etype).rules)
            )
        return known

    def _replayer(self, rules_id: str) -> Replayer:
        if rules_id not in self._replayers:
            self._replayers[rules_id] = Replayer(self._bundle.rules(rules_id))
        return self._replayers[rules_id]

    def _seat(self, target: Target, day: dt.date) -> Load:
        """Return who answers for a target on a day, by the draft's own layout."""
        known = self._loads.get((target, day))
        if known is None:
            known = self._loads[target, day] = self._seated(target, day)
        return known

    def _seated(self, target: Target, day: dt.date) -> Load:
        assert self._calendar is not None
        department = target.name if target.kind == "department" else ""
        if target.kind == "tier":
            return Load("", department)
        found = resolve(self._bundle.layout, {target.kind: target.name}, day, self._calendar)
        window = found.place if getattr(found, "place_kind", "") == "window" else ""  # type: ignore[union-attr]
        return Load(window, department or (found.department or "" if found else ""))


def conditions(centre_id: int, types: Sequence[str], asked: Mapping[str, Any]) -> tuple[Any, ...]:
    """Return which records are meant: whole matters of a centre, of some types, by number or by day."""
    found = [Record.centre_id == centre_id, Record.etype.in_(types), Record.parent_id.is_(None)]
    for name, compared in (("low", Record.id.__ge__), ("high", Record.id.__le__)):
        if asked.get(name) is not None:
            found.append(compared(asked[name]))
    if asked.get("from"):
        found.append(Record.created_at >= dt.datetime.fromisoformat(asked["from"]))
    if asked.get("before"):
        found.append(Record.created_at < dt.datetime.fromisoformat(asked["before"]))
    return tuple(found)


def _moment(rows: Sequence[Stored], led: int | None) -> Sequence[Stored]:
    """Return the decisions that were made together with one, by default with the latest."""
    if not rows:
        return ()
    chosen = next((row for row in rows if row.decision == led), rows[-1])
    same: Iterator[Stored] = (row for row in rows if (row.at, row.version) == (chosen.at, chosen.version))
    return tuple({row.rule_set: row for row in same}.values())


def _opened(key: RecordKey | None, stored: Any) -> Any:
    return value_opened(key, stored, DECISION) if is_encrypted_value(stored) else stored
