"""One record as the person of this request reads it: for its page, its panels and the API alike."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import Any, TypeVar

from portal.core.access import DISPOSE
from portal.core.acts import ACTS, REFER_ON, Act
from portal.core.lifecycle import Offer
from portal.core.referrals import Answer, event_of
from portal.persistence.models import Attachment, Record, RecordEvent, Referral
from portal.services import records
from portal.web.words.decisions import DecisionWords
from portal.web.words.here import Here
from portal.web.words.history import Moment, in_words
from portal.web.words.links import action_url
from portal.web.words.named_by_data import unit_codes
from portal.web.words.reasons import Reasons
from portal.web.words.receiving import receives

T = TypeVar("T")

# So many records of each type that belong to a record are shown on its page.
MOST = 200


class Case:
    """A record with what was decided, asked and done about it; each part is read when it is asked for."""

    def __init__(self, now: Here, record: Record) -> None:
        self.now = now
        self.record = record
        self.screen = now.screen_for(record)
        self.texts = self.screen.texts
        # What the page has told of the reasons of rules, in the order of its parts.
        self.reasons = Reasons()
        self._made: dict[Callable[[Any], Any], Any] = {}

    def once(self, make: Callable[[Any], T]) -> T:
        """Return what a function makes of this case; made once, for several parts of a page show the same."""
        if make not in self._made:
            self._made[make] = make(self)
        made: T = self._made[make]
        return made

    def may(self, action: str) -> bool:
        """Return whether the person's roles allow an action on this record."""
        record = self.record
        return self.now.access.allows(record.etype, action, record.unit_path, record.handler_path)

    @cached_property
    def locked(self) -> bool:
        """Return whether the record is closed to changes, by its stage or by that of its whole."""
        return records.is_locked(self.now.portal, self.now.session, self.record)

    def can(self, act: Act) -> bool:
        """Return whether the person may do an act on this record now: their roles allow it, and no lock stops it."""
        return self.may(act.needs) and not (act.stopped_by_lock and self.locked)

    def url(self, action: str, *more: str) -> str:
        """Return the address of an action on this record."""
        return action_url(self.record.etype, action, self.record.uid, *more)

    @property
    def name(self) -> str:
        """Return the code of the record, or its title where it has no code."""
        return self.record.code or self.record.title

    def receives(self, code: str) -> bool:
        """Return whether anybody would receive the matter at a unit."""
        return receives(self.now, code)

    @property
    def centre(self) -> str:
        """Return the name of the centre whose release the record belongs to: it heads the print."""
        described = (self.screen.bundle.raw.get("layout") or {}).get("centre") or {}
        return self.texts(described.get("name"))

    @property
    def may_dispose(self) -> bool:
        """Return whether the person may confirm proposals."""
        return self.record.is_open and self.can(REFER_ON)

    @property
    def may_send_anywhere(self) -> bool:
        """Return whether the person decides for the unit that owns the record, not only where it is handled."""
        return self.now.access.allows(self.record.etype, DISPOSE, self.record.unit_path)

    @cached_property
    def view(self) -> records.RecordView:
        """Return the record as this person sees it now."""
        return records.view_of(self.now.portal, self.now.session, self.record)

    @cached_property
    def offers(self) -> list[Offer]:
        """Return the steps that the person is offered now, each with the guards that block it."""
        if not self.screen.lifecycle:
            return []
        return records.available(self.now.portal, self.now.session, self.record)

    @cached_property
    def lanes(self) -> list[tuple[str, bool]]:
        """Return the lanes beside the main stages: title, and whether the lane is open."""
        cycle = self.screen.lifecycle
        opened = {lane for lane, state in (self.record.lanes or {}).items() if state == "open"}
        return [(self.texts(lane.title), lane.id in opened) for lane in cycle.lanes()] if cycle else []

    @cached_property
    def events(self) -> list[RecordEvent]:
        """Return the history of the record, the latest first."""
        return records.history(self.now.portal, self.now.session, self.record)

    @cached_property
    def unit_names(self) -> dict[int, tuple[str, str]]:
        """Return code and name of all units that the record, its data and its history concern, by identifier."""
        record = self.record
        ids = [record.unit_id, record.handler_unit_id, *(event.unit_id for event in self.events)]
        codes = unit_codes(record.data, self.screen.infos.values())
        return {unit.id: (unit.code, unit.name) for unit in self.now.units([*ids, *codes]).values()}

    @cached_property
    def moments(self) -> list[Moment]:
        """Return the history in words, the latest first."""
        return in_words(self.screen, self.view.plan, self.events, self.unit_names)

    @cached_property
    def written(self) -> dict[int, records.Answers]:
        """Return what was written into the forms of steps, masked for the person, by the event; the latest first."""
        found = records.answers_of(self.now.portal, self.now.session, self.view, self.events)
        return {one.event.id: one for one in found}

    @cached_property
    def files_by_uid(self) -> dict[str, Attachment]:
        """Return the files of the record by their identifiers; asked for where something names one."""
        return {one.uid: one for one in records.attachments_of(self.now.session, self.record)}

    @cached_property
    def papers(self) -> records.PaperReader:
        """Return what reads the papers of the record for this person; nothing is read before it is asked."""
        return records.PaperReader(self.now.portal, self.now.session, self.record)

    @cached_property
    def clocks(self) -> list[records.ClockView]:
        """Return the clocks of the record as they stand now."""
        return records.clocks_of(self.now.portal, self.now.session, self.record, self.now.stamp)

    @cached_property
    def decision(self) -> DecisionWords | None:
        """Return the latest decision of the rules in words; None where they were never asked."""
        if not self.screen.entity.rules:
            return None
        found = records.last_decision(self.now.portal, self.now.session, self.record)
        return DecisionWords(found, self.screen, self.now.portal.clock.today()) if found else None

    def stage_step(self, stage: str) -> Offer | None:
        """Return the step that leads to a stage, where the person is offered one now."""
        return next((one for one in self.offers if one.transition.to == stage and one.allowed), None)

    @property
    def grades(self) -> list[tuple[str, str]]:
        """Return the grades that the record's release knows."""
        return [(name, self.texts(title)) for name, title in records.grades(self.screen.bundle).items()]

    @property
    def grade(self) -> str:
        """Return the grade that a person gave the matter; empty where it has none."""
        return dict(self.grades).get(self.record.grade or "", self.record.grade or "")

    @cached_property
    def referrals(self) -> list[Referral]:
        """Return the referrals of the record, the latest first."""
        asked = self.screen.entity.rules or "sent_to" in self.screen.entity.entity
        return records.referrals_of(self.now.session, self.record) if asked else []

    @cached_property
    def tasks(self) -> list[records.TaskView]:
        """Return the tasks of the record in the order in which they were given."""
        return records.tasks_of(self.now.portal, self.now.session, self.record)

    @cached_property
    def children(self) -> records.Children:
        """Return what reads the records that belong to this one, as far as the person sees them."""
        types = records.part_types(self.screen.bundle, self.record.etype)
        return records.Children(self.now.session, self.record, types, MOST)

    @cached_property
    def links(self) -> list[records.LinkView]:
        """Return the links of the record, the oldest first."""
        return records.links_of(self.now.session, self.record)

    def answers(self, referral: Any) -> tuple[Answer, ...]:
        """Return the answers that the person may give to a referral now."""
        return self._given(records.answers_to(self.now.access, referral, self.now.portal.clock.today()))

    def answers_for(self, referral: Any) -> tuple[Answer, ...]:
        """Return the answers that the person may give to a referral in place of the unit that was asked."""
        return self._given(records.answers_for(self.now.access, referral, self.now.portal.clock.today()))

    def _given(self, answers: tuple[Answer, ...]) -> tuple[Answer, ...]:
        """Return the answers that no lock stops."""
        portal, session = self.now.portal, self.now.session
        return tuple(
            one
            for one in answers
            if not (
                self.locked and records.is_stopped(portal, session, self.record, ACTS[event_of(one.name)])
            )
        )

    @cached_property
    def parent(self) -> Record | None:
        """Return the record this one belongs to, where the person may see it."""
        return records.parent_of(self.now.session, self.record)
