"""Pick lists of the editors: what a reference may name, found by name, sound or code."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlencode

from portal.adapters.pinyin import spelling
from portal.core.editors.choices import UNITS
from portal.core.picking import Choice, Index
from portal.web.days import day_in_words
from portal.web.editing.screen import Screen
from portal.web.forms import FormContext
from portal.web.language import as_written, translate
from portal.web.words.here import here
from portal.web.words.picking import term_rows, unit_paths

LIMIT, WHOLE = 40, 60


class Addresses(Mapping[str, str]):
    """Where the choices of each field are asked for, by the name of its reference."""

    def __init__(self, key: str, pointer: str) -> None:
        self.key = key
        self.pointer = pointer

    def __getitem__(self, lookup: str) -> str:
        kind, _, ref = lookup.partition(":")
        if kind != "taxonomy" or not ref:
            raise KeyError(lookup)
        if ref == UNITS:
            return "/lookup/units?of=units"
        return f"/studio/{self.key}/pick/{ref}?{urlencode({'page': self.pointer})}"

    def __iter__(self) -> Iterator[str]:
        return iter(())

    def __len__(self) -> int:
        return 0


def context_of(screen: Screen) -> FormContext:
    """Return the surroundings of an editor's form."""

    def label(kind: str, code: str) -> str | None:
        ref = kind.partition(":")[2]
        if ref == UNITS:
            return unit_paths(here(), [code]).get(code)
        return screen.choices.label(ref, code) or None

    return FormContext(
        translate=translate,
        day=day_in_words,
        written=as_written,
        lookups=Addresses(screen.row.uid, screen.pointer),
        label=label,
        mark=screen.mark_html,
        names_codes=True,
    )


def found(screen: Screen, ref: str, query: str, named: str, parent: str) -> list[dict[str, Any]]:
    """Return the choices that a picker shows: those that a query finds, that a text names, or all of a short list."""
    choices: list[Choice] = screen.choices.of(ref)
    index = Index.of(choices, spelling)
    if named:
        return term_rows(index.named(named))
    if query:
        return term_rows([one.choice for one in index.search(query, LIMIT)])
    return [] if parent else term_rows(choices[:WHOLE])
