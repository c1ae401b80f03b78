"""Several matters handed over in one go: each by an act of its own, and what became of each is told."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask import render_template, request

from portal.core.access import DISPOSE
from portal.core.errors import Conflict, InvalidInput, NotFound, PortalError, msg
from portal.persistence.models import Record
from portal.services import records, units
from portal.services.records import Destination, Override, StepForm
from portal.web.language import as_written, translate
from portal.web.records.forms.posted import REASON, refused_in_words
from portal.web.redirects import local
from portal.web.words.here import Here
from portal.web.words.links import record_url
from portal.web.words.receiving import NOBODY, receives
from portal.web.work.row_acts import CHOSEN

PROPOSED = "proposed"
# A page of a list holds no more.
MOST = 50


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one matter; ``tone`` is good where it was handed over."""

    title: Any
    code: Any
    url: str
    text: Any
    tone: str


class HandingOver:
    """One request to hand several matters over: where the rules propose, or all to one department."""

    def __init__(self, now: Here, etype: str) -> None:
        self.now, self.etype = now, etype
        self.to = request.form.get("to", "")
        self.reason = request.form.get(REASON, "").strip()

    def answer(self) -> Any:
        """Hand over what was chosen, one after another, and show what became of each."""
        chosen = list(dict.fromkeys(request.form.getlist(CHOSEN)))
        if not chosen:
            raise InvalidInput("bulk.none", msg("Choose the matters first"))
        if len(chosen) > MOST:
            raise InvalidInput("bulk.many", msg("At most %(n)s matters go in one step"), {"n": MOST})
        found = [self._one(one) for one in chosen]
        return render_template(
            "work/handed.html",
            title=translate(msg("Handed over")),
            outcomes=found,
            done=sum(one.tone == "good" for one in found),
            back=local(request.form.get("back", "")),
        )

    def _one(self, written: str) -> Outcome:
        """Hand one matter over; whatever refuses it is said, and the others go on."""
        uid, _, version = written.partition(".")
        try:
            record = self.now.find(self.etype, uid)
        except NotFound as missing:
            return Outcome(
                translate(msg("A matter out of your sight")), "", "", missing.text(translate), "danger"
            )
        try:
            if not (version.isascii() and version.isdecimal() and len(version) < 10):
                raise Conflict("record.version", msg("Please look at the matter again, then answer"))
            text = self._handed(record, int(version))
        except StepForm:
            return self._told(
                record, translate(msg("Not handed over: its step asks for more, open it")), "warning"
            )
        except (InvalidInput, Conflict) as refused:
            return self._told(record, refused_in_words(refused), "danger")
        except PortalError as refused:
            return self._told(record, refused.text(translate), "danger")
        return self._told(record, text, "good")

    def _handed(self, record: Record, version: int) -> Any:
        """Hand one matter over in a unit of work of its own; return where it went, in words."""
        self.now.access.require(record.etype, DISPOSE, record.unit_path, record.handler_path)
        decision = records.latest_decision(self.now.portal, self.now.session, record)
        choices = records.Choices.of(self.now.portal, self.now.session, record, decision)
        proposal, override = self._choice(choices)
        with self.now.writing() as uow:
            lead = records.dispose(
                uow,
                record.uid,
                version=version,
                decision_id=decision.id if decision is not None else None,
                proposal=proposal,
                override=override,
                reason=self.reason,
            )
            unit = units.by_id(uow.session, lead.to_unit_id)
            name, code = unit.name, unit.code
            uow.commit()
        said = translate(msg("Handed over to %(unit)s"), unit=name)
        return said if receives(self.now, code) else f"{said} · {translate(NOBODY)}"

    def _choice(self, choices: records.Choices) -> tuple[int | None, Override | None]:
        """Return a proposal's number, or the choice of a department with the route and period that fit the matter."""
        offered = _offered(choices)
        if self.to == PROPOSED:
            if not offered:
                raise InvalidInput("bulk.unproposed", msg("Nothing is proposed: choose where it goes"))
            return offered[0].proposal, None
        to = {"department": self.to}
        fitting = next((one for one in (*offered, *choices.others(None)) if one.to == to), None)
        route, deadline = (fitting.route, fitting.deadline) if fitting is not None else ("", None)
        return None, Override(to, route=route, deadline=deadline)

    def _told(self, record: Record, text: Any, tone: str) -> Outcome:
        title = as_written(record.title or record.code) or translate(msg("Untitled"))
        return Outcome(title, as_written(record.code), record_url(record.etype, record.uid), text, tone)


def _offered(choices: records.Choices) -> Sequence[Destination]:
    """Return what the rules propose and what may be chosen of it, in their order."""
    raw = choices.decision.proposals if choices.decision is not None else []
    found = (choices.proposed(one["index"]) for one in raw)
    return [one for one in found if one is not None]
