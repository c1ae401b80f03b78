"""The name of a unit on a page: a department's in the language of the page, any other as it is written."""

from __future__ import annotations

from typing import Any

from markupsafe import Markup, escape

from portal.core.text import DEFAULT_LANGUAGE
from portal.web.language import as_written, current
from portal.web.words.screen import Screen


def unit_title(screen: Screen, unit: Any) -> Markup:
    """Return the name of a unit; where the page speaks another language, a department has the name of its release."""
    department = unit.code.partition(":")[2]
    named = screen.bundle.departments.get(department, {}).get("name")
    if current() != DEFAULT_LANGUAGE and named:
        text = screen.texts(named)
        if text != screen.bundle.texts(DEFAULT_LANGUAGE)(named):
            return escape(text)
    return escape(as_written(unit.name) or "")
