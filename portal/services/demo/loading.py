"""Load the demo: cases over Kunming's units, types, stages and a year."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import TYPE_CHECKING, Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.core.access import Access, Origin
from portal.core.acts import RECORD_EVENT, REGISTER
from portal.core.errors import Conflict, msg
from portal.core.events import Happening
from portal.core.lifecycle.model import Move
from portal.core.zone import LOCAL
from portal.persistence.models import Decision, Record, Unit
from portal.services.bundles import Bundle
from portal.services.demo.asking import leave_tasks, leaves_tasks
from portal.services.demo.fitting import Matter
from portal.services.demo.names import Names
from portal.services.demo.referring import refer
from portal.services.demo.registers import register_of
from portal.services.demo.values import Filler
from portal.services.demo.walking import Step, Walker
from portal.services.records.acts.performed import Performed
from portal.services.records.acts.performing import begin, settle
from portal.services.records.entering.indexing import index_record
from portal.services.records.entering.numbering import next_number, period_of
from portal.services.records.entering.registering import Entry, Place, new_record
from portal.services.records.privacy.record_encryption import encrypted_decision
from portal.services.records.proposing.deciding import proposal_of, stored
from portal.services.records.proposing.seats import SeatFinder
from portal.services.releases.reading import pinned
from portal.services.units.centres import CentreRef, all_centres

if TYPE_CHECKING:
    from portal.services.portal import Portal, Work

SEED = 530100
# 25 months: two whole years to compare, and the one that runs.
DAYS = 761
SHARE = {"case": 1.0, "visit": 0.08, "consultation": 0.08, "mediator": 0.02, "department": 0.05}
CHUNK = 250
NOTICE = "notice_given"
DEPARTMENT = "department"
HANDLED = frozenset({"assign", "mediate", "handle", "adjudicate"})


@dataclass(slots=True)
class DemoReport:
    """How many records of each type were made."""

    made: Counter[str] = field(default_factory=Counter)
    stages: Counter[str] = field(default_factory=Counter)


def load_demo(portal: Portal, cases: int = 5000, names: Mapping[str, Any] | None = None) -> DemoReport:
    """Make the demo's records in one transaction; refuse where there are records already."""
    report = DemoReport()
    with portal.writing(Access.system("demo data"), Origin(channel="cli")) as uow:
        if uow.session.scalar(select(Record.id).limit(1)) is not None:
            raise Conflict(
                "demo.loaded", msg("There are records already; demo data goes into an empty database")
            )
        share = 0.0
        for part in _centres(portal, uow.session):
            # Rounded together, so that many small centres make as many as was asked for.
            before, share = round(cases * share), share + part.share
            loader = _Loader(uow, part, Names.from_definition(names), report)
            loader.load(round(cases * share) - before)
        uow.commit()
    return report


@dataclass(frozen=True)
class _Part:
    """One centre with the units that enter records under it."""

    centre: CentreRef
    bundle: Bundle
    home: Unit
    entering: Sequence[Unit]
    places: Mapping[int, Sequence[Unit]]
    share: float


def _centres(portal: Portal, session: Session) -> Iterator[_Part]:
    """Yield the centres, each with its share of the cases: counties with a pack of their own get more."""
    centres = all_centres(session)
    everywhere = list(
        session.scalars(select(Unit).where(Unit.active, Unit.kind == "division").order_by(Unit.path))
    )
    responsible: dict[int, list[Unit]] = {centre.unit_id: [] for centre in centres}
    for unit in everywhere:
        nearest = next((i for i in reversed(unit.ancestor_ids) if i in responsible), None)
        if nearest is not None:
            responsible[nearest].append(unit)
    # The city and the counties that run by its release share what two counties with a pack of their own get.
    shared = [c.unit_id for c in centres if c.release_id == centres[0].release_id]
    weights = {c.unit_id: 2.0 / len(shared) if c.unit_id in shared else 1.0 for c in centres}
    total = sum(weights.values())
    by_id = {unit.id: unit for unit in everywhere}
    for centre in centres:
        own = responsible[centre.unit_id]
        entering = [unit for unit in own if unit.level in ("city", "county", "township")]
        places = {
            u.id: [p for p in own if p.path.startswith(u.path) and p.level in ("township", "village")]
            for u in entering
        }
        yield _Part(
            centre,
            pinned(portal, session, centre.release_id),
            by_id[centre.unit_id],
            entering,
            places,
            weights[centre.unit_id] / total,
        )


class _Loader:
    """Makes the records of one centre, in the order in which they are entered."""

    def __init__(self, uow: Work, part: _Part, names: Names, report: DemoReport) -> None:
        self.uow = uow
        self.part = part
        self.report = report
        # One stream of chance per centre: a pack that is added later changes nothing elsewhere.
        self.random = Random(f"{SEED}:{part.centre.unit_code}")
        self.filler = Filler(part.bundle, names, self.random)
        self.walker = Walker(uow.portal.keys, self.filler, self.random, uow.now)
        self.numbers: dict[tuple[str, str], int] = {}
        self.made: list[Performed] = []
        self.asked: list[tuple[Performed, Step, Move]] = []
        self.registered = list(register_of(part.bundle))
        self._departments = iter(self.registered)

    def load(self, cases: int) -> None:
        known = {entity.id for entity in self.part.bundle.entities()}
        for etype, share in SHARE.items():
            if etype in known:
                count = round(cases * share)
                if etype == DEPARTMENT:
                    # Each department is registered once, under its own name.
                    count = min(count, len(self.registered))
                moments = sorted(self._moment() for _ in range(count))
                for start in range(0, len(moments), CHUNK):
                    self._chunk(etype, moments[start : start + CHUNK])
        self._keep_numbers()

    def _chunk(self, etype: str, moments: Sequence[dt.datetime]) -> None:
        for moment in moments:
            self._one(etype, moment)
        # Written together: each alone would take three times as long.
        self.uow.session.flush()
        for asking in self.asked:
            leave_tasks(*asking)
        self.asked.clear()
        for act in self.made:
            record = act.record
            index_record(
                self.uow.session, self.uow.portal.keys, self.part.bundle, record, record.data, new=True
            )
            settle(act)
        self.made.clear()

    def _one(self, etype: str, moment: dt.datetime) -> None:
        unit = self._unit()
        day = moment.astimezone(LOCAL).date()
        places = self.part.places[unit.id]
        person = self.filler.names.person(self.random)
        dispute_type = self.filler.dispute_type()
        fixed = {
            "received_on": day.isoformat(),
            "place": self.random.choice(places).code if places else unit.code,
            "dispute_type": dispute_type,
            "topic": dispute_type,
            "applicant_kind": "person",
            "applicant_name": self.filler.names.person(self.random),
            "visited_on": day.isoformat(),
            "asked_on": day.isoformat(),
            "respondents": [{"kind": "person", "name": self.filler.names.person(self.random)}],
        } | self.filler.names.matter(self.random, dispute_type)
        if etype == DEPARTMENT:
            fixed = dict(next(self._departments))
        data = self.filler.fill(etype, day, fixed)
        if data is None:
            return
        # What the form asks of the law and of a body is filled in by the matter that it tells of.
        data = self._matter(data).fitted(self.part.bundle.fields(etype), data)
        uid = hashlib.md5(
            f"{self.part.centre.unit_code}{etype}{self.report.made.total()}".encode()
        ).hexdigest()
        place = Place(unit, self.part.centre, self.part.bundle)
        keys = self.uow.portal.keys
        record = new_record(keys, Entry(moment, None, person), place, etype, data, uid)
        act = begin(self.uow, REGISTER, record, at=(unit.path,))
        self.made.append(act)
        self._number(record, day)
        self.uow.add(record)
        act.history(at=moment, version=1, by=person, to_stage=record.stage, unit_id=unit.id)
        self._notice(act, day, moment, person)
        decision, decided = self._decide(record, day, moment)
        referral, last = None, None
        for step, move in self.walker.walk(act, self._matter(data, decided)):
            last = (act, step, move)
            if decision and referral is None and move.to_stage.canonical in HANDLED:
                referral = refer(act, decision, self.part.bundle, step)
        if last is not None and record.is_open and leaves_tasks(last[2]):
            self.asked.append(last)
        if referral is not None and not record.is_open:
            referral.status = "done"
        act.audit(after={"code": record.code, "title": record.title}, reason="demo")
        self.report.made[etype] += 1
        self.report.stages[record.canonical_stage or ""] += 1

    def _notice(self, act: Performed, day: dt.date, moment: dt.datetime, person: str) -> None:
        """Record that the applicant was told at the counter, where the packs have that event."""
        if NOTICE in self.part.bundle.raw.get("events", {}) and act.record.etype == "case":
            act.happened(Happening("recorded", NOTICE, day))
            said = {"day": day.isoformat(), "variants": {}}
            act.history(NOTICE, kind=RECORD_EVENT.kind, at=moment, version=1, by=person, data=said)

    def _matter(self, data: Mapping[str, Any], decided: Sequence[Mapping[str, Any]] = ()) -> Matter:
        routes = self.part.bundle.raw.get("routes", {})
        return Matter.of(self.filler.names, routes, data, decided, self.part.home.name)

    def _decide(
        self, record: Record, day: dt.date, moment: dt.datetime
    ) -> tuple[Decision | None, Sequence[Mapping[str, Any]]]:
        """Return the last decision of the rules, and what it proposes."""
        bundle = self.part.bundle
        made, proposed = None, list[dict[str, Any]]()
        for rules_id in bundle.entity(record.etype).rules:
            answer = bundle.rules(rules_id).decide(record.data, today=day)
            finder = SeatFinder.of(self.uow.portal, self.uow.session, self.part.centre, bundle, day)
            proposed = [proposal_of(i, action, finder, None) for i, action in enumerate(answer.of("refer"))]
            kept, proposals = encrypted_decision(
                self.uow.portal.keys, record, stored(answer, bundle, day), proposed
            )
            made = Decision(
                record=record,
                release_id=bundle.release_id,
                rule_set=rules_id,
                at=moment,
                trigger="register",
                engine=answer.engine,
                version=1,
                result=kept,
                proposals=proposals,
            )
            self.uow.add(made)
        return made, proposed

    def _number(self, record: Record, day: dt.date) -> None:
        code = self.part.bundle.entity(record.etype).code_for(record.data)
        if code is None:
            return
        pattern, series = code
        key = (series, period_of(pattern, day))
        self.numbers[key] = self.numbers.get(key, 0) + 1
        centre = self.part.centre
        record.code = pattern.render(
            agency=centre.agency, unit=centre.unit_code, year=day.year, month=day.month, seq=self.numbers[key]
        )
        record.search_text = f"{record.code} {record.title}".casefold()

    def _keep_numbers(self) -> None:
        for (series, period), used in self.numbers.items():
            next_number(self.uow.session, self.part.centre.unit_id, series, period, used)

    def _unit(self) -> Unit:
        if self.random.random() < 0.6 and self.part.home in self.part.entering:
            return self.part.home
        return self.random.choice(self.part.entering)

    def _moment(self) -> dt.datetime:
        day = self.uow.now - dt.timedelta(days=self.random.random() ** 1.3 * DAYS)
        return day.replace(
            hour=self.random.randint(1, 9), minute=self.random.randint(0, 59), second=0, microsecond=0
        )
