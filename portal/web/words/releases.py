"""What moving a record to a newer release changes, in words: for its page and for the API alike.

Fields that a person may not even see are not named; what is wrong with one whose value is masked for them is not told.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from portal.core import pointer as pointers
from portal.core.disclosure import Level, Plan
from portal.core.errors import fill, msg
from portal.services.records import Preview, RecordView
from portal.services.releases import Activation
from portal.web.language import translate
from portal.web.shell import format_day
from portal.web.words.here import Here
from portal.web.words.screen import Screen, screen_of


@dataclass(frozen=True, slots=True)
class FieldLine:
    """One field: its place and name in the newer form (in the older one, where that alone has it), and a remark."""

    pointer: str
    label: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class PeriodLine:
    """One running period with its last day before and after."""

    id: str
    title: str
    before: Any
    after: Any


def told_apart(newer: Activation, held: str) -> str:
    """Return the version of a newer release, with its day where the release held has the same version."""
    return newer.version if newer.version != held else f"{newer.version} · {format_day(newer.effective_at)}"


class ReleaseWords:
    """A preview as one person reads it."""

    def __init__(self, now: Here, screen: Screen, view: RecordView, preview: Preview) -> None:
        record = self._record = view.record
        self.preview = preview
        self.old = screen
        self.new = screen_of(preview.new, record.etype, now.lang)
        self._before = view.plan
        self._after = _plan(now, preview, view)

    @property
    def moved(self) -> list[FieldLine]:
        """Return the fields that lie elsewhere, each once however many rows it has."""
        pairs = dict.fromkeys(
            (pointers.pattern_of(old), pointers.pattern_of(new)) for old, new in self.preview.moved
        )
        return [
            FieldLine(now, self._label(self.new, now), self._formerly(before, now))
            for before, now in pairs
            if self._named(self._before, before) and self._named(self._after, now)
        ]

    @property
    def gone(self) -> list[FieldLine]:
        """Return the fields that the newer form does not have."""
        return self._lines(self.old, self._before, self.preview.gone)

    @property
    def back(self) -> list[FieldLine]:
        """Return the fields of an earlier release that the newer form has again."""
        return self._lines(self.new, self._after, self.preview.back)

    @property
    def required(self) -> list[FieldLine]:
        """Return the fields that the newer form asks for and that are empty."""
        return self._lines(self.new, self._after, self.preview.required)

    @property
    def invalid(self) -> list[FieldLine]:
        """Return the faults that the newer form finds, with the reason where the person may read the value."""
        lines = []
        for problem in self.preview.invalid:
            where = problem.pointer
            if self._named(self._after, where):
                told = self._after.level(where) >= Level.READ
                note = problem.text(translate) if told else translate(msg("Does not fit the newer form"))
                lines.append(FieldLine(where, self._label(self.new, where), note))
        return lines

    @property
    def stage(self) -> str:
        """Return the title of the stage that stays; empty where one has to be chosen, or there is none."""
        same = self.preview.stage.same
        return self.new.stages.get(same, same) if same else ""

    @property
    def stage_gone(self) -> str:
        """Return the title of the stage the record is in that the newer release does not have; else empty."""
        held = self._record.stage
        return self.old.stages.get(held, held) if held and not self.preview.stage.same else ""

    @property
    def stages(self) -> list[tuple[str, str]]:
        """Return the stages to choose from, each with its title."""
        return [(one, self.new.stages.get(one, one)) for one in self.preview.stage.choices]

    @property
    def lanes(self) -> list[str]:
        """Return the titles of open lanes that the newer release does not have."""
        cycle = self.old.lifecycle
        titles = {lane.id: self.old.texts(lane.title) for lane in cycle.lanes()} if cycle else {}
        return [titles.get(lane, lane) for lane in self.preview.stage.lanes_closed]

    @property
    def periods(self) -> list[PeriodLine]:
        """Return the running periods whose last day changes."""
        known = self.preview.new.deadlines
        return [
            PeriodLine(one.deadline, self.new.texts(known[one.deadline].get("title")), one.before, one.after)
            for one in self.preview.periods
        ]

    @property
    def newly(self) -> list[tuple[str, str]]:
        """Return the rules that would fire now, each with its title."""
        return self._rules(self.new, self.preview.rules.newly)

    @property
    def no_longer(self) -> list[tuple[str, str]]:
        """Return the rules that would not fire any more."""
        return self._rules(self.old, self.preview.rules.no_longer)

    @property
    def quiet(self) -> bool:
        """Return whether nothing changes that anybody would notice."""
        fields = (self.moved, self.gone, self.back, self.required, self.invalid)
        return not any((*fields, self.stages, self.lanes, self.periods, self.newly, self.no_longer))

    def _lines(self, screen: Screen, plan: Plan, fields: Iterable[str]) -> list[FieldLine]:
        return [FieldLine(where, self._label(screen, where)) for where in fields if self._named(plan, where)]

    def _label(self, screen: Screen, where: str) -> str:
        info = screen.infos.get(pointers.pattern_of(where))
        return info.label if info else screen.form.label(where)

    def _formerly(self, before: str, now: str) -> str:
        """Return how the older form called a field, where the newer one calls it otherwise."""
        was = self._label(self.old, before)
        if was == self._label(self.new, now):
            return ""
        return fill(translate(msg("until now “%(name)s”")), {"name": was})

    def _named(self, plan: Plan, where: str) -> bool:
        return plan.level(where) is not Level.HIDDEN

    def _rules(self, screen: Screen, rules: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
        sets = screen.bundle.raw.get("rules", {})
        return [
            (rule, screen.texts(sets.get(name, {}).get("rules", {}).get(rule, {}).get("title")) or rule)
            for name, rule in rules
        ]


def _plan(now: Here, preview: Preview, view: RecordView) -> Plan:
    record = view.record
    rights = now.access.rights(record.etype, record.unit_path, record.handler_path)
    return preview.new.plan(record.etype, rights)
