"""What people do at random: each looks at a matter and takes one of the ways that the portal offers there."""

from __future__ import annotations

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from random import Random

from sqlalchemy import select

from portal.adapters.clock import FixedClock
from portal.core.access import SHOW
from portal.core.errors import InvalidInput, PortalError
from portal.core.zone import LOCAL
from portal.persistence.models import Record, Referral, Unit
from portal.services import records
from portal.services.bundles import Bundle
from portal.services.portal import Portal
from portal.services.records import StepForm
from portal.services.releases import for_unit
from portal.services.releases.reading import pinned
from portal.services.units.lookup import by_code
from tests.proofs.at_random.forms import Around, Filler, entry
from tests.proofs.at_random.people import SYSTEM, Land, Person, settle
from tests.proofs.at_random.ways import Looking, Way

BEGIN = dt.datetime(2026, 3, 2, 9, tzinfo=LOCAL)
# A form that is refused is mended and sent again, as often as a patient person would.
TRIES = 6
# So many who act have to do with the matter; the others try what is not theirs.
CONCERNED = 0.95
ENTERED = (*("case",) * 8, "visit", "consultation", "mediator")
Forms = Callable[[str], Filler]
# The usual step is taken so often where it is offered; the other kinds of acts are weighed. Sessions are few, and soon
# over, so that whoever meets one mostly does something with it.
USUAL = 0.4
# What nobody did yet is tried so often where somebody finds it: some of it is offered seldom.
CURIOUS = 0.5
# How often one kind of act is chosen rather than another.
OFTEN = {
    "step": 8,
    "answer": 8,
    "send": 5,
    "session": 30,
    "correction": 3,
    "objection": 3,
    "change": 2,
    "task": 2,
    "competence": 9,
}
WHO_ENTERS = {
    "case": ("clerk", "clerk", "grid_worker", "triage"),
    "visit": ("clerk", "grid_worker"),
    "consultation": ("clerk", "grid_worker"),
    "mediator": ("config_admin",),
}


@dataclass(frozen=True)
class Done:
    """One act as the trail of a matter tells it."""

    number: int
    moment: str
    who: str
    what: str

    def __str__(self) -> str:
        """Return it in a line."""
        return f"{self.number:6} {self.moment} {self.who}: {self.what}"


class Town:
    """Three counties, their people, and the matters to which things happen."""

    def __init__(self, portal: Portal, seed: int, cases: int, land: Land) -> None:
        self.portal, self.chance, self.cases, self.moment = portal, Random(seed), cases, BEGIN
        with portal.reading(SYSTEM) as session:
            units = land.units(session)
        self.counties = list(units)
        self.staffed = frozenset(code for county, below in units.items() for code in (county, *below))
        self.places = sorted(code for code in self.staffed if ":" not in code)
        self.people = settle(self.here, units)
        self.uids: list[str] = []
        self.mediators: dict[str, list[str]] = defaultdict(list)
        self.trails: dict[str, list[Done]] = defaultdict(list)
        self.done: Counter[str] = Counter()
        self.roles: Counter[str] = Counter()
        self.refused: Counter[str] = Counter()

    @property
    def here(self) -> Portal:
        """Return the portal at the present moment."""
        return self.portal.at(FixedClock(self.moment.astimezone(dt.UTC)))

    def act(self) -> None:
        """Let somebody do something: what is refused with a sentence leaves nothing behind, all else is a fault."""
        self._time_goes_on()
        if self._is_entering():
            return self._enter(self.chance.choice(ENTERED))
        uid = self.chance.choice(self.uids)
        who = self._somebody(uid)
        chosen = self._choice(who, uid)
        if chosen is not None:
            self._perform(who, *chosen, uid)
        return None

    def trail(self, uid: str) -> str:
        """Return everything that was done with a matter."""
        return "\n".join(str(one) for one in self.trails[uid])

    # --- who, when, where ---------------------------------------------------------------------------------------

    def _is_entering(self) -> bool:
        few = len(self.uids) < self.cases / 3
        return len(self.uids) < self.cases and (
            not self.uids or self.chance.random() < (0.5 if few else 0.12)
        )

    def _time_goes_on(self) -> None:
        self.moment += dt.timedelta(minutes=self.chance.choice((1, 2, 5)))
        if self.moment.hour >= 17:
            self.moment = (self.moment + dt.timedelta(days=1)).replace(hour=9, minute=0)

    def _somebody(self, uid: str) -> Person:
        """Return who acts: most often one of those whom the matter concerns, each role alike."""
        if self.chance.random() > CONCERNED:
            return self.chance.choice(self.people)
        with self.portal.reading(SYSTEM) as session:
            record = session.scalars(select(Record).where(Record.uid == uid)).one()
            asked = select(Referral.to_path).where(Referral.record_id == record.id)
            paths = [record.unit_path, record.handler_path or "", *session.scalars(asked)]
        near = [
            one
            for one in self.people
            if one.access.can(record.etype, SHOW) and any(path.startswith(one.path) for path in paths)
        ]
        role = self.chance.choice(sorted({one.role for one in near}))
        return self.chance.choice([one for one in near if one.role == role])

    def around(self, unit: str, bundle: Bundle) -> Around:
        """Return what exists around the forms of a unit."""
        county = unit[:6]
        return Around(
            self.moment.date(),
            [one for one in self.places if one.startswith(county)] or self.places,
            [one for one in sorted(self.staffed) if one.startswith(f"{county}:")],
            [thing.id for thing in bundle.layout.rooms],
            {"mediator": self.mediators[county]},
        )

    # --- acting -------------------------------------------------------------------------------------------------

    def _choice(self, who: Person, uid: str) -> tuple[Way, Forms] | None:
        """Return one of the ways that a person finds with a matter: by its kind, then rather what was seldom done."""
        here = self.here
        with here.reading(who.access) as session:
            record = session.scalars(select(Record).where(Record.uid == uid)).one_or_none()
            if record is None:
                self.refused["unseen"] += 1
                return None
            unit = session.scalars(select(Unit.code).where(Unit.id == record.unit_id)).one()
            ways = Looking(here, session, record, self.chance, self.around, unit, self.staffed).ways()
            kinds = sorted({one.kind for one in ways})
            if not kinds:
                self.refused["nothing to do"] += 1
                return None
            kind = self.chance.choices(kinds, [OFTEN.get(one, 1) for one in kinds])[0]
            usual = [one for one in ways if one.usual]
            untried = [one for one in ways if not self.done[one.name]]
            if untried and self.chance.random() < CURIOUS:
                found = self.chance.choice(untried)
            elif usual and self.chance.random() < USUAL:
                found = self.chance.choice(usual)
            else:
                alike = [one for one in ways if one.kind == kind]
                found = self.chance.choices(alike, [1 / (1 + self.done[one.name]) for one in alike])[0]
            bundle = pinned(here, session, record.release_id)
            return found, lambda form: Filler(bundle, form, self.around(unit, bundle), self.chance)

    def _perform(self, who: Person, way: Way, forms: Forms, uid: str) -> None:
        """Take a way, filling in its form until it is accepted; each try is a request of its own."""
        filler = forms(way.form) if way.form else None
        answers = filler.answers() if filler else None
        for left in range(TRIES, 0, -1):
            try:
                with self.here.writing(who.access) as uow:
                    opened = way.act(uow, answers)
                    uow.commit()
            except InvalidInput as refused:
                if filler is None and isinstance(refused, StepForm):
                    filler = forms(refused.step.form or "")
                    answers = filler.answers() | refused.filled
                elif filler is not None and refused.problems and left > 1:
                    answers = filler.mended(answers or {}, refused.problems)
                else:
                    self._refuse(way.name, refused)
                    return
            except PortalError as refused:
                self._refuse(way.name, refused)
                return
            else:
                self._tell(uid, who, way.name)
                if isinstance(opened, str):
                    self.uids.append(opened)
                    self._tell(opened, who, way.name, again=True)
                return

    def _enter(self, etype: str) -> None:
        who = self.chance.choice([one for one in self.people if one.role in WHO_ENTERS[etype]])
        unit = self.chance.choice(self.counties) if etype == "mediator" else who.unit
        here = self.here
        with here.reading(SYSTEM) as session:
            bundle = for_unit(here, session, by_code(session, unit))
        data = entry(bundle, etype, self.around(unit, bundle), self.chance)
        filler = Filler(bundle, etype, self.around(unit, bundle), self.chance)
        for left in range(TRIES, 0, -1):
            try:
                with here.writing(who.access) as uow:
                    uid = records.register(uow, etype, unit, data).record.uid
                    uow.commit()
            except InvalidInput as refused:
                data = filler.mended(data, refused.problems)
                if left == 1:
                    self._refuse(f"register.{etype}", refused)
            else:
                if etype == "mediator":
                    self.mediators[unit[:6]].append(uid)
                else:
                    self.uids.append(uid)
                self._tell(uid, who, f"register.{etype}")
                return

    def _tell(self, uid: str, who: Person, what: str, *, again: bool = False) -> None:
        if not again:
            self.done[what] += 1
            self.roles[who.role] += 1
        told = Done(self.done.total(), f"{self.moment:%m-%d %H:%M}", who.said, what)
        self.trails[uid].append(told)

    def _refuse(self, what: str, refused: PortalError) -> None:
        """Count a refusal, and hold it to what it owes: a sentence."""
        self.refused[f"{what}: {refused.code}"] += 1
        assert str(refused.message).strip(), (what, type(refused), refused.code)
