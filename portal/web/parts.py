"""Small parts that lists show on every line, as functions: a macro of Jinja costs ten times as much.

Templates reach them through ``macros/ui.html`` like the other parts.
"""

from __future__ import annotations

from datetime import date, datetime
from functools import lru_cache

from flask import Flask, current_app
from markupsafe import Markup

from portal.core.errors import msg
from portal.web import access
from portal.web.days import day_of_week, long_moment, short_day, short_moment
from portal.web.forms.picker import picker_words
from portal.web.language import colon, comma, current, joined, spoken, translate
from portal.web.shell import due, today, tone_of

NONE = Markup('<span class="none">—</span>')
_CHIP = Markup('<span class="chip chip-{}">{}{}</span>')
_STAGE = Markup('<span class="chip chip-{} chip-stage">{}</span>')
_TIME = Markup('<time class="due due-{}" datetime="{}" title="{}">{}{}</time>')


def icon(name: str, label: str = "") -> Markup:
    """Return an icon of the sprite."""
    html: Markup = current_app.jinja_env.globals["icon"](name, label)  # type: ignore[operator]
    return html


def chip(text: str, tone: str = "neutral", icon_name: str = "") -> Markup:
    """Return a word or two on a tinted ground."""
    return _CHIP.format(tone, icon(icon_name) if icon_name else "", text)


@lru_cache(maxsize=2_000)
def stage(text: str, canonical: str | None = "") -> Markup:
    """Return the title of a stage in the tone of what it stands for."""
    return _STAGE.format(tone_of(canonical), text)


_DUE_EXPECTED = Markup('<span class="due-expected">{}{}</span>')


def due_mark(day: date | datetime | None, closed: bool = False) -> Markup:
    """Return a due date in words, with its urgency."""
    if day is None:
        return NONE
    mark = _due_mark(day, closed, today(), current(), icon("alert-circle"), icon("clock"))
    expected = Markup("") if closed else provisional_mark(day)
    return _DUE_EXPECTED.format(mark, expected) if expected else mark


def provisional_mark(day: date | datetime | None) -> Markup:
    """Return a chip where the days off of the year of a coming day are not published yet, else nothing."""
    if day is None or _is_past(day) or access.calendar().covers(day.year):
        return Markup("")
    return Markup(" ") + chip(translate(msg("provisional")), "warning")


def _is_past(day: date | datetime) -> bool:
    return (day.date() if isinstance(day, datetime) else day) < today()


@lru_cache(maxsize=4_000)
def _due_mark(
    day: date | datetime, closed: bool, _today: date, _lang: str, alarm: Markup, clock: Markup
) -> Markup:
    """Return a due date as it reads on a day in a language."""
    words = due(day, closed)
    if words is None:
        return NONE
    sign = {"danger": alarm, "warning": clock}.get(words.tone, "")
    on = words.day.isoformat()
    return _TIME.format(words.tone, on, on, sign, words.text)


def init_parts(app: Flask) -> None:
    """Offer the parts to the templates."""
    app.jinja_env.filters.update(
        short_day=spoken(lambda day: short_day(day, today())),
        long_moment=spoken(long_moment),
        short_moment=spoken(lambda moment: short_moment(moment, today())),
        joined=spoken(joined),
        day_of_week=spoken(lambda day: day_of_week(day, today())),
    )
    app.jinja_env.globals["comma"] = comma
    app.jinja_env.globals["colon"] = colon
    app.jinja_env.globals["picker_words"] = lambda: picker_words(translate)
    app.jinja_env.globals.update(
        chip_part=chip, stage_part=stage, due_part=due_mark, provisional_part=provisional_mark
    )


def init_macros(app: Flask) -> None:
    """Offer the macros of ``macros/ui.html`` to all templates as ``ui``, once everything they use is there.

    A page is put together from a dozen templates, and each import of its own takes as long as a small panel.
    """
    app.jinja_env.globals["ui"] = app.jinja_env.get_template("macros/ui.html").module
