"""The short form of questions, as pages show it and read it back; it is drawn by the portal's own form engine."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from flask import request
from markupsafe import Markup

from portal.core.errors import Problem, msg
from portal.core.forms import CompiledForm, FieldError, parse_body
from portal.core.packs.questions import Asked
from portal.core.packs.questions.form import DONE, LEFT, answers_form, wrong
from portal.core.text import Texts
from portal.web import language
from portal.web.days import day_in_words
from portal.web.forms import FormContext, render_body, render_form
from portal.web.language import as_written, translate

SEEN = "_seen"
_LONGEST = 20_000
_LEFT, _DONE = msg("To be answered"), msg("Already answered")
_PARTLY = msg(
    "So it says here already; to be written to places still open: %(count)s. Save it if it is right."
)


@dataclass
class AnswersForm:
    """The questions of a page: with what stands there, or with what a person entered and what is wrong with it."""

    standing: Sequence[Asked]
    texts: Texts
    told: Callable[[str], tuple[str, str]]  # a place in words, and what stands there
    readonly: bool = False
    data: Mapping[str, Any] | None = None
    errors: list[FieldError] = field(default_factory=list)

    @property
    def left(self) -> int:
        """Return how many questions are left."""
        return sum(not one.is_answered for one in self.standing)

    @property
    def must(self) -> int:
        """Return how many of those that are left have to be answered before it is in force."""
        return sum(not one.is_answered and one.question.required for one in self.standing)

    @property
    def apart(self) -> list[tuple[str, str]]:
        """Return the places that were written otherwise than an answer could have made, with their question."""
        return [
            (self.told(path)[0], self.texts(one.question.title))
            for one in self.standing
            for path in one.apart
        ]

    @cached_property
    def form(self) -> CompiledForm:
        """Return the compiled form."""
        return answers_form(
            self.standing,
            sections={LEFT: translate(_LEFT), DONE: translate(_DONE)},
            say=self.texts,
            helps={one.question.id: self._help(one) for one in self.standing},
            lang=language.current(),
            readonly=self.readonly,
        )

    def _help(self, one: Asked) -> str:
        """Return the help of a question, and how many places are left where others say the answer already."""
        said = self.texts(one.question.help)
        if one.is_answered or not one.text:
            return said
        left = translate(_PARTLY) % {"count": len(one.open)}
        return f"{said} {left}" if said else left

    @property
    def places(self) -> list[tuple[str, list[tuple[str, str]]]]:
        """Return the questions with the places of their answers, in words, and what stands at each."""
        return [
            (self.texts(one.question.title), [self.told(place.path) for place in one.question.places])
            for one in self.standing
            if one.question.places
        ]

    @property
    def now(self) -> dict[str, str]:
        """Return the answers of today."""
        return {one.question.id: one.text for one in self.standing if one.text}

    def html(self, url: str, label: str, hidden: Sequence[tuple[str, str]]) -> Markup:
        """Return the form."""
        context = FormContext(translate=translate, day=day_in_words, written=as_written)
        data = dict(self.now if self.data is None else self.data)
        if self.readonly:
            return render_body(self.form, data, context=context, form_id="answers")
        seen = json.dumps(self.now, ensure_ascii=False)
        return render_form(
            self.form,
            data,
            self.errors,
            context=context,
            action_url=url,
            extra_hidden=[*hidden, (SEEN, seen)],
            submit_label=label,
            form_id="answers",
        )

    def read(self) -> dict[str, str]:
        """Return the answers that the request sends, an empty one for each that it leaves out; note what is wrong."""
        pairs = [one for one in request.form.items(multi=True) if one[0] not in (SEEN, "csrf_token")]
        parsed = parse_body(self.form, pairs, {})
        self.data = parsed.data if isinstance(parsed.data, dict) else {}
        self.errors = wrong(parsed.errors)
        return {one.question.id: str(self.data.get(one.question.id, "")) for one in self.standing}

    def refuse(self, problems: Sequence[Problem]) -> bool:
        """Note what a service said against the answers, each at its question; False where it is about others."""
        labels = {f"/{one.question.id}": self.texts(one.question.title) for one in self.standing}
        self.errors = [
            FieldError(one.pointer, one.code, one.message, one.params, labels[one.pointer])
            for one in problems
            if one.pointer in labels
        ]
        return bool(self.errors)


def seen() -> dict[str, str]:
    """Return the answers that the person's page showed; nothing where it says none."""
    try:
        found = json.loads(request.form.get(SEEN, "")[:_LONGEST])
    except ValueError:
        return {}
    return {str(name): str(text) for name, text in found.items()} if isinstance(found, dict) else {}
