"""The page on which a person records an event that the portal cannot see."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from flask import flash, redirect, render_template, request

from portal.core.acts import RECORD_EVENT
from portal.core.errors import Conflict, InvalidInput, NotFound, Problem, msg
from portal.core.values import day_of
from portal.core.ways import WAYS
from portal.services import records
from portal.web.language import as_written, translate
from portal.web.records.forms.posted import REASON, VERSION, draft_key, errors_of, hidden, posted_version
from portal.web.records.pages.page import RecordPage
from portal.web.words.links import action_url

_VARIANT = "variant-"


@dataclass(frozen=True, slots=True)
class Pick:
    """A period of which the person chooses the length, if that event is the one: control, title, choices."""

    name: str
    title: str
    options: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class EventChoice:
    """An event that may be recorded, the papers that show it, and the lengths to choose from."""

    id: str
    title: str
    documents: tuple[str, ...]
    picks: tuple[Pick, ...]
    ends: bool


class RecordEventPage(RecordPage):
    """One request to record an event that the portal cannot see."""

    needs = RECORD_EVENT.needs
    act = RECORD_EVENT

    def show(self) -> Any:
        """Ask which event happened, and when."""
        return self._page()

    def submit(self) -> Any:
        """Record the event that was chosen and lead back to the record, or ask again with nothing lost."""
        if not 0 < posted_version() <= self.record.version:
            return self._page([translate(msg("Please look at the form again, then send it"))]), 409
        event = request.form.get("event", "")
        own = f"{_VARIANT}{event}-"
        variants = {
            name.removeprefix(own): value
            for name, value in request.form.items()
            if name.startswith(own) and value
        }
        try:
            with self.now.writing() as uow:
                records.record_event(
                    uow,
                    self.record.uid,
                    event,
                    _day(request.form.get("day", "")),
                    version=posted_version(),
                    variants=variants,
                    reason=request.form.get(REASON, "").strip(),
                )
                uow.commit()
        except NotFound:
            return self._page([translate(msg("Choose an event of the list"))]), 422
        except InvalidInput as refused:
            return self._page([one.text(translate) for one in errors_of(refused)]), 422
        except Conflict as refused:
            return self._page([refused.text(translate)]), 409
        flash(translate(msg("The event is recorded.")), "success")
        return redirect(self.back, 303)

    def _choice(self, one: records.Recordable) -> EventChoice:
        texts, documents = self.screen.texts, self.screen.bundle.documents
        picks = tuple(
            Pick(
                f"{_VARIANT}{one.event.id}-{code}",
                texts(lines[0].period.title),
                tuple((line.key, texts(line.period.variants[line.key].title) or line.key) for line in lines),
            )
            for code, lines in one.picks.items()
        )
        titles = tuple(texts(documents.get(name, {}).get("title", name)) for name in one.documents)
        return EventChoice(one.event.id, texts(one.event.title), titles, picks, one.ends)

    def _page(self, errors: list[str] | None = None) -> str:
        now, record, today = self.now, self.record, self.now.portal.clock.today()
        events = [self._choice(one) for one in records.events_of(now.portal, now.session, record)]
        groups = (
            (translate(msg("Concerns a period that runs")), [one for one in events if one.ends]),
            (translate(msg("Starts or ends another period")), [one for one in events if not one.ends]),
        )
        return render_template(
            "records/event.html",
            title=translate(msg("Record an event")),
            subtitle=as_written(record.title),
            record=record,
            events=events,
            groups=groups,
            chosen=request.values.get("event", ""),
            day=request.form.get("day", today.isoformat()),
            today=today,
            picked=request.form,
            note=request.form.get(REASON, ""),
            errors=errors or [],
            hidden=hidden(**{VERSION: record.version}),
            url=action_url(self.etype, "event", record.uid),
            draft=draft_key(now),
            back=self.back,
            crumbs=self.crumbs,
        )


def _day(written: str) -> dt.date:
    """Return a day as people write it; InvalidInput where it is none."""
    read = WAYS["date"].read(written)
    try:
        return day_of(read if isinstance(read, str) else "")
    except ValueError:
        message = msg("Enter the day on which it happened")
        raise InvalidInput(
            "event.day", message, problems=[Problem("event.day", message, pointer="/day")]
        ) from None
