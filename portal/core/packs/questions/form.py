"""The short form of questions: made for the portal's own form engine, and what an answer may be."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from portal.core import pointer as pointers
from portal.core.errors import Problem, msg
from portal.core.forms import FULL, CompiledForm, FieldError, Profile, compile_form, validate
from portal.core.packs.questions.standing import Asked
from portal.core.text import DEFAULT_LANGUAGE, Text, Texts

LEFT, DONE = "left", "done"
_PLAIN = Texts()
# Answers may come one after the other: what is still missing is told by the check.
_LATER = frozenset({"form.required", "required"})
_BLANK = msg("This is what stands there until somebody answers")


def answers_form(
    standing: Sequence[Asked],
    *,
    sections: Mapping[str, str],
    say: Callable[[Text], str] = _PLAIN,
    helps: Mapping[str, str] | None = None,
    lang: str = DEFAULT_LANGUAGE,
    readonly: bool = False,
) -> CompiledForm:
    """Return the form of some questions: what is left first, then what is answered."""
    helps = helps or {}
    properties = {
        one.question.id: {**one.question.kind.schema, "title": say(one.question.title)} for one in standing
    }
    fields = {
        pointers.join([one.question.id]): {
            "section": DONE if one.is_answered else LEFT,
            "order": number,
            **one.question.kind.ui,
            **({"help": text} if (text := helps.get(one.question.id)) else {}),
        }
        for number, one in enumerate(standing)
    }
    wanted = [one.question.id for one in standing if one.question.required]
    definition = {
        "title": "questions",
        "kind": "form",
        "schema": {"type": "object", "properties": properties, "required": wanted},
        "ui": {
            "sections": {
                name: {"title": title, "order": order} for order, (name, title) in enumerate(sections.items())
            },
            "fields": fields,
        },
    }
    shown = frozenset(fields) if readonly else frozenset()
    return compile_form(definition, lang=lang, profile=Profile(readonly=shown) if readonly else FULL)


def wrong(errors: Sequence[FieldError]) -> list[FieldError]:
    """Return what is wrong with answers; one that is still missing is not."""
    return [one for one in errors if one.code not in _LATER]


def problems_of(standing: Sequence[Asked], given: Mapping[str, str]) -> list[Problem]:
    """Return all that is wrong with some answers, each at its question."""
    form = answers_form(standing, sections={LEFT: LEFT, DONE: DONE})
    known = {one.question.id: one.question for one in standing}
    found = []
    for name in given:
        if name not in known:
            text = msg("Nothing of this name is asked here: %(name)s")
            found.append(Problem("question.unknown", text, {"name": name}, pointer=pointers.join([name])))
    data = {name: text for name, text in given.items() if name in known and text}
    for error in wrong(validate(form, data)):
        found.append(Problem(error.code, error.message, error.params, pointer=error.pointer))
    for name, text in data.items():
        if text == known[name].spoken:
            found.append(Problem("question.blank", _BLANK, pointer=pointers.join([name])))
    return found


def answered_meanwhile(
    standing: Sequence[Asked], given: Mapping[str, str], seen: Mapping[str, str]
) -> list[Problem]:
    """Return a problem for each question that has another answer now than a person's page showed."""
    text = msg("This was answered meanwhile; it says now: %(now)s")
    return [
        Problem("draft.conflict", text, {"now": one.text}, pointer=pointers.join([one.question.id]))
        for one in standing
        if one.question.id in given
        and one.text not in (seen.get(one.question.id, ""), given[one.question.id])
    ]


__all__ = ["DONE", "LEFT", "answered_meanwhile", "answers_form", "problems_of", "wrong"]
