"""Pickers in HTML: what their script needs, and what serves without it.

A picker is a text control. Its script makes a combobox of it. Without the script a person types a name, a part of it,
its pinyin or its code; a name that one choice has alone is taken, and otherwise the form comes back with the choices
that may be meant, as radio buttons.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from markupsafe import Markup

from portal.core.errors import Translator, fill, msg

# The controls beside a picker: which of the offered choices is meant, and the text that they answer.
PICK, ASKED = "~pick", "~asked"
WORDS = {
    "empty": msg("Nothing found"),
    "more": msg("Open the level below"),
    "found": msg("%(n)s found"),
    "first": msg("The first %(n)s are shown: type more to find others"),
    "same": msg("%(n)s have the name “%(name)s”: choose the one that is meant"),
    "none": msg("No entry has the name “%(name)s”"),
    "some": msg("Choose one of those found for “%(name)s”, or type another name"),
    "choose": msg("Choose from the list"),
    "chosen": msg("Chosen: %(name)s"),
    "back": msg("Back to the level above"),
    "list": msg("Choices"),
    "away": msg("The list cannot be loaded now. Type the whole name; it is checked when you send the form."),
}


@dataclass(frozen=True, slots=True)
class Offered:
    """One choice that may be meant: its code, its path, and what has to be known of it."""

    code: str
    path: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Offers:
    """The choices that may be meant by a text, and what is said above them."""

    said: str
    choices: Sequence[Offered] = ()


def picker_words(translate: Translator) -> str:
    """Return the words of the script in a language, as JSON; places stand in braces."""
    return _words(tuple(translate(text) for text in WORDS.values()))


@lru_cache(maxsize=8)
def _words(said: tuple[str, ...]) -> str:
    places = {"n": "{n}", "name": "{name}"}
    filled = [fill(text, places) for text in said]
    return json.dumps(dict(zip(WORDS, filled, strict=True)), ensure_ascii=False)


def offers_html(name: str, identifier: str, text: str, offers: Offers, *, said: bool = True) -> Markup:
    """Return the choices that may be meant as radio buttons; the page's script takes them away.

    Without ``said`` the reason is there for screen readers alone, since it stands at the control already.
    """
    lines = [
        Markup(
            '<label class="form-check" for="{id}"><input class="form-check-input" type="radio" id="{id}" name="{name}" '
            'value="{code}"><span class="form-check-label">{path}{note}</span></label>'
        ).format(
            id=f"{identifier}-pick-{number}",
            name=name + PICK,
            code=one.code,
            path=one.path,
            note=Markup('<small class="form-hint">{}</small>').format(one.note) if one.note else "",
        )
        for number, one in enumerate(offers.choices)
    ]
    asked = Markup('<input type="hidden" name="{}" value="{}">').format(name + ASKED, text)
    return Markup('<fieldset class="lookup-offers"><legend class="{}">{}</legend>{}{}</fieldset>').format(
        "form-hint" if said else "visually-hidden", offers.said, Markup("").join(lines), asked
    )
