"""How a matter stands, in the words and the language of the page."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from functools import cached_property

from portal.core.errors import msg
from portal.core.lookup import Question, Remedy
from portal.core.text import Texts
from portal.core.zone import LOCAL
from portal.services.lookup import PartyPeriod, Standing
from portal.web.days import day_of_week, short_day
from portal.web.language import current, translate
from portal.web.public.surroundings import Centre


@dataclass(frozen=True, slots=True)
class Line:
    """A step of the course: its word, its day, and whether the matter stands there."""

    title: str
    day: str
    state: str


@dataclass
class Told:
    """A standing in words; all of it follows from the pack and the catalogue of this language."""

    standing: Standing
    centre: Centre | None
    now: dt.datetime

    @cached_property
    def say(self) -> Texts:
        """Return the texts of the release."""
        return self.standing.bundle.texts(current())

    @property
    def today(self) -> dt.date:
        """Return the day of the page."""
        return self.now.astimezone(LOCAL).date()

    @property
    def title(self) -> str:
        """Return how the matter stands, in one line."""
        if self.standing.reserved:
            return self.say(self.standing.words.text("reserved", "title"))
        stage = self.standing.stage
        return self.say(stage.title) if stage is not None else translate(msg("Registered"))

    @property
    def about(self) -> str:
        """Return what the matter is about and when it was registered; of a reserved one the day alone."""
        day = short_day(self.standing.registered_on, self.today)
        kind = self.kind
        if not kind:
            return translate(msg("Registered on %(day)s"), day=day)
        return translate(msg("%(kind)s, registered on %(day)s"), kind=kind, day=day)

    @property
    def kind(self) -> str:
        """Return the name of the dispute type; empty for a reserved matter, and where there is none."""
        code, known = self.standing.dispute_type, self.standing.bundle.taxonomies.get("dispute")
        return known.label(code, self.say) if code and known is not None and code in known else ""

    @property
    def unit(self) -> str:
        """Return who deals with it: a department in the language of the page, any other unit as it is written."""
        return self.say(self.standing.unit)

    @property
    def then(self) -> str:
        """Return what comes next."""
        if self.standing.reserved:
            return self.say(self.standing.words.text("reserved", "text"))
        stage = self.standing.stage
        return self.say(stage.then) if stage is not None else ""

    @property
    def course(self) -> list[Line]:
        """Return the steps: those that were reached with their days, where the matter stands, and those ahead."""
        past = [
            Line(self.say(one.words.step), short_day(one.on, self.today), "done")
            for one in self.standing.past
        ]
        if past:
            last = past[-1]
            state = "here" if self.standing.is_open else "done"
            past[-1] = Line(last.title, last.day, state)
        return past + [Line(self.say(one.words.step), "", "") for one in self.standing.coming]

    @property
    def due(self) -> str:
        """Return the day by which the matter is to be done, in words; empty where there is none."""
        due_on = self.standing.due_on
        if due_on is None:
            return ""
        day, left = day_of_week(due_on, self.today), (due_on - self.today).days
        if left < 0:
            return translate(msg("%(day)s; that day has passed"), day=day)
        if left == 0:
            return translate(msg("%(day)s, today"), day=day)
        text = msg("%(day)s, %(n)s days left") if left > 1 else msg("%(day)s, tomorrow")
        return translate(text, day=day, n=left)

    @property
    def periods(self) -> list[tuple[str, str, bool]]:
        """Return the party's own periods: name, until when, and whether the day is provisional."""
        return [(self._name(one), self._until(one), one.provisional) for one in self.standing.periods]

    def _name(self, one: PartyPeriod) -> str:
        variant = self.say(one.variant) if one.variant is not None else ""
        title = self.say(one.title)
        return translate(msg("%(title)s (%(variant)s)"), title=title, variant=variant) if variant else title

    def _until(self, one: PartyPeriod) -> str:
        day = day_of_week(one.due_on, self.today)
        if one.passed:
            return translate(msg("ended on %(day)s"), day=day)
        return translate(msg("until %(day)s"), day=day)

    @property
    def remedies(self) -> list[Remedy]:
        """Return what the party may do; nothing is listed of a reserved matter."""
        return [] if self.standing.reserved else self.standing.words.remedies(self.standing.canonical)

    @property
    def questions(self) -> list[Question]:
        """Return what is asked after closing; none once they were answered."""
        return self.standing.words.questions() if self.standing.may_answer else []

    @property
    def rights(self) -> str:
        """Return what the slip says at its foot."""
        return self.say(self.standing.words.text("rights"))

    @property
    def leave(self) -> str:
        """Return the address of the button that leaves the page at once."""
        return self.say(self.standing.words.text("leave"))

    @property
    def seen_at(self) -> str:
        """Return the moment of the page."""
        return f"{short_day(self.now, self.today)} {self.now.astimezone(LOCAL):%H:%M}"
