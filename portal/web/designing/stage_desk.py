"""What the page of a course shows: its picture, its stages with their steps, what is wrong, and the chosen part."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from urllib.parse import quote, urlencode

from portal.core import pointer as pointers
from portal.core.designing.courses import STAGES, STEPS, in_order, periods_begun
from portal.core.designing.diagram import Box, Diagram, Line, diagram, fitted
from portal.core.editors import words
from portal.core.editors.places import shape_at
from portal.core.editors.plain import REMEDIES, plain
from portal.core.errors import NotFound, fill, msg
from portal.core.lifecycle.canonical import CANONICAL
from portal.core.lifecycle.model import ANY_STAGE
from portal.core.lifecycle.reaching import (
    Entries,
    dead_ends,
    entries,
    leaves,
    main_stages,
    nowhere,
    proposed_routes,
    unreachable,
)
from portal.core.packs.origins import is_within
from portal.core.rules.proposals import REFERENCES, said_action
from portal.core.rules.sentences import Sentence
from portal.core.taxonomy import source_text
from portal.services.drafts.findings import problem_from
from portal.web.designing.conditions import (
    Input,
    Worded,
    facts_of_matter,
    fields_of_form,
    inputs_of,
    worded,
)
from portal.web.editing.screen import Mark, Screen, address
from portal.web.language import translate

STAGE, STEP = "stage", "step"
Choice = tuple[str, str]
_UNREACHABLE = msg("No step leads here: matters never come to this stage.")
_DEAD_END = msg("From here no step leads to an end: matters stay here for ever.")
_NOWHERE = msg("Rules propose to hand over here, but handing over leads nowhere: %(routes)s.")
_UNMARKED = msg("without a route")


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong: in words, whether it must be mended, and the stage or step at which it is told."""

    text: str
    must: bool = True
    what: str = ""
    name: str = ""
    remedy: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """A stage in the list: who acts in it, by which steps, which periods begin."""

    id: str
    title: str
    canonical: str
    url: str
    mark: Mark | None
    roles: tuple[str, ...] = ()
    steps: tuple[Choice, ...] = ()  # the address and the title of each step that leaves it
    periods: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    hidden: bool = False
    findings: tuple[Finding, ...] = ()


@dataclass
class StageDesk:
    """One course of stages of a draft, as a person works on it."""

    screen: Screen
    name: str
    what: str = ""
    chosen: str = ""

    @classmethod
    def of(cls, key: str, name: str, what: str = "", chosen: str = "") -> StageDesk:
        """Return the course of a draft with what is chosen in it; NotFound where the person sees none."""
        screen = Screen.of(key, pointers.join(["lifecycles", name]))
        if not isinstance(screen.value, Mapping):
            raise NotFound("editor.gone", msg("This is not there any more: somebody removed it"))
        desk = cls(screen, name, what, chosen)
        if not desk.thing:
            first = next(iter(in_order(desk.stages)), "")
            desk.what, desk.chosen = STAGE, first
        return desk

    @property
    def key(self) -> str:
        """Return the identifier of the draft."""
        return self.screen.row.uid

    @property
    def url(self) -> str:
        """Return the address of the page."""
        return f"/studio/{self.key}/designer/stages/{quote(self.name)}"

    def at(self, what: str, name: str) -> str:
        """Return the address of the page with a stage or a step chosen."""
        return f"{self.url}?{urlencode({what: name})}"

    @property
    def here(self) -> str:
        """Return the address of the page with what is chosen now."""
        return self.at(self.what, self.chosen)

    @property
    def definition(self) -> Mapping[str, Any]:
        """Return the course as the draft says it."""
        found: Mapping[str, Any] = self.screen.value
        return found

    @property
    def stages(self) -> Entries:
        """Return the stages."""
        return entries(self.definition.get(STAGES))

    @property
    def steps(self) -> Entries:
        """Return the steps."""
        return entries(self.definition.get(STEPS))

    @property
    def thing(self) -> Mapping[str, Any]:
        """Return the stage or step that is chosen; nothing where there is none."""
        return (self.steps if self.what == STEP else self.stages).get(self.chosen, {})

    @property
    def pointer(self) -> str:
        """Return the place of what is chosen."""
        return self.place(self.what, self.chosen)

    def place(self, what: str, name: str) -> str:
        """Return the place of a stage or a step."""
        return pointers.join([STEPS if what == STEP else STAGES, name], self.screen.pointer)

    def page_of(self, *below: str) -> str:
        """Return the address of the general editor of what is chosen, or of a part of it."""
        return address(self.key, pointers.join(below, self.pointer))

    @property
    def is_above(self) -> bool:
        """Tell whether a configuration above has what is chosen."""
        return pointers.get(self.screen.draft.above, self.pointer, None) is not None

    # -- words -----------------------------------------------------------------------------------

    def title(self, what: str, name: str) -> str:
        """Return what a stage or a step is called."""
        thing = (self.steps if what == STEP else self.stages).get(name, {})
        return self.screen.texts(thing.get("title"), name)

    def source(self, member: str) -> str:
        """Return a text of what is chosen as it is written, to be changed."""
        text = self.thing.get(member)
        return source_text(text) if text else ""

    def named(self, ref: str, code: str) -> str:
        """Return what something of the draft is called."""
        return self.screen.choices.label(ref, code) or code

    def choices(self, ref: str) -> list[Choice]:
        """Return what can be chosen of a sort of things."""
        return [(one.code, one.label) for one in self.screen.choices.of(ref)]

    def options(self, member: str) -> list[Choice]:
        """Return the values that a member of what is chosen can have, in words."""
        shape = shape_at(self.pointer)
        found = shape.member(member) if shape is not None else None
        options = found.options if found is not None else ()
        return (
            [(str(one), translate(words.option_label(found.path, one))) for one in options] if found else []
        )

    @property
    def canonical(self) -> list[Choice]:
        """Return the common stages by which counties are compared."""
        return [(key, translate(title)) for key, title in CANONICAL.items()]

    def lanes(self) -> list[str]:
        """Return the stages that run beside the main line."""
        return [key for key in in_order(self.stages) if key not in main_stages(self.stages)]

    def main(self) -> list[Choice]:
        """Return the main stages in order."""
        return [
            (key, self.title(STAGE, key)) for key in in_order(self.stages) if key in main_stages(self.stages)
        ]

    # -- the picture and the list ------------------------------------------------------------------

    @cached_property
    def picture(self) -> Diagram:
        """The course as a picture."""
        return diagram(self.stages, self.steps)

    def box_words(self, box: Box) -> tuple[str, str]:
        """Return the words in a stage of the picture: its name, and the common stage."""
        title, room = self.title(STAGE, box.id), box.width - 14
        common = translate(CANONICAL.get(self.stages[box.id].get("canonical", ""), ""))
        return fitted(title, room), fitted(translate(msg("Common: %(stage)s")) % {"stage": common}, room)

    def line_words(self, line: Line) -> tuple[str, str]:
        """Return the words over a line of the picture, and those that are spoken for it."""
        titles = [self.title(STEP, one) for one in line.steps]
        more = f" +{len(titles) - 1}" if len(titles) > 1 else ""
        spoken = translate(msg("Step %(step)s, from %(source)s to %(target)s")) % {
            "step": translate(msg(", ")).join(titles),
            "source": self.title(STAGE, line.source),
            "target": self.title(STAGE, line.target),
        }
        return fitted(titles[0], line.room - len(more) * 7) + more, spoken

    def is_ours(self, what: str, name: str) -> bool:
        """Tell whether a stage or step was changed by us."""
        mark = self.screen.mark(self.place(what, name))
        return mark is not None and mark.level in ("own", "partly")

    @property
    def rows(self) -> list[Row]:
        """Return the stages in order, for the list."""
        return [self._row(key) for key in in_order(self.stages)]

    def _row(self, key: str) -> Row:
        stage = self.stages[key]
        steps = [one for one in in_order(self.steps) if self._acts_in(one, key)]
        roles = dict.fromkeys(role for one in steps for role in self.steps[one].get("roles", ()))
        notes = [
            ("initial", msg("Matters start here")),
            ("final", msg("Matters end here")),
            ("parallel", _BESIDE),
        ]
        return Row(
            key,
            self.title(STAGE, key),
            translate(CANONICAL.get(stage.get("canonical", ""), "")),
            self.at(STAGE, key),
            self.screen.mark(self.place(STAGE, key)),
            tuple(self.named("roles", role) for role in roles),
            tuple((self.at(STEP, one), self.title(STEP, one)) for one in steps),
            tuple(self._periods(stage=key)),
            tuple(translate(text) for name, text in notes if stage.get(name)),
            stage.get("hidden") is True,
            tuple(self.found(STAGE, key)),
        )

    def _acts_in(self, step: str, stage: str) -> bool:
        said = self.steps[step]
        if said.get("hidden"):
            return False
        if said.get("lane") == stage:
            return True
        return stage in (said.get("from") or ())

    @property
    def everywhere(self) -> list[Choice]:
        """Return the steps that are taken from every main stage: their addresses and titles."""
        return [
            (self.at(STEP, one), self.title(STEP, one))
            for one in in_order(self.steps)
            if ANY_STAGE in (self.steps[one].get("from") or ()) and not self.steps[one].get("hidden")
        ]

    @property
    def out_of_use(self) -> list[Choice]:
        """Return the steps that are out of use: their addresses and titles."""
        hidden = [one for one in in_order(self.steps) if self.steps[one].get("hidden")]
        return [(self.at(STEP, one), self.title(STEP, one)) for one in hidden]

    def _periods(self, stage: str = "", step: str = "") -> list[str]:
        found = periods_begun(self.screen.draft.document, self.definition, stage, step)
        return [self.named("deadlines", one) for one in found]

    # -- what is chosen ----------------------------------------------------------------------------

    @property
    def periods(self) -> list[str]:
        """Return the periods that begin with what is chosen."""
        return self._periods(step=self.chosen) if self.what == STEP else self._periods(stage=self.chosen)

    @property
    def effects(self) -> list[str]:
        """Return what the chosen step does besides, in words."""
        then = self.thing.get("then")
        found = [one for one in (then if isinstance(then, list) else ()) if isinstance(one, Mapping)]
        return [self._effect(one) for one in found]

    def _effect(self, action: Mapping[str, Any]) -> str:
        text = said_action(action, lambda kind, code: self.named(REFERENCES.get(kind, kind), code), translate)
        told = {key: str(action[key]) for key in REFERENCES if isinstance(action.get(key), str)}
        names = [self.named(REFERENCES[key], one) for key, one in told.items()]
        if not names or names[0] in text:
            return text
        return f"{text}{translate(msg(': '))}{translate(msg(', ')).join(names)}"

    @property
    def is_led(self) -> bool:
        """Tell whether the chosen stage has a step that a sent referral performs."""
        return any(
            step.get("on") == "referral.sent" and leaves(self.chosen, step) for step in self.steps.values()
        )

    @property
    def leaving(self) -> list[Choice]:
        """Return the steps that leave the chosen stage."""
        return [
            (one, self.title(STEP, one))
            for one in in_order(self.steps)
            if leaves(self.chosen, self.steps[one])
        ]

    def inputs(self, form: str) -> dict[str, Input]:
        """Return what the guard of a step can look at."""
        entity = str(self.definition.get("entity", ""))
        found = inputs_of(fields_of_form(self.screen, entity), "/data")
        if form:
            found |= inputs_of(fields_of_form(self.screen, form), "/form", self.named("forms", form))
        state = {"open": translate(msg("It runs")), "closed": translate(msg("It does not run"))}
        for lane in self.lanes():
            found[f"/lanes/{lane}"] = {"title": self.title(STAGE, lane), "type": "string", "options": state}
        found |= facts_of_matter()
        found["/stage"]["options"] = dict(self.main())
        routes = dict(self.choices("routes"))
        return {**found, "/referral/route": {**found["/referral/route"], "options": routes}}

    def worded(self, when: Any) -> Worded:
        """Return the words for the guard of the chosen step."""
        return worded(self.screen, self.inputs(str(self.thing.get("form", ""))), when, self.page_of())

    def guard_said(self) -> str:
        """Return the guard of the chosen step in words."""
        when = self.thing.get("when")
        return Sentence.of(when).said(self.worded(when).spoken) if when is not None else ""

    # -- what was found ----------------------------------------------------------------------------

    @cached_property
    def findings(self) -> list[Finding]:
        """The faults of the course: by itself at once, and by the last check of the draft."""
        return list(dict.fromkeys([*self._analysed(), *self._checked()]))

    def found(self, what: str, name: str) -> list[Finding]:
        """Return what was found at a stage or a step."""
        return [one for one in self.findings if one.what == what and one.name == name]

    def _analysed(self) -> Iterator[Finding]:
        stages, steps = self.stages, self.steps
        initial = sum(bool(stages[key].get("initial")) for key in main_stages(stages))
        if initial != 1:
            yield Finding(translate(msg("Matters have to start in exactly one stage.")))
        if not any(stages[key].get("final") for key in main_stages(stages)):
            yield Finding(translate(msg("There is no stage in which matters end.")))
        for key in unreachable(stages, steps):
            yield Finding(translate(_UNREACHABLE), True, STAGE, key)
        for key in dead_ends(stages, steps):
            yield Finding(translate(_DEAD_END), True, STAGE, key)
        routes = proposed_routes(self.screen.draft.document, self.definition.get("entity"))
        for key, left in nowhere(stages, steps, routes).items():
            names = [self.named("routes", one) if one else translate(_UNMARKED) for one in left]
            text = fill(translate(_NOWHERE), {"routes": translate(msg(", ")).join(names)})
            yield Finding(text, False, STAGE, key)
        for key, step in steps.items():
            if not step.get("hidden") and not step.get("roles"):
                yield Finding(translate(msg("Nobody may take this step: choose a role.")), True, STEP, key)

    def _checked(self) -> Iterator[Finding]:
        found = self.screen.row.found or {}
        for must, name in ((True, "errors"), (False, "advice")):
            for kept in found.get(name, ()):
                problem = plain(problem_from(kept))
                if problem.code in _SAID_ABOVE or not is_within(problem.pointer, self.screen.pointer):
                    continue
                parts = pointers.split(problem.pointer)[2:4]
                what = {STAGES: STAGE, STEPS: STEP}.get(parts[0], "") if len(parts) == 2 else ""
                yield Finding(
                    problem.text(translate),
                    must,
                    what,
                    parts[1] if what else "",
                    problem.remedy_text(translate),
                )


_BESIDE = msg("Runs beside the main line")
# What the course says of itself at once, in words of its own.
_SAID_ABOVE = frozenset(one for one in REMEDIES if one.startswith("lifecycle.")) - {
    "lifecycle.parallel",
    "lifecycle.lane",
}
