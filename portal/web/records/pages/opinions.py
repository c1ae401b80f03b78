"""Answers of parties after their matters were closed, in totals of units."""

from __future__ import annotations

from dataclasses import dataclass

from flask import render_template

from portal.core.errors import msg
from portal.core.lookup import LookupWords, Question
from portal.services import lookup
from portal.services.lookup import Totals
from portal.web.days import month_of_year
from portal.web.language import translate
from portal.web.words.here import Here
from portal.web.words.links import list_url


@dataclass(frozen=True, slots=True)
class Opinion:
    """The answers to one question: its words, in which months, how many answered, and each answer with its number."""

    title: str
    months: str
    number: int
    answers: tuple[tuple[str, int], ...]


def opinions_page(now: Here, etype: str) -> str:
    """Show the totals of the units whose matters the person may list."""
    screen = now.screen(etype)
    units: dict[str, list[Opinion]] = {}
    asked = {one.id: one for one in LookupWords.of(now.bundle.settings).questions()}
    for one in lookup.totals(now.portal, now.access, etype):
        if one.question in asked:
            units.setdefault(one.unit, []).append(_opinion(now, asked[one.question], one))
    return render_template(
        "records/opinions.html",
        title=translate(msg("What parties say")),
        rows=list(units.items()),
        least=lookup.LEAST,
        nav_active=f"record-{etype}",
        crumbs=[(screen.plural, list_url(etype))],
    )


def _opinion(now: Here, question: Question, one: Totals) -> Opinion:
    say = now.bundle.texts(now.lang)
    answers = tuple((say(text), one.numbers.get(key, 0)) for key, text in question.answers.items())
    return Opinion(say(question.title), _months(one.first, one.last), one.number, answers)


def _months(first: int, last: int) -> str:
    words = [month_of_year(one // 100, one % 100) for one in (first, last)]
    if first == last:
        return words[0]
    return translate(msg("%(first)s to %(last)s"), first=words[0], last=words[1])
