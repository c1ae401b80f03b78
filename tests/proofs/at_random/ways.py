"""The ways that the portal offers a person with a matter; each is one act with answers filled in by chance."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from random import Random
from typing import Any

from sqlalchemy.orm import Session

from portal.core.access import DISPOSE, EDIT, TRANSITION
from portal.core.conditions.trace import FILE_LACKS
from portal.core.disclosure import Level
from portal.core.errors import NotFound
from portal.persistence import scope
from portal.persistence.models import Record, Referral
from portal.services import archive, records
from portal.services.bundles import Bundle
from portal.services.portal import Portal, Work
from portal.services.records import Called, Override, Source
from portal.services.records.acts.loading import bundle_of
from portal.services.records.handling.clocks.recording import recordable
from portal.services.releases.reading import pinned
from tests.proofs.at_random.forms import Around, Filler, as_new

# So seldom a step is tried that the page shows as not possible yet.
BLOCKED = 0.05
FOR_ANOTHER = 0.2
Act = Callable[[Work, Any], Any]


@dataclass(frozen=True)
class Way:
    """Something that may be done: its name, the form that it asks for, and the act."""

    name: str
    act: Act
    form: str | None = None
    usual: bool = False

    @property
    def kind(self) -> str:
        """Return the first part of the name."""
        return self.name.partition(".")[0]


@dataclass(frozen=True)
class Looking:
    """A person who looks at a record on a day."""

    portal: Portal
    session: Session
    record: Record
    chance: Random
    around: Callable[[str, Bundle], Around]
    unit: str
    staffed: frozenset[str]

    @property
    def bundle(self) -> Bundle:
        """Return the release that the record follows."""
        return pinned(self.portal, self.session, self.record.release_id)

    def ways(self) -> list[Way]:
        """Return what is offered."""
        found = [*self._steps(), *self._changing()]
        if self.record.etype == "case":
            found += [*self._answers(), *self._tasks(), *self._sending(), *self._corrections()]
            if self._may(TRANSITION) and not records.is_locked(self.portal, self.session, self.record):
                found.append(Way("event", self._event))
            for part in records.children_of(self.session, self.record, ["session"], 20):
                own = replace(self, record=part).ways()
                found += [replace(one, name=f"session.{one.name}") for one in own]
        return found

    def _may(self, action: str, *more: str) -> bool:
        access, record = scope.access_of(self.session), self.record
        return access.allows(record.etype, action, record.unit_path, record.handler_path, *more)

    def words(self) -> str:
        """Return a reason."""
        return self.chance.choice(("依法由其先行办理", "当事人提出，情况属实", "按会商意见办理"))

    # --- steps and facts ----------------------------------------------------------------------------------------

    def _steps(self) -> Iterator[Way]:
        record, etype = self.record, self.record.etype
        for offer in records.available(self.portal, self.session, record):
            step = offer.transition
            if any(one.note == FILE_LACKS for one in offer.blocked):
                yield Way(f"file.{etype}", self._explain)
            if not offer.allowed and self.chance.random() > BLOCKED:
                continue
            if step.opens is not None:
                way = self._opening(step.id, step.opens.entity)
                yield Way(f"step.{etype}.{step.id}", way, step.opens.entity)
                continue
            kind = "objection" if step.lane == "objection" else "step"

            def take(uow: Work, answers: Any, step: str = step.id) -> None:
                said = {"version": record.version, "form": answers, "reason": self.words()}
                records.transition(uow, record.uid, step, **said)

            yield Way(f"{kind}.{etype}.{step.id}", take, step.form, offer.allowed and step.primary)

    def _explain(self, uow: Work, _answers: Any) -> None:
        said = {"version": self.record.version, "why": "纸质原件另存街道档案室"}
        archive.explain_rest(uow, self.record.uid, **said)

    def _opening(self, step: str, entity: str) -> Act:
        record = self.record

        def register(uow: Work, answers: Any) -> str:
            known = records.opening(uow.portal, uow.session, record.etype, record.uid, step, entity).values
            prefilled = {name[1:]: value for name, value in known.items() if name.count("/") == 1}
            data = {**prefilled, **as_new(entity, answers)}
            source = Source(record.uid, step, record.version)
            return str(records.register_from(uow, source, entity, self.unit, data).record.uid)

        return register

    def bundle_in(self, uow: Work) -> Bundle:
        """Return the release that the record follows, in a unit of work."""
        return pinned(uow.portal, uow.session, self.record.release_id)

    def _changing(self) -> Iterator[Way]:
        record = self.record
        if not self._may(EDIT):
            return
        if records.is_locked(self.portal, self.session, record):

            def ask(uow: Work, _answers: Any) -> None:
                said = {"version": record.version, "reason": self.words()}
                records.ask_correction(uow, record.uid, self._changed(uow), **said)

            if records.waiting_in(records.history(self.portal, self.session, record)) is None:
                yield Way("correction.ask", ask)
        else:
            yield Way(
                "change", lambda uow, _: records.change(uow, record.uid, self._changed(uow), record.version)
            )

    def _changed(self, uow: Work) -> dict[str, Any]:
        """Return the data of the record with a field or two changed."""
        record, bundle = records.get_any(uow.session, self.record.uid), self.bundle_in(uow)
        around = self.around(self.unit, bundle)
        made = Filler(bundle, record.etype, around, self.chance).answers(0.9)
        made.pop("attachments", None)
        view = records.view_of(uow.portal, uow.session, record)
        open_ones = [one for one in sorted(made) if view.plan.level(f"/{one}") >= Level.WRITE]
        names = self.chance.sample(open_ones, min(len(open_ones), self.chance.choice((1, 2))))
        # What is masked is sent back as it was shown.
        data = {**view.data, **{one: made[one] for one in names}}
        if record.etype == "session":
            told = {"consent": "yes", "consent_way": "phone", "consent_at": f"{around.today}T09:00:00+08:00"}
            data |= {"minutes": self.words(), "venue": "现场"}
            data["parties"] = [{**one, **told} for one in data.get("parties", ())]
        return data

    # --- handing over -------------------------------------------------------------------------------------------

    def _sending(self) -> Iterator[Way]:
        record, session, uid, version = self.record, self.session, self.record.uid, self.record.version
        if not self._may(DISPOSE) or not record.is_open:
            return
        decision = records.latest_decision(self.portal, session, record)
        chance, own = self.chance, f"{self.unit[:6]}:"
        # That nobody is there to receive is said on the page before a matter is sent.
        shown = [one for one in sorted(self.bundle.departments) if own + one in self.staffed]
        some = [one for one in shown if chance.random() < 0.1][:3]

        def send(name: str, **how: Any) -> Way:
            def dispose(uow: Work, answers: Any) -> None:
                records.dispose(uow, uid, version=version, reason=self.words(), form=answers, **how)

            return Way(f"send.{name}", dispose)

        choices = records.Choices.of(self.portal, session, record, decision)
        for one in choices.others(None):
            if one.seat.unit_code not in self.staffed:
                continue
            if one.proposal is not None and decision is not None:
                yield send("proposal", decision_id=decision.id, proposal=one.proposal, assist=some)
            yield send("other", override=Override(one.to, one.route, "", one.deadline, some))
        called = [Called(one, chance.randrange(1, 6)) for one in chance.sample(shown, min(3, len(shown)))]
        leads = record.handler_path is None or chance.random() < 0.4
        lead = called[0].department if called and leads else ""

        def whistle(uow: Work, answers: Any) -> None:
            said = {"called": called, "lead": lead, "reason": self.words(), "form": answers}
            records.whistle(uow, uid, version=version, **said)

        yield Way("whistle", whistle)
        if records.dispute_of(session, record) is not None:
            yield Way(
                "dispute",
                lambda uow, _: records.raise_dispute(uow, uid, version=version, reason=self.words()),
            )
        grade = chance.choice(sorted(records.grades(self.bundle)) or [""])
        said = {"version": version, "proposed": False, "reason": "按会商意见办理"}
        yield Way("grade", lambda uow, _: records.accept_grade(uow, uid, grade, **said))
        yield Way("decide", lambda uow, _: records.redecide(uow, uid))

    def _answers(self) -> Iterator[Way]:
        access, today = scope.access_of(self.session), self.portal.clock.today()
        for one in records.referrals_of(self.session, self.record):
            if records.may_decide(access, one):
                yield self._deciding(one)
            names = [answer.name for answer in records.answers_to(access, one, today)]
            if self.chance.random() < FOR_ANOTHER:
                names += [answer.name for answer in records.answers_for(access, one, today)]
            for name in names:

                def answer(
                    uow: Work, answers: Any, uid: str = one.uid, v: int = one.version, n: str = name
                ) -> None:
                    records.referral(uow, uid, n, reason=self.words(), version=v, form=answers)

                yield Way(f"answer.{name}", answer)

    def _deciding(self, one: Referral) -> Way:
        dispute = records.dispute_of(self.session, self.record)
        unit = self.chance.choice([unit.code for unit in dispute.units]) if dispute else "nowhere"
        uid, version = one.uid, one.version

        def decide(uow: Work, answers: Any) -> None:
            said = {"unit": unit, "reason": self.words(), "version": version, "form": answers}
            records.decide_competence(uow, uid, **said)

        return Way("competence", decide)

    # --- tasks, events, corrections -----------------------------------------------------------------------------

    def _tasks(self) -> Iterator[Way]:
        uid, words = self.record.uid, self.words
        if records.is_locked(self.portal, self.session, self.record):
            return
        for view in records.tasks_of(self.portal, self.session, self.record):
            task = view.row
            if task.status != "open" or not self._may(TRANSITION, task.unit_path):
                continue
            n, said = task.n, {"version": task.version}
            yield Way(
                "task.done", lambda uow, _, n=n, s=said: records.do_task(uow, uid, n, words=words(), **s)
            )
            yield Way(
                "task.drop", lambda uow, _, n=n, s=said: records.drop_task(uow, uid, n, reason=words(), **s)
            )
            yield Way("task.assign", lambda uow, _, n=n, s=said: self._assign(uow, n, **s))
        if self._may(TRANSITION) and self.record.is_open:
            own = self.chance.random() < 0.5
            task = "" if own else self.chance.choice(sorted(records.types_of(self.bundle)))
            what = {"task": task, "words": words() if own else ""}
            yield Way("task.add", lambda uow, _: records.add_task(uow, uid, **what))
            if records.suggested(self.portal, self.session, self.record):
                yield Way("task.take", lambda uow, _: records.take_over(uow, uid))

    def _assign(self, uow: Work, n: int, version: int) -> None:
        record = records.get_any(uow.session, self.record.uid)
        at = self.chance.choice(records.owners_for(uow.portal, uow.session, record))
        person = self.chance.choice([None, *at.people])
        owner = records.Owner(at.unit.code, person=person.user_id if person else None)
        due = uow.today + dt.timedelta(self.chance.randrange(0, 20))
        records.assign_task(uow, record.uid, n, version=version, owner=owner, due_on=due)

    def _event(self, uow: Work, _answers: Any) -> None:
        record = records.get_any(uow.session, self.record.uid)
        found = recordable(uow, record, bundle_of(uow, record))
        if not found:
            raise NotFound("event.unknown", "none")
        one = found[0] if found[0].ends and self.chance.random() < 0.4 else self.chance.choice(found)
        picks = {code: self.chance.choice(lines).key for code, lines in one.picks.items()}
        day = uow.today - dt.timedelta(self.chance.choice((0, 0, 1, 3, 10)))
        records.record_event(uow, record.uid, one.event.id, day, version=self.record.version, variants=picks)

    def _corrections(self) -> Iterator[Way]:
        record = self.record
        waits = records.waiting_in(records.history(self.portal, self.session, record))
        if waits is None:
            return
        for name in sorted(records.may_settle_correction(self.portal, self.session, record, waits)):
            said = {"version": record.version, "reason": self.words()}
            answer = name.partition(".")[2]
            yield Way(
                name, lambda uow, _, a=answer, s=said: records.settle_correction(uow, record.uid, a, **s)
            )
