"""The page of one record: its story, its facts, and what to do now."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from flask import render_template, request

from portal.core.access import DISPOSE, EDIT, TRANSITION
from portal.core.acts import ADOPT_RELEASE
from portal.core.referrals import STATES, Answer, standing_states
from portal.persistence.models import Record
from portal.services import records
from portal.services.releases import Activation
from portal.web.forms import render_values
from portal.web.language import translate
from portal.web.records.forms.posted import context_of, file_ids, is_htmx, unit_codes
from portal.web.records.interface import RecordInterface
from portal.web.records.lists.list_page import Row
from portal.web.shell import format_day
from portal.web.words.cells import Cells, stage_title
from portal.web.words.decisions import DecisionWords, Proposal, guard_words, seat_words
from portal.web.words.here import Here
from portal.web.words.history import Moment, story
from portal.web.words.links import action_url, add_url, list_url, record_url
from portal.web.words.screen import Field, Screen, screen_of

CHILDREN = 200


@dataclass(frozen=True, slots=True)
class Step:
    """One stage in the bar."""

    title: str
    state: str


@dataclass(frozen=True, slots=True)
class Action:
    """One transition as a button."""

    id: str
    title: str
    url: str
    primary: bool
    blocked: list[str]


@dataclass(frozen=True, slots=True)
class ReferralCard:
    """One referral, and what may be done with it."""

    referral: Any
    title: str
    duty: str
    department: str
    route: str
    status: str
    tone: str
    settled: bool
    answers: tuple[Answer, ...]
    url: str


@dataclass(frozen=True, slots=True)
class Children:
    """Records of one type that belong to this one."""

    screen: Screen
    columns: tuple[Field, ...]
    rows: list[Row]
    add_url: str


@dataclass(frozen=True, slots=True)
class Disclosing:
    """The form that asks what somebody needs the personal data for."""

    url: str
    purposes: list[str]


def told_apart(newer: Activation, held: str) -> str:
    """Return the version of a newer release; with the day it came into force where the one held has the same."""
    return newer.version if newer.version != held else f"{newer.version} · {format_day(newer.effective_at)}"


def disclosing(screen: Screen, view: records.RecordView) -> Disclosing | None:
    """Return the form for a record in which something is masked for a person who may have it shown."""
    record = view.record
    if not view.plan.profile.masked or not view.may_unmask:
        return None
    purposes = [screen.texts(purpose) for purpose in records.purposes(screen.bundle)]
    return Disclosing(action_url(record.etype, "unmask", record.uid), purposes)


class CasePage:
    """What the template of one record shows; each part is worked out when the template asks for it."""

    def __init__(self, now: Here, datamodel: RecordInterface, record: Record) -> None:
        self.now = now
        self.datamodel = datamodel
        self.record = record
        self.screen = now.screen_for(record)
        self.texts = self.screen.texts

    def may(self, action: str) -> bool:
        """Return whether the person may do something with this record."""
        record = self.record
        return self.now.access.allows(record.etype, action, record.unit_path, record.handler_path)

    def url(self, action: str, *more: str) -> str:
        """Return the address of something to do with this record."""
        return action_url(self.record.etype, action, self.record.uid, *more)

    @property
    def name(self) -> str:
        """Return what the record is called in few words."""
        return self.record.code or self.record.title

    @property
    def stage(self) -> str:
        """Return the title of the current stage."""
        return stage_title(self.now, self.screen, self.record)

    @property
    def may_edit(self) -> bool:
        """Return whether the person may change the facts."""
        return self.may(EDIT)

    @property
    def may_delete(self) -> bool:
        """Return whether the record may be deleted, by this person."""
        return self.screen.entity.can_delete and self.may("delete")

    @property
    def may_dispose(self) -> bool:
        """Return whether the person may confirm proposals."""
        return self.record.is_open and self.may(DISPOSE)

    @cached_property
    def steps(self) -> list[Step]:
        """Return the bar of the stages: done, current, still to come."""
        cycle = self.screen.lifecycle
        listed = [s for s in cycle.listed_stages() if not s.parallel] if cycle else []
        order = (
            cycle.stage(self.record.stage).order if cycle and self.record.stage in self.screen.stages else 0
        )
        return [
            Step(
                self.texts(stage.title),
                "current" if stage.id == self.record.stage else "done" if stage.order < order else "todo",
            )
            for stage in listed
        ]

    @cached_property
    def all_lanes(self) -> list[tuple[str, bool]]:
        """Return the lanes beside the main stages: title, and whether the lane is open."""
        cycle = self.screen.lifecycle
        opened = {lane for lane, state in (self.record.lanes or {}).items() if state == "open"}
        return [(self.texts(lane.title), lane.id in opened) for lane in cycle.lanes()] if cycle else []

    @property
    def lanes(self) -> list[str]:
        """Return the titles of the lanes that are open."""
        return [title for title, is_open in self.all_lanes if is_open]

    @cached_property
    def events(self) -> list[Any]:
        """Return the history of the record, the latest first."""
        return records.history(self.now.portal, self.now.session, self.record)

    @cached_property
    def unit_names(self) -> dict[int, tuple[str, str]]:
        """Return the names of all units that the record and its history concern; those of its data come along."""
        record = self.record
        ids = [record.unit_id, record.handler_unit_id, *(event.unit_id for event in self.events)]
        codes = unit_codes(record.data, self.screen.infos.values())
        return {unit.id: (unit.code, unit.name) for unit in self.now.units([*ids, *codes]).values()}

    @property
    def centre(self) -> str:
        """Return the name of the centre whose release the record belongs to: it heads the print."""
        described = (self.screen.bundle.raw.get("layout") or {}).get("centre") or {}
        return self.screen.texts(described.get("name"))

    @property
    def release(self) -> str:
        """Return the version of the release that the record follows."""
        return self.screen.bundle.version

    @cached_property
    def newer_release(self) -> str:
        """Return the version of the newest release that the person may move the record to; empty where there is none.

        Who works under the record's own release is spared the question.
        """
        if self.record.release_id == self.now.bundle.release_id or not self.may(ADOPT_RELEASE.needs):
            return ""
        newer = records.newer_releases(self.now.session, self.record)
        return told_apart(newer[0], self.release) if newer else ""

    @property
    def seen_at(self) -> dt.datetime:
        """Return the moment at which the page is made: what is printed says of when it is."""
        return self.now.portal.clock.now()

    @property
    def unit(self) -> str:
        """Return the unit at which the record was registered."""
        return self.unit_names.get(self.record.unit_id, ("", ""))[1]

    @property
    def handler(self) -> str:
        """Return the unit that handles the matter."""
        return self.unit_names.get(self.record.handler_unit_id or 0, ("", ""))[1]

    @cached_property
    def view(self) -> records.RecordView:
        """Return the record as this person sees it now."""
        return records.view_of(self.now.portal, self.now.session, self.record)

    @property
    def facts(self) -> Any:
        """Return the data in sections."""
        screen, data = self.screen, self.view.data
        return render_values(
            screen.form_for(self.view.plan.profile), data, context=context_of(self.now, screen, data)
        )

    @property
    def disclosing(self) -> Disclosing | None:
        """Return what the form offers that shows personal data; None where it would show nothing."""
        return disclosing(self.screen, self.view)

    @cached_property
    def actions(self) -> list[Action]:
        """Return the transitions the person is offered now."""
        if not self.screen.lifecycle or not self.may(TRANSITION):
            return []
        offers = records.available(self.now.portal, self.now.session, self.record)
        return [
            Action(
                offer.transition.id,
                self.texts(offer.transition.title),
                self.url("transition", offer.transition.id),
                offer.transition.primary and not offer.blocked,
                guard_words(self.screen, offer.blocked),
            )
            for offer in offers
        ]

    @cached_property
    def decision(self) -> DecisionWords | None:
        """Return the latest decision of the rules."""
        if not self.screen.entity.rules:
            return None
        found = records.last_decision(self.now.portal, self.now.session, self.record)
        return DecisionWords(found, self.screen) if found else None

    @cached_property
    def open_proposals(self) -> list[Proposal]:
        """Return the proposals nobody has answered yet."""
        if self.decision is None or not self.record.is_open:
            return []
        standing = standing_states()
        taken = {(r.rule, r.route) for r in self.referrals if r.status in standing}
        answered = {(r.decision_id, r.proposal) for r in self.referrals if r.status in standing}
        view = self.decision.view
        return [
            proposal
            for proposal in self.decision.proposals
            if (view.id, proposal.index) not in answered and proposal.key[:2] not in taken
        ]

    @cached_property
    def referrals(self) -> list[Any]:
        """Return the referrals of the record."""
        return records.referrals_of(self.now.session, self.record) if self.screen.entity.rules else []

    @cached_property
    def referral_cards(self) -> list[ReferralCard]:
        """Return the referrals with what the person may do about each."""
        return [self._card(referral) for referral in self.referrals]

    @cached_property
    def story(self) -> list[Moment]:
        """Return what happened, the latest first."""
        return story(self.screen, self.view.plan, self.events, self.unit_names)

    @cached_property
    def files(self) -> list[Any]:
        """Return the files of the record; the data and the history tell whether there are any."""
        named = file_ids(self.screen.infos.values(), self.record.data) or any(
            one.kind in ("attach", "transition") for one in self.events
        )
        if not named:
            return []
        return records.attachments_of(self.now.session, self.record)

    @cached_property
    def children(self) -> list[Children]:
        """Return the records that belong to this one, by type."""
        bundle, access = self.screen.bundle, self.now.access
        types = [
            one.id
            for one in bundle.entities()
            if one.parent == self.record.etype and not one.hidden and access.can(one.id, "list")
        ]
        rows = self.datamodel.parts(self.record, types, CHILDREN)
        return [self._children(etype, [row for row in rows if row.etype == etype]) for etype in types]

    @cached_property
    def parent(self) -> Any:
        """Return the record this one belongs to, where there is one."""
        return self.datamodel.parent(self.record)

    @property
    def crumbs(self) -> list[tuple[str, str | None]]:
        """Return the way to this page."""
        if self.parent is not None:
            way = record_url(self.parent.etype, self.parent.uid)
            return [(self.parent.code or self.parent.title, way), (self.screen.title, None)]
        return [(self.screen.plural, list_url(self.record.etype)), (self.name, None)]

    def _children(self, etype: str, rows: list[Record]) -> Children:
        screen = screen_of(self.screen.bundle, etype, self.now.lang)
        columns = screen.columns[:5]
        cells = Cells(self.now, screen, columns, rows)
        may_add = self.record.is_open and self.now.access.allows(
            etype, "add", self.record.unit_path, self.record.handler_path
        )
        return Children(
            screen,
            columns,
            [Row(record_url(etype, row.uid), cells.row(row), row) for row in rows],
            add_url(etype, self.record.uid) if may_add else "",
        )

    def _card(self, referral: Any) -> ReferralCard:
        seat = seat_words(self.screen, referral.seat or {})
        state = STATES[referral.status]
        route = self.screen.bundle.routes.get(referral.route or "", {})
        return ReferralCard(
            referral,
            seat.title or self._asked(referral),
            seat.duty,
            seat.department,
            self.texts(route.get("title")),
            translate(state.title),
            state.tone,
            state.settled,
            self.answers(referral),
            self.url("referral", referral.uid),
        )

    def _asked(self, referral: Any) -> str:
        """Return the name of the unit that a referral went to; one that assists has no seat of its own."""
        return "".join(unit.name for unit in self.now.units([referral.to_unit_id]).values())

    def answers(self, referral: Any) -> tuple[Answer, ...]:
        """Return the answers that the person may give to a referral now."""
        return records.answers_to(self.now.access, referral)


def explain(now: Here, datamodel: RecordInterface, etype: str, uid: str) -> str:
    """Return why the other rules did not fire: into the record's page, or as a page of its own."""
    case = CasePage(now, datamodel, datamodel.find(etype, uid))
    page = "records/why_part.html" if is_htmx() else "records/why.html"
    return render_template(page, case=case, record=case.record, words=case.decision)


def alternatives(now: Here, datamodel: RecordInterface, etype: str, uid: str) -> str:
    """Return where else a proposal could lead today; asked for only when somebody wants to know."""
    record = datamodel.find(etype, uid)
    found = records.latest_decision(now.portal, now.session, record)
    proposals = DecisionWords(found, now.screen_for(record)).proposals if found else []
    wanted = request.args.get("proposal", "")
    seats = next((one.alternatives for one in proposals if str(one.index) == wanted), [])
    return render_template("records/alternatives.html", seats=seats)


def show(now: Here, datamodel: RecordInterface, etype: str, uid: str, refused: str = "") -> str:
    """Return the page of one record; ``refused`` says why its personal data were not shown."""
    record = datamodel.find(etype, uid)
    case = CasePage(now, datamodel, record)
    return render_template("records/case.html", case=case, record=record, refused=refused)
