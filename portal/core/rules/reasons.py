"""Reason texts: ``{name}`` places filled with what the rule saw."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from typing import Any

from portal.core.text import DEFAULT_LANGUAGE, Text, Texts

_PLACE = re.compile(r"\{\{|\}\}|\{([a-z][a-z0-9_]*)\}|[{}]")
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def variants(text: Text) -> list[str]:
    """Return a text in every language that it is written in."""
    return [text] if isinstance(text, str) else list(text.values())


def places(template: str) -> tuple[set[str], bool]:
    """Return the names a template asks for, and whether its braces are well formed."""
    names, sound = set(), True
    for match in _PLACE.finditer(template):
        if match[1]:
            names.add(match[1])
        elif match[0] in ("{", "}"):
            sound = False
    return names, sound


def filled(template: str, word: Callable[[str], str | None]) -> str:
    """Return ``template`` with its places filled by ``word``; a value that is not there reads as a dash."""

    def place(match: re.Match[str]) -> str:
        if not match[1]:
            return match[0][0]
        found = word(match[1])
        return "—" if found is None else found

    return _PLACE.sub(place, template)


def worded(value: Any, texts: Texts) -> str:
    """Return a value as it reads in a sentence."""
    if value is None:
        return "—"
    if isinstance(value, bool):
        words = ("是", "否") if texts.lang == "zh_Hans" else ("yes", "no")
        return words[0] if value else words[1]
    if isinstance(value, list | tuple):
        return ("、" if texts.lang == "zh_Hans" else ", ").join(worded(item, texts) for item in value)
    if isinstance(value, float):
        return f"{value:.2f}".rstrip("0").rstrip(".")
    return _day(value, texts) or str(value)


def _day(value: Any, texts: Texts) -> str:
    """Return a day as a sentence names it; empty for what is none."""
    if isinstance(value, str) and _DAY.fullmatch(value):
        try:
            value = dt.date.fromisoformat(value)
        except ValueError:
            return ""
    if not isinstance(value, dt.date):
        return ""
    if texts.lang == DEFAULT_LANGUAGE:
        return f"{value.year}年{value.month}月{value.day}日"
    return f"{_MONTHS[value.month - 1]} {value.day}, {value.year}"
