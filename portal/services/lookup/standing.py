"""How a matter stands, as its party may know it: nothing of other people, of what was written, of what is reserved."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.core import pointer as pointers
from portal.core.conditions import Env
from portal.core.lifecycle import Stage, ahead
from portal.core.lookup import LookupRules, LookupWords, StageWords
from portal.core.lookup_codes import last_digits
from portal.core.text import Text
from portal.core.ways.phones import numbers_in
from portal.core.zone import LOCAL
from portal.persistence.models import LookupCode, Record, RecordEvent
from portal.services.bundles import Bundle
from portal.services.records.entering.lookup_codes import rules_of
from portal.services.records.finding.as_read import as_read
from portal.services.records.handling.clocks.reading import ClockView, clocks_of
from portal.services.records.privacy.encryption import opened
from portal.services.releases.reading import pinned
from portal.services.units.centres import CentreRef, centre_at
from portal.services.units.lookup import by_id

if TYPE_CHECKING:
    from portal.services.portal import Portal

# Whose days a party is told as the day by which the matter is done.
_DUTIES = ("centre", "handler")


@dataclass(frozen=True, slots=True)
class Step:
    """A stage of the matter's course in words; ``on`` is the day on which it was reached, None where it lies ahead."""

    words: StageWords
    on: dt.date | None = None


@dataclass(frozen=True, slots=True)
class PartyPeriod:
    """A period of the party's own: its names, the day on which it ends, and whether that day is provisional."""

    title: Text
    variant: Text | None
    due_on: dt.date
    provisional: bool
    passed: bool


@dataclass(frozen=True, slots=True)
class Standing:
    """How a matter stands. Of a reserved one only the centre and the day of registration are given."""

    bundle: Bundle
    words: LookupWords
    centre: CentreRef | None
    registered_on: dt.date
    reserved: bool
    is_open: bool = True
    dispute_type: str | None = None
    canonical: str | None = None
    stage: StageWords | None = None
    since: dt.date | None = None
    past: tuple[Step, ...] = ()
    coming: tuple[Step, ...] = ()
    unit: str = ""
    due_on: dt.date | None = None
    provisional: bool = False
    overdue: bool = False
    periods: tuple[PartyPeriod, ...] = ()
    may_answer: bool = False


@dataclass(frozen=True, slots=True)
class Matter:
    """A record with what is needed to tell of it: its release, that of its centre today, and its data in clear."""

    record: Record
    bundle: Bundle
    now: Bundle
    centre: CentreRef | None
    data: Mapping[str, Any]
    rules: LookupRules | None

    @classmethod
    def of(cls, portal: Portal, session: Session, record: Record) -> Matter:
        """Return a record that the session loaded, with its releases and its data."""
        bundle = pinned(portal, session, record.release_id)
        centre = centre_at(session, record.centre_id)
        now = bundle if centre is None else pinned(portal, session, centre.release_id)
        clear = opened(portal.keys, bundle, record.etype, record.uid, record.data)
        # What was entered under a release that knew nothing of looking up is told by the rules of today.
        own = rules_of(bundle, record.etype)
        rules = own or rules_of(now, record.etype)
        return cls(record, bundle, now, centre, as_read(bundle, record.etype, clear), rules)

    @property
    def digits(self) -> frozenset[str]:
        """Return the last four digits of the telephones that open the matter."""
        wanted = self.rules.phones if self.rules is not None else ()
        texts = (one for where in wanted for one in pointers.values(self.data, where))
        return last_digits(number for text in texts if isinstance(text, str) for number in numbers_in(text))

    def is_reserved(self, today: dt.date) -> bool:
        """Tell whether nobody but the centre tells how the matter stands; also where no rule says what may be told."""
        if self.rules is None:
            return True
        env = Env(today, taxonomies=self.bundle.taxonomies)
        return self.rules.is_reserved(self.data, self.record.stage, env)


def standing_of(portal: Portal, session: Session, matter: Matter) -> Standing:
    """Return how a matter stands; the session reads all of it."""
    record, words = matter.record, LookupWords.of(matter.now.settings)
    registered = record.created_at.astimezone(LOCAL).date()
    if matter.is_reserved(portal.clock.today()):
        return Standing(matter.now, words, matter.centre, registered, reserved=True)
    clocks = clocks_of(portal, session, record)
    duty = next((one for one in clocks if one.clock.whose in _DUTIES and one.state.is_live), None)
    past, coming = _course(session, matter, words)
    answered = session.scalar(select(LookupCode.answered).where(LookupCode.record_id == record.id))
    due_on = duty.state.due_on if duty is not None else record.due_on
    today = portal.clock.today()
    return Standing(
        matter.now,
        words,
        matter.centre,
        registered,
        reserved=False,
        is_open=record.is_open,
        dispute_type=record.dispute_type,
        canonical=record.canonical_stage,
        stage=_words(matter.bundle, record.etype, record.stage, words),
        since=record.stage_since.astimezone(LOCAL).date() if record.stage_since else None,
        past=past,
        coming=coming,
        unit=_unit(session, matter),
        due_on=due_on if record.is_open else None,
        provisional=duty is not None and duty.state.provisional,
        overdue=record.is_open and due_on is not None and due_on < today,
        periods=tuple(_periods(clocks, today)),
        may_answer=not record.is_open and answered is False and bool(words.questions()),
    )


def _unit(session: Session, matter: Matter) -> str:
    """Return the name of the unit that deals with the matter: of the centre's own unit that of the centre."""
    unit, centre = matter.record.handler_unit_id or matter.record.unit_id, matter.centre
    if centre is not None and centre.unit_id == unit and centre.name:
        return centre.name
    return by_id(session, unit).name


def _course(
    session: Session, matter: Matter, words: LookupWords
) -> tuple[tuple[Step, ...], tuple[Step, ...]]:
    """Return the stages that were reached, each once and last where the matter stands, and those that can follow."""
    record = matter.record
    lifecycle = matter.bundle.lifecycle_of(record.etype)
    if lifecycle is None or record.stage is None:
        return (), ()
    known = {one.id: one for one in lifecycle.stages}
    query = select(RecordEvent.to_stage, RecordEvent.at).where(
        RecordEvent.record_id == record.id, RecordEvent.to_stage.is_not(None)
    )
    past: list[Step] = []
    for name, at in session.execute(query.order_by(RecordEvent.id)):
        stage = known.get(str(name))
        if stage is None or stage.parallel or stage.hidden:
            continue
        step = Step(_stage_words(stage, words), at.astimezone(LOCAL).date())
        if any(one.words.step == step.words.step for one in past):
            # It came back to an earlier stage: what was reached after that is not reached any more.
            place = next(n for n, one in enumerate(past) if one.words.step == step.words.step)
            past = [*past[:place], Step(step.words, past[place].on)]
        else:
            past.append(step)
    reached = {one.words.step for one in past if isinstance(one.words.step, str)}
    # What may be left out is promised to nobody.
    sure = (one for one in ahead(lifecycle, record.stage) if not one.optional)
    coming = [Step(_stage_words(one.stages[0], words)) for one in sure]
    if record.is_open:
        coming += [Step(_stage_words(one, words)) for one in _ends(lifecycle.stages)]
    return tuple(past), tuple(_once(coming, reached))


def _ends(stages: Iterable[Stage]) -> list[Stage]:
    """Return the first of the stages in which matters end; the others are exceptions."""
    return [one for one in stages if one.final and not one.hidden and not one.parallel][:1]


def _once(steps: Iterable[Step], seen: set[str]) -> list[Step]:
    found: list[Step] = []
    for step in steps:
        name = str(step.words.step)
        if name not in seen:
            seen.add(name)
            found.append(step)
    return found


def _words(bundle: Bundle, etype: str, stage: str | None, words: LookupWords) -> StageWords | None:
    lifecycle = bundle.lifecycle_of(etype)
    found = next((one for one in lifecycle.stages if one.id == stage), None) if lifecycle else None
    return None if found is None else _stage_words(found, words)


def _stage_words(stage: Stage, words: LookupWords) -> StageWords:
    return words.stage(stage.canonical, stage.public, stage.title)


def _periods(clocks: Iterable[ClockView], today: dt.date) -> Iterable[PartyPeriod]:
    for one in clocks:
        due_on = one.state.due_on
        if one.clock.whose == "party" and one.state.is_live and one.period is not None and due_on is not None:
            variant = one.variant.title if one.variant is not None else None
            yield PartyPeriod(one.period.title, variant, due_on, one.state.provisional, due_on < today)
