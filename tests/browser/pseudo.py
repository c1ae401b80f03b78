"""A language for tests: English with accents and two fifths longer, so that a text that does not fit shows."""

from __future__ import annotations

import re
from typing import Any

import pytest
from flask import Flask
from markupsafe import Markup

from portal.core.text import Text, Texts
from portal.i18n import LANGUAGES
from portal.web import language

PSEUDO = "en_XA"
_ACCENTED = str.maketrans("aceinouyACEINOUY", "àçéîñôûýÀÇÉÎÑÔÛÝ")
_KEPT = re.compile(r"(%\(\w+\)[sd]|<[^>]+>)")
_PADDING = " ôñé~"


def pseudo(text: str) -> str:
    """Return a text accented and lengthened; places to fill in stay as they are."""
    parts = _KEPT.split(text)
    accented = "".join(part if n % 2 else part.translate(_ACCENTED) for n, part in enumerate(parts))
    more = round(len(text) * 0.4)
    return accented + (_PADDING * (more // len(_PADDING) + 1))[: max(2, more)] if text.strip() else text


def speak_pseudo(app: Flask, patch: pytest.MonkeyPatch) -> None:
    """Let a running application speak it: our texts and those of the packs; dates stay English."""
    say = Texts.__call__

    def said(lang: str, folders: tuple[str, ...], text: str) -> Markup:
        return Markup(pseudo(text)) if lang == PSEUDO else ours(lang, folders, text)

    def of_pack(texts: Texts, text: Text | None, default: str = "") -> str:
        if texts.lang != PSEUDO:
            return say(texts, text, default)
        return pseudo(say(Texts("en", texts.catalogues), text, default))

    def locale() -> str:
        return "en" if language.current() == PSEUDO else language.current()

    ours: Any = language._said
    patch.setitem(LANGUAGES, PSEUDO, "Pseudo")
    patch.setitem(language.HTML_LANG, PSEUDO, "en-XA")
    patch.setattr(language, "_said", said)
    patch.setattr(Texts, "__call__", of_pack)
    patch.setattr(app.extensions["babel"], "locale_selector", locale)
