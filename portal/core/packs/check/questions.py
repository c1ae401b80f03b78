"""Questions to the centres below: their places are there and free to be filled, their texts can be read back."""

from __future__ import annotations

from collections.abc import Iterator

from portal.core import pointer as pointers
from portal.core.errors import Problem, msg
from portal.core.packs.check.registry import Context, check
from portal.core.packs.merge import ABSENT
from portal.core.packs.origins import is_within
from portal.core.packs.places import said
from portal.core.packs.questions import SECTION, Answers, Asked, Place, Question, asked_text, questions_of
from portal.core.packs.questions.standing import has_room
from portal.core.packs.resolve import locked_paths


@check
def places_of_questions(context: Context) -> Iterator[Problem]:
    """Each place is there, is filled by one question, and is not locked by the pack that asks."""
    asked: dict[str, str] = {}
    questions = questions_of(context.bundle)
    for question in questions:
        for index, place in enumerate(question.places):
            where = pointers.join([SECTION, question.id, "places", index])
            if asked.setdefault(place.path, question.id) != question.id:
                yield context.problem(
                    "question.twice",
                    msg("%(path)s is filled by the question %(other)s already"),
                    where,
                    msg("Leave it to one of them; its text may name the other one"),
                    path=place.path,
                    other=asked[place.path],
                )
            yield from _place(context, question, place, where)
    named = {
        name
        for one in questions
        for place in one.places
        for name in asked_text(place.text, {each.id for each in questions}).names
    }
    for question in questions:
        if not question.places and question.id not in named:
            yield context.problem(
                "question.idle",
                msg("Nothing is filled by the answer to this question"),
                pointers.join([SECTION, question.id]),
                msg("Name a place, or take the question away"),
                severity="warning",
            )


def _place(context: Context, question: Question, place: Place, where: str) -> Iterator[Problem]:
    section = pointers.split(place.path)[0]
    value = pointers.get(context.bundle, place.path, ABSENT)
    fillable = value is ABSENT or (isinstance(value, str | int) and not isinstance(value, bool))
    if section == SECTION or not fillable:
        yield context.problem(
            "question.value",
            msg("An answer can only be a text or a number: %(path)s holds something else"),
            f"{where}/path",
            msg("Name the single value that the answer is to become"),
            path=place.path,
        )
    elif not has_room(context.bundle, place.path):
        if _asks_itself(context, question):
            yield context.problem(
                "question.place",
                msg("There is no %(path)s that an answer could fill"),
                f"{where}/path",
                msg("Correct the path; it leads through maps, not into lists"),
                path=place.path,
            )
    else:
        yield from _locked(context, question, place, where)
        yield from _text(context, question, place, where, value)


def _locked(context: Context, question: Question, place: Place, where: str) -> Iterator[Problem]:
    locks = [path for layer in context.resolved.chain for path in locked_paths(layer)]
    if any(is_within(place.path, lock) for lock in locks) and _asks_itself(context, question):
        yield context.problem(
            "question.locked",
            msg("%(path)s is locked for the configurations below, so nobody there can answer"),
            f"{where}/path",
            msg("Take the place off the locked ones, or out of the question"),
            path=place.path,
        )


def _text(context: Context, question: Question, place: Place, where: str, value: object) -> Iterator[Problem]:
    if not place.text:
        return
    parts = asked_text(place.text, {one.id for one in questions_of(context.bundle)})
    if question.id not in parts.names:
        yield context.problem(
            "question.text",
            msg("The text does not say where the answer goes"),
            f"{where}/text",
            msg("Write {%(id)s} where it goes"),
            id=question.id,
        )
    elif not parts.is_readable:
        yield context.problem(
            "question.joined",
            msg("Two answers stand side by side in this text and can't be told apart"),
            f"{where}/text",
            msg("Write something between them, or ask one question for both"),
        )
    elif _asks_itself(context, question) and (not isinstance(value, str) or parts.read(value) is None):
        yield context.problem(
            "question.differs",
            msg("%(path)s reads otherwise than the text of the question, so an answer does not reach it"),
            f"{where}/text",
            msg("Let both say the same, but for what is asked"),
            severity="warning",
            path=place.path,
        )


@check
def answered(context: Context) -> Iterator[Problem]:
    """What a pack above has to have answered is answered in each pack below."""
    for one in Answers(context.bundle).standing():
        if one.question.required and one.open and not _asks_itself(context, one.question):
            yield _open(context, one)


def _open(context: Context, one: Asked) -> Problem:
    return context.problem(
        "question.open",
        msg("“%(title)s” has to be answered before this is in force"),
        pointers.join([SECTION, one.question.id]),
        msg("Answer it under “Questions from above”"),
        title=said(one.question.title, one.question.id),
    )


def _asks_itself(context: Context, question: Question) -> bool:
    """Tell whether the last pack of the chain is the one that asks; the packs below it answer."""
    *above, last = context.resolved.chain
    asks = [layer for layer in (*above, last) if question.id in (layer.content.get(SECTION) or {})]
    return bool(asks) and asks[0] is last
