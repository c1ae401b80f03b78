"""Texts of definitions: Chinese in place, other languages in the pack's catalogues.

A *text* in a definition is a string (in the default language) or a map of language to string. A pack's
``translations/<pack>/<lang>.json`` maps source strings to translations. A missing translation falls back to
the source, so a screen is never empty; the checker reports it.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field

DEFAULT_LANGUAGE = "zh_Hans"
Text = str | Mapping[str, str]
Catalogues = Mapping[str, Mapping[str, str]]


def normal_language(lang: str) -> str:
    """Return our identifier for a language tag: ``zh``, ``zh-CN`` and ``zh_Hans`` are ``zh_Hans``."""
    tag = lang.replace("-", "_")
    return DEFAULT_LANGUAGE if tag == "zh" or tag.startswith(("zh_Hans", "zh_CN")) else tag


def alike(word: str) -> str:
    """Return what a word has in common with all that look the same: width, case and spaces don't tell them apart."""
    plain = unicodedata.normalize("NFKC", word).casefold()
    return "".join(sign for sign in plain if not sign.isspace() and unicodedata.category(sign) != "Cf")


@dataclass(frozen=True, slots=True)
class Texts:
    """The texts of one bundle in one language; callable on any text of a definition."""

    lang: str = DEFAULT_LANGUAGE
    catalogues: Catalogues = field(default_factory=dict)

    def __call__(self, text: Text | None, default: str = "") -> str:
        """Return ``text`` in this language, or ``default`` where there is none."""
        if text is None:
            return default
        if isinstance(text, str):
            return self.catalogues.get(self.lang, {}).get(text, text)
        found = text.get(self.lang) or text.get(DEFAULT_LANGUAGE) or next(iter(text.values()), "")
        return found or default


@dataclass(frozen=True, slots=True)
class UnitTexts(Texts):
    """The texts of one bundle in one language, with the name of a unit in the place of ``{unit}``."""

    unit: str = ""

    def __call__(self, text: Text | None, default: str = "") -> str:
        """Return ``text`` in this language with the unit's name, or ``default`` where there is none."""
        return Texts.__call__(self, text, default).replace("{unit}", self.unit)
