"""The next act of a record in one sentence: what, who, by when, what follows; and the page's one primary button."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from markupsafe import Markup

from portal.core import pointer as pointers
from portal.core.access import REFER, TRANSITION, within
from portal.core.encrypted import is_destroyed
from portal.core.errors import fill, msg
from portal.core.lifecycle import Offer, Transition
from portal.core.referrals import ANSWERS, RECEIVER, SENT, STATES, Answer, event_of
from portal.core.text import DEFAULT_LANGUAGE
from portal.persistence.models import Referral
from portal.services import records
from portal.web.days import day_of_week
from portal.web.language import as_written, current, translate
from portal.web.records.panels.asked_with import Also, asked_with
from portal.web.records.panels.proposals import usual, waiting
from portal.web.records.panels.registry import PANELS, Panel, Place
from portal.web.words.case import Case
from portal.web.words.decisions import Proposal
from portal.web.words.missing import Missing, Missings
from portal.web.words.own_day import own_day
from portal.web.words.periods_of_steps import asked_by_period, days_it_ends
from portal.web.words.unit_titles import unit_title

ACCEPTED, DONE = "accepted", "done"
CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class Asked:
    """A referral that waits for the person's own unit, and the answers to it; the first one is the usual one."""

    uid: str
    version: int
    url: str
    answers: tuple[Answer, ...]
    also: tuple[Also, ...] = ()


@dataclass(frozen=True, slots=True)
class NextAct:
    """The next act: its title, what is said beneath it, and how it is done.

    One of ``asked`` (answers to a referral), ``url`` (the page of a step or of a proposal) and ``missing`` (why the
    step waits) leads on; where none does, another person is on.
    """

    title: str
    says: tuple[str, ...] = ()
    asked: Asked | None = None
    url: str = ""
    label: str = ""
    missing: tuple[Missing, ...] = ()
    step: str = field(default="")

    @property
    def text(self) -> str:
        """Return what is said beneath the title as one text."""
        between = "" if current() == DEFAULT_LANGUAGE else " "
        return Markup(between).join(self.says)


def next_act(case: Case) -> NextAct | None:
    """Return the next act as this person finds it; None where nothing is next, as with a matter that is archived."""
    makers = (_asked, _ended, _answer_with_step, _concluded, _proposed, _stepped, _of_others, _of_roles)
    return next((found for make in makers if (found := make(case)) is not None), None)


def _asked(case: Case) -> NextAct | None:
    """The person's unit is asked: its answer comes first."""
    for one, answers in _at_own(case, SENT):
        asked = Asked(one.uid, one.version, case.url("referral", one.uid), answers)
        says = (_who(case, one.to_unit_id), *_until_accepted(case, one))
        return NextAct(translate(msg("Accept this matter, or return it")), _said(says), asked)
    return None


def _ended(case: Case) -> NextAct | None:
    """A part of the matter ended, such as a session: what came of it is written down before anything else."""
    if not case.record.is_open:
        return None
    now = case.now
    for offer in case.offers:
        step = offer.transition
        if step.takes is None or not offer.allowed:
            continue
        if records.taken_from_part(now.portal, now.session, case.record, step):
            return _of_step(case, offer, _said((_who(case, _owner(case)), _day(case))))
    return None


def _answer_with_step(case: Case) -> NextAct | None:
    """The person's unit has accepted: the usual step of the stage where the person takes it and nobody has, else
    the report, by its answer, which ends the referral and performs the step.
    """
    for one, answers in _at_own(case, ACCEPTED):
        says = _said((_who(case, one.to_unit_id), _until(case, one.due_on)))
        first = _not_taken(case) if one.lead else None
        if first is not None:
            return _of_step(case, first, says)
        step = next((offer for offer in case.offers if offer.allowed and _reports(offer.transition)), None)
        reports = tuple(answer for answer in answers if answer.to == "done") or answers[:1]
        also = tuple(asked_with(case, step.transition)) if step is not None and one.lead else ()
        asked = Asked(one.uid, one.version, case.url("referral", one.uid), reports, also)
        if step is not None and one.lead:
            return NextAct(case.texts(step.transition.title), says, asked, step=step.transition.id)
        return NextAct(translate(msg("Handle the matter, and report what came of it")), says, asked)
    return None


def _concluded(case: Case) -> NextAct | None:
    """A step was taken with an answer after which one step is next: before what the rules would propose."""
    if any(one.lead and STATES[one.status].open for one in case.referrals):
        return None
    for offer in case.offers:
        step, follows = offer.transition, offer.transition.follows
        if follows is None:
            continue
        last = next((one for one in case.events if one.name in (follows.step, step.id)), None)
        if last is None or last.name != follows.step or is_destroyed(last.data):
            continue
        if pointers.get((last.data or {}).get("form") or {}, follows.by) in follows.values:
            return _of_step(case, offer, _said((_who(case, _owner(case)), _day(case))))
    return None


def _proposed(case: Case) -> NextAct | None:
    """The rules propose where it goes, and the stage can be left by a referral."""
    if not case.may_dispose or any(one.lead and STATES[one.status].open for one in case.referrals):
        return None
    if _reported(case):
        return None
    cycle, stage = case.screen.lifecycle, case.record.stage or ""
    if cycle is not None and stage in case.screen.stages and cycle.stage(stage).first:
        return None
    one = usual(case)
    if one is None:
        return _chosen_anew(case) if waiting(case) else None
    seat = as_written(one.seat.title) if one.seat.is_unit else one.seat.title
    title = Markup(translate(msg("Decide where it goes: “%(seat)s” is proposed"))) % {"seat": seat}
    url = f"{case.url('dispose')}?proposal={one.index}"
    says = _said((_proposal_words(one), _day(case)))
    return NextAct(title, says, url=url, label=translate(msg("Follow the proposal")))


def _chosen_anew(case: Case) -> NextAct:
    """Each unit that the rules propose has returned it: a person chooses where it goes."""
    label = translate(msg("Choose a unit"))
    says = _said((_who(case, _owner(case)), _day(case)))
    return NextAct(label, says, url=case.url("dispose"), label=label)


def _stepped(case: Case) -> NextAct | None:
    """The usual step of the stage, or the only one; one that waits for something says for what."""
    offers = [one for one in case.offers if one.transition.lane is None and not _takes_up_again(case, one)]
    primary = next((one for one in offers if one.transition.primary), None)
    if _reported(case):
        # What came of it is written down: to lead on goes before writing it once more. The first step that leads on
        # says what it waits for; a later one is an exception, such as to close what was withdrawn.
        primary = next((one for one in offers if _leads_on(case, one.transition)), primary)
    # In open work the only step is no exception, such as to send it to a court, where others take the usual one.
    alone = len(offers) == 1 and not (case.record.is_open and _usual_step(case) is not None)
    step = primary or (offers[0] if alone else None)
    if step is None or _led_elsewhere(case):
        return None
    day = _day(case)
    if not case.record.is_open:
        # What a period asks for, such as a visit, is next while the period runs; what was done once is not next again.
        days = days_it_ends(case, step.transition)
        if (
            not days
            and not step.transition.primary
            and (asked_by_period(case, step.transition) or _taken_since(case, step.transition))
        ):
            return None
        day = _until(case, next(iter(days), None))
    return _of_step(case, step, _said((_who(case, _owner(case)), day)))


def _reported(case: Case) -> bool:
    """Tell whether the unit that led last has reported: the matter waits to be closed, not to be sent once more."""
    leads = [one for one in case.referrals if one.lead]
    return bool(leads) and max(leads, key=lambda one: one.id).status == DONE


def _leads_on(case: Case, step: Transition) -> bool:
    """Tell whether a step ends in a stage that comes after the present one."""
    cycle, now = case.screen.lifecycle, case.record.stage or ""
    if cycle is None or not {step.to, now} <= set(case.screen.stages):
        return False
    return cycle.stage(str(step.to)).order > cycle.stage(now).order


def _takes_up_again(case: Case, offer: Offer) -> bool:
    """Tell whether a step leads a closed record back into work: an exception, so never what is next."""
    cycle, step = case.screen.lifecycle, offer.transition
    if case.record.is_open or cycle is None or step.to is None or step.to not in case.screen.stages:
        return False
    return not cycle.stage(step.to).final


def _taken_since(case: Case, step: Transition) -> bool:
    """Tell whether a step was taken since the stage began."""
    since = case.record.stage_since
    return any(one.name == step.id and (since is None or one.at >= since) for one in case.events)


def _of_others(case: Case) -> NextAct | None:
    """A unit was asked or handles it: so it is its turn."""
    lead = next((one for one in case.referrals if one.lead and STATES[one.status].open), None)
    if lead is None or not case.record.is_open:
        return None
    accepted = lead.status != SENT
    text = msg("“%(unit)s” handles it") if accepted else msg("“%(unit)s” is to accept it")
    says = (_until(case, lead.due_on),) if accepted else _until_accepted(case, lead)
    return NextAct(_with_unit(text, _unit(case, lead.to_unit_id)), _said(says))


def _of_roles(case: Case) -> NextAct | None:
    """Another role takes the usual step of the stage."""
    step = _usual_step(case)
    if step is None or not (case.record.is_open or _leads_on(case, step)):
        return None
    title = fill(translate(msg("Next: %(step)s")), {"step": case.texts(step.title)})
    roles = translate(msg(", ")).join(
        case.texts(case.screen.bundle.roles.get(role, {}).get("title"), role) for role in sorted(step.roles)
    )
    who = fill(translate(msg("Taken by: %(roles)s.")), {"roles": roles})
    return NextAct(title, _said((who, _day(case))))


def _usual_step(case: Case) -> Transition | None:
    """Return the usual step of the stage, of any role; once its unit has reported, the first one that leads on."""
    cycle, stage = case.screen.lifecycle, case.record.stage or ""
    if cycle is None or stage not in case.screen.stages:
        return None
    steps = [one for one in cycle.transitions if not one.hidden and cycle.leads_from(one, stage)]
    on = [one for one in steps if one.lane is None and _leads_on(case, one)] if _reported(case) else []
    return min(on, key=lambda one: one.order, default=next((one for one in steps if one.primary), None))


def _of_step(case: Case, offer: Offer, says: tuple[str, ...]) -> NextAct:
    step = offer.transition
    title = case.texts(step.title)
    if not offer.allowed:
        missing = tuple(Missings(case.screen, case).of(offer.blocked, offer.transition))
        return NextAct(title, (translate(msg("Not possible yet:")),), missing=missing, step=step.id)
    says = _said((*says, _follows(case, step)))
    return NextAct(title, says, url=case.url("transition", step.id), label=title, step=step.id)


def _follows(case: Case, step: Transition) -> str:
    if step.to is None or step.to == case.record.stage:
        return ""
    cycle = case.screen.lifecycle
    title = next((case.texts(one.title) for one in cycle.stages if one.id == step.to), "") if cycle else ""
    return fill(translate(msg("Then it is in “%(stage)s”.")), {"stage": title}) if title else ""


def _not_taken(case: Case) -> Offer | None:
    """Return the usual step of the stage that the person may take, where it was not taken since the stage began."""
    return next(
        (
            offer
            for offer in case.offers
            if offer.allowed and offer.transition.primary and not _taken_since(case, offer.transition)
        ),
        None,
    )


def _reports(step: Transition) -> bool:
    return step.on in {
        event_of(one.to) for one in ANSWERS.values() if one.side == RECEIVER and one.to == "done"
    }


def _at_own(case: Case, status: str) -> Iterator[tuple[Referral, tuple[Answer, ...]]]:
    """Yield the referrals in a state to units at which the person holds a role that answers them, with the answers."""
    own = case.now.access.held_at(case.record.etype, REFER)
    for one in case.referrals:
        if one.status != status or one.to_path not in own:
            continue
        answers = tuple(each for each in case.answers(one) if each.side == RECEIVER)
        if answers:
            yield one, answers


def _led_elsewhere(case: Case) -> bool:
    """Tell whether another unit has the matter or is to accept it: its turn comes first."""
    own = case.now.access.held_at(case.record.etype, REFER)
    leads = (one for one in case.referrals if one.lead and STATES[one.status].open)
    return case.record.is_open and any(one.to_path not in own for one in leads)


def _owner(case: Case) -> int:
    """Return the unit for which the person acts: the one that handles the matter where they are of it, else the
    lowest of theirs above the one that registered it.
    """
    record = case.record
    own = case.now.access.held_at(record.etype, TRANSITION)
    above = [one for one in own if within(record.unit_path, one)]
    if above and record.handler_path not in own:
        return int(max(above, key=len).strip("/").rpartition("/")[2] or record.unit_id)
    return record.unit_id if record.handler_unit_id is None else record.handler_unit_id


def _unit(case: Case, unit_id: int) -> str | Markup:
    return next((unit_title(case.screen, one) for one in case.now.units([unit_id]).values()), "")


def _who(case: Case, unit_id: int) -> str:
    return _with_unit(msg("Up to you, for “%(unit)s”."), _unit(case, unit_id))


def _with_unit(text: str, name: str | Markup) -> Markup:
    """Return a sentence with the name of a unit."""
    return Markup(translate(text)) % {"unit": name}


def _day(case: Case) -> str:
    return _until(case, own_day(case)) if case.record.is_open else ""


def _until_accepted(case: Case, referral: Referral) -> tuple[str, ...]:
    """Return by when a referral is to be accepted and, where that is another day, by when it is reported on."""
    if referral.accept_by is None or referral.accept_by == referral.due_on:
        return (_until(case, referral.due_on),)
    today = case.now.portal.clock.today()
    day, report = referral.accept_by, referral.due_on
    said = {"day": day_of_week(day, today), "n": (today - day).days}
    text = (
        msg("To be accepted by %(day)s.")
        if day >= today
        else msg("It was to be accepted by %(day)s, %(n)s days ago.")
    )
    then = {"day": day_of_week(report, today)} if report else {}
    return (
        fill(translate(text), said),
        fill(translate(msg("The report is due %(day)s.")), then) if then else "",
    )


def _until(case: Case, day: dt.date | None) -> str:
    """Return by when, in words: the day with its weekday, and that it is today or over."""
    if day is None:
        return ""
    today = case.now.portal.clock.today()
    said = {"day": day_of_week(day, today), "n": abs((day - today).days)}
    if day == today:
        return translate(msg("It is due today."))
    text = msg("Due %(day)s.") if day > today else msg("It was due %(day)s, %(n)s days ago.")
    return fill(translate(text), said)


def _proposal_words(proposal: Proposal) -> str:
    parts = [part for part in (proposal.route, proposal.mode, proposal.deadline) if part]
    text = translate(msg(", ")).join(parts)
    return fill(translate(msg("%(text)s.")), {"text": text}) if parts else ""


def _said(parts: Iterable[str]) -> tuple[str, ...]:
    return tuple(part for part in parts if part)


def others(case: Case, taken: NextAct | None) -> Iterator[Offer]:
    """Yield the steps that stand under “More”: all but the one that the page offers first.

    While a unit is asked, none is offered that a later answer of it performs; nor one of a lane that has not begun and
    that cannot begin yet, such as the court's answer before anybody has applied.
    """
    asked = taken is not None and taken.asked is not None and taken.asked.answers[0].name == "accept"
    for offer in case.offers:
        if taken is not None and offer.transition.id == taken.step:
            continue
        if asked and _performed_by_receiver(offer.transition):
            continue
        if _comes_later(case, offer):
            continue
        yield offer


def _comes_later(case: Case, offer: Offer) -> bool:
    lane = offer.transition.lane
    return lane is not None and not offer.allowed and (case.record.lanes or {}).get(lane, CLOSED) == CLOSED


def _performed_by_receiver(step: Transition) -> bool:
    return step.on in {event_of(one.to) for one in ANSWERS.values() if one.side == RECEIVER}


PANELS.add(Panel("actions", Place.TOP, 5, "records/panels/actions.html", next_act))
