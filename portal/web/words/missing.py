"""Obstacles of a step, each in a sentence, with the place where it can be put right."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from portal.core.access import EDIT
from portal.core.acts import CHANGE
from portal.core.conditions import Trace
from portal.core.conditions.operators import OPERATORS
from portal.core.conditions.trace import CONCEALED, FILE_LACKS, OTHER_PERSON
from portal.core.disclosure import Level
from portal.core.errors import fill, msg
from portal.core.forms.view import dom_id
from portal.core.lifecycle import Offer, Transition
from portal.services.records.papers.issuing import types_of
from portal.web.language import translate
from portal.web.words.cells import in_words
from portal.web.words.screen import Field, Screen

DATA, FORM, LANES, STAGE, REFERRAL = "/data", "/form", "/lanes/", "/stage", "/referral"
CORRECTING = "/correcting"
# What is said of a value that should be another one, and of one that keeps the step off by what it is.
_SHOULD = msg("Needed: “%(field)s” %(phrase)s “%(expected)s”. Now it is “%(actual)s”")
_SHOULD_NONE = msg("Needed: “%(field)s” %(phrase)s “%(expected)s”. Nothing is given yet")
_EMPTY = msg("“%(field)s” is not filled in yet")
_FILLED = msg("“%(field)s” is filled in; this step is for matters in which it is not")
_IS = msg("“%(field)s” is “%(actual)s”; then this step is not taken")
_CONCEALED = msg("It depends on something that is not shown to you")
_LACKS = msg("The e-file lacks: %(documents)s")
_OTHER = msg("You had a hand in what this is about: another person decides")


@dataclass(frozen=True, slots=True)
class Missing:
    """One thing that is missing: the sentence, where it is put right, and who can (``by``) where the person can't."""

    text: str
    url: str = ""
    label: str = ""
    by: str = ""


class Missings:
    """Puts into words what the steps of one record wait for.

    Without a ``case`` (the API) nothing leads anywhere. ``form`` are labels of the form that a step asks for.
    """

    def __init__(self, screen: Screen, case: Any = None, form: Mapping[str, Field] | None = None) -> None:
        self.screen, self.case, self.form = screen, case, form or {}

    def of(self, blocked: Iterable[Trace], step: Transition | None = None) -> list[Missing]:
        """Return what blocks a step: the sentence that its pack has for it, else each thing once."""
        blocked = tuple(blocked)
        found = list(dict.fromkeys(self._one(trace, step) for trace in blocked))
        barred = any(one.note in (OTHER_PERSON, FILE_LACKS) for one in blocked)
        if not found or step is None or step.missing is None or barred:
            return found
        first = next((one for one in found if one.url), found[0])
        url, label = first.url, first.label
        if not url and not first.by and self.case is not None and self.case.can(CHANGE):
            url, label = self.case.url("edit"), translate(msg("Fill it in"))
        return [Missing(self.screen.texts(step.missing), url, label, first.by)]

    def _one(self, trace: Trace, step: Transition | None = None) -> Missing:
        if trace.note == CONCEALED:
            return Missing(translate(_CONCEALED))
        if trace.note == OTHER_PERSON:
            return Missing(translate(_OTHER), by=self._taken_by(step.roles) if step is not None else "")
        if trace.note == FILE_LACKS:
            return self._file(trace)
        for prefix, told in self._tellers():
            if trace.field.startswith(prefix):
                return told(trace)
        return Missing(self._compared(trace, Field(trace.field, translate(msg("This matter")), "text")))

    def _tellers(self) -> Iterator[tuple[str, Callable[[Trace], Missing]]]:
        yield LANES, self._lane
        yield STAGE, self._stage
        yield REFERRAL, self._referral
        yield CORRECTING, self._correcting
        yield FORM, self._answer
        yield DATA, self._data

    def _lane(self, trace: Trace) -> Missing:
        lane = trace.field.removeprefix(LANES)
        names = {one.id: self.screen.texts(one.title) for one in self._stages()}
        open_now = trace.actual == "open"
        text = msg("“%(lane)s” is not over yet") if open_now else msg("“%(lane)s” was not begun")
        return self._led(
            fill(translate(text), {"lane": names.get(lane, lane)}),
            lambda one: one.lane == lane and (one.lane_state == "closed") is open_now,
        )

    def _stage(self, trace: Trace) -> Missing:
        wanted = trace.expected if isinstance(trace.expected, list | tuple) else [trace.expected]
        here = self.screen.stages.get(str(trace.actual), "")
        names = translate(msg(", ")).join(self.screen.stages.get(str(one), str(one)) for one in wanted)
        # Under a "none" it is the present stage itself that is wrong.
        text = msg("The matter is in “%(here)s”; this step is taken in “%(wanted)s”")
        if trace.holds or OPERATORS[trace.op].complement in ("eq", "in"):
            text = msg("The matter is in “%(here)s”, in which this step is not taken")
        said = fill(translate(text), {"here": here, "wanted": names})
        return self._led(said, lambda one: one.to in wanted and one.to != trace.actual)

    def _referral(self, trace: Trace) -> Missing:
        text = translate(msg("The matter was not referred to a unit yet"))
        if self.case is None or not self.case.may_dispose:
            return Missing(text)
        return Missing(text, self.case.url("dispose"), translate(msg("Refer it")))

    def _correcting(self, _trace: Trace) -> Missing:
        text = translate(msg("A correction waits for a second person"))
        if self.case is None:
            return Missing(text)
        return Missing(text, f"{self.case.url('show')}#correction", translate(msg("See the correction")))

    def _file(self, trace: Trace) -> Missing:
        known = types_of(self.screen.bundle)
        names = [self.screen.texts(known[code].title) for code in trace.actual if code in known]
        text = fill(translate(_LACKS), {"documents": translate(msg(", ")).join(names)})
        if self.case is None:
            return Missing(text)
        return Missing(text, self.case.url("efile"), translate(msg("Open the e-file")))

    def _answer(self, trace: Trace) -> Missing:
        where = trace.field.removeprefix(FORM)
        field = self.form.get(where) or Field(where, self._label(where), "text")
        url = f"#{dom_id(where)}" if where in self.form and self.case is not None else ""
        return Missing(self._compared(trace, field), url, translate(msg("Go to the field")) if url else "")

    def _data(self, trace: Trace) -> Missing:
        where = trace.field.removeprefix(DATA)
        field = self.screen.fields.get(where) or Field(where, self._label(where), "text")
        text = self._compared(trace, field)
        url, label = self._edited(where)
        if self._is_copied(where):
            led = self._led(text, lambda one: where in one.copy.values())
            return led if led.url or not url else Missing(text, url, label)
        return Missing(text, url, label, "" if url else self._filled_in_by(where))

    def _edited(self, where: str) -> tuple[str, str]:
        """Return the way to a field on the page on which facts are changed; empty where the person may not."""
        case = self.case
        if case is None or not case.can(CHANGE) or case.view.plan.level(where) < Level.WRITE:
            return "", ""
        if where not in self.screen.fields or self.screen.form.ui.of(where).readonly:
            return "", ""
        return f"{case.url('edit')}#{dom_id(where)}", translate(msg("Fill it in"))

    def _compared(self, trace: Trace, field: Field) -> str:
        operator = OPERATORS[trace.op]
        expected, actual = self._words(field, trace.expected), self._words(field, trace.actual)
        said = {"field": field.label, "expected": expected, "actual": actual}
        # Only a condition under a "none" holds and yet stands in the way.
        if trace.holds:
            if operator.presence_only:
                return fill(translate(_EMPTY if trace.op == "missing" else _FILLED), said)
            return fill(translate(_IS), said)
        if operator.presence_only:
            return fill(translate(_FILLED if trace.op == "missing" else _EMPTY), said)
        said["phrase"] = translate(operator.phrase)
        return fill(translate(_SHOULD if actual else _SHOULD_NONE), said)

    def _words(self, field: Field, value: Any) -> str:
        if isinstance(value, bool):
            return translate(msg("yes")) if value else translate(msg("no"))
        if isinstance(value, list | tuple):
            return translate(msg(", ")).join(self._words(field, one) for one in value)
        return in_words(self.screen, field, value) or ("" if value in (None, "") else str(value))

    def _label(self, where: str) -> str:
        return self.screen.form.label(where)

    def _stages(self) -> Iterable[Any]:
        return self.screen.lifecycle.stages if self.screen.lifecycle else ()

    def _step(self, fits: Callable[[Transition], bool]) -> Offer | None:
        """Return the step that puts it right and that the person may take; one that waits itself says for what."""
        offers = [one for one in (self.case.offers if self.case is not None else ()) if fits(one.transition)]
        return next((one for one in offers if one.allowed), offers[0] if offers else None)

    def _is_copied(self, where: str) -> bool:
        steps = self.screen.lifecycle.transitions if self.screen.lifecycle else ()
        return any(where in one.copy.values() for one in steps if not one.hidden)

    def _led(self, text: str, fits: Callable[[Transition], bool]) -> Missing:
        if self.case is None:
            return Missing(text)
        step = self._step(fits)
        if step is None:
            cycle, stage = self.screen.lifecycle, self.case.record.stage
            steps = [one for one in cycle.transitions if fits(one) and not one.hidden] if cycle else []
            here = [one for one in steps if cycle is not None and stage and cycle.leads_from(one, stage)]
            roles = {role for one in here or steps for role in one.roles}
            return Missing(text, by=self._taken_by(roles) if roles else "")
        title = self.screen.texts(step.transition.title)
        return Missing(text, self.case.url("transition", step.transition.id), title)

    def _filled_in_by(self, where: str) -> str:
        """Return who may change a field of the facts; empty for what no page asks for."""
        if self.case is None or where not in self.screen.fields:
            return ""
        known = self.screen.bundle.roles
        roles = {
            one
            for one, role in known.items()
            if EDIT in role.get("grants", {}).get(self.screen.entity.id, ())
        }
        return (
            fill(translate(msg("Filled in by: %(roles)s.")), {"roles": self._named(roles)}) if roles else ""
        )

    def _taken_by(self, roles: Iterable[str]) -> str:
        return fill(translate(msg("Taken by: %(roles)s.")), {"roles": self._named(roles)})

    def _named(self, roles: Iterable[str]) -> str:
        """Return the titles of roles, in the order of the release."""
        known = self.screen.bundle.roles
        shown = sorted(
            (one for one in roles if not known.get(one, {}).get("hidden")),
            key=lambda one: (known.get(one, {}).get("order", 0), one),
        )
        return translate(msg(", ")).join(
            self.screen.texts(known.get(one, {}).get("title"), one) for one in shown
        )


def guard_words(screen: Screen, offer: Offer) -> list[str]:
    """Return what blocks a step, in sentences that lead nowhere."""
    return [one.text for one in Missings(screen).of(offer.blocked, offer.transition)]
