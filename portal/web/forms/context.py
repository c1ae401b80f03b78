"""What a page around a form supplies: language, look-ups, labels of codes."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, field
from typing import Any

from portal.core.conditions import Env
from portal.core.errors import Translator


def _no_label(kind: str, code: str) -> str | None:
    return None


def _as_it_is(text: str | None) -> str | None:
    return text


@dataclass(frozen=True, slots=True)
class FormContext:
    """The surroundings of a form.

    ``lookups`` maps ``unit`` and ``taxonomy:<id>`` to the address that answers ``?q=…&parent=…`` with a JSON
    list of ``{"code", "label", "path", "leaf"}``. ``label`` gives the text of a code. ``carry`` is for pages
    without stored data behind them (the command line): values that no control shows travel in the page.
    ``written`` makes a text of what a person wrote: pages in another language mark it as Chinese.
    ``kept_for`` names everything here that an empty form's HTML follows from: the language, the day and the release.
    Empty forms are kept under it, never data; without it nothing is kept.
    """

    translate: Translator = str
    written: Callable[[str | None], Any] = _as_it_is
    lookups: Mapping[str, str] = field(default_factory=dict)
    label: Callable[[str, str], str | None] = _no_label
    upload_url: str = ""
    env: Env | None = None
    carry: bool = False
    kept_for: Hashable = None


PLAIN = FormContext()
