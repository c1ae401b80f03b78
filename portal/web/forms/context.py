"""What a page around a form supplies: language, look-ups, labels of codes."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, field
from typing import Any

from markupsafe import Markup

from portal.core.conditions import Env
from portal.core.errors import Translator
from portal.web.forms.picker import Offers


def _no_label(kind: str, code: str) -> str | None:
    return None


def _no_offers(pattern: str, text: str) -> Offers | None:
    return None


def _no_mark(pointer: str) -> Markup:
    return Markup("")


def _as_in_data(day: dt.date, with_year: bool) -> str:
    return day.isoformat()


def _as_it_is(text: str | None) -> str | None:
    return text


@dataclass(frozen=True, slots=True)
class FormContext:
    """The surroundings of a form.

    ``lookups`` maps ``unit``, ``place``, ``department`` and ``taxonomy:<id>``, or the pattern of one field, to the
    address that answers ``?q=…``, ``?parent=…`` and ``?named=…`` with a JSON list of choices: ``code``, ``label``,
    ``path`` (what stands above), ``shown`` (the whole path), ``leaf``, ``note``. ``label`` gives the text of a code
    with the names above it, ``offers`` the choices that may be meant by what is no code, for the field at a pattern.
    ``carry`` is for pages without stored data behind them (the command line): values that no control shows travel in
    the page. ``written`` makes a text of what a person wrote: pages in another language mark it as Chinese.
    ``day`` tells a day as people write it, with its year or without.
    ``mark`` says beside a label what is to be known of the value at a pointer, such as whose it is.
    ``kept_for`` names everything here that an empty form's HTML follows from: the language, the day and the release.
    Empty forms are kept under it, never data; without it nothing is kept.
    """

    translate: Translator = str
    day: Callable[[dt.date, bool], str] = _as_in_data
    written: Callable[[str | None], Any] = _as_it_is
    lookups: Mapping[str, str] = field(default_factory=dict)
    label: Callable[[str, str], str | None] = _no_label
    offers: Callable[[str, str], Offers | None] = _no_offers
    mark: Callable[[str], Markup] = _no_mark
    names_codes: bool = False  # a code that is shown, not entered, stands as its name
    upload_url: str = ""
    env: Env | None = None
    carry: bool = False
    kept_for: Hashable = None

    def address(self, pattern: str, lookup: str) -> str:
        """Return where the choices of the field at a pattern are asked for; empty where nowhere."""
        return self.lookups.get(pattern) or self.lookups.get(lookup) or ""


PLAIN = FormContext()
