"""Pickers in words: the paths of units as a person reads them, and what is said of choices."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from portal.core.picking import Choice, Index
from portal.core.widgets import DEPARTMENTS
from portal.services import records
from portal.services.picking import Units
from portal.services.users.receivers import receiving
from portal.web.language import translate
from portal.web.words.here import Here
from portal.web.words.receiving import NOBODY


def tree(now: Here) -> Units:
    """Return the units that can be chosen."""
    return now.portal.choices.at(now.session, now.stamp)


def unit_paths(now: Here, codes: Iterable[Any]) -> dict[str, str]:
    """Return the paths of units by their codes, as this person reads them; of units out of use the name."""
    wanted = {code for code in codes if isinstance(code, str) and code}
    if not wanted:
        return {}
    known, near = tree(now), now.unit.path
    names = {unit.code: unit.name for unit in now.units(wanted).values()}
    return {code: known.shown(code, near) or name for code, name in names.items()}


def unit_index(now: Here, wanted: str) -> Index:
    """Return the units of a sort, ready to be searched."""
    return tree(now).index(wanted)


def unit_rows(now: Here, wanted: str, choices: Sequence[Choice]) -> list[dict[str, Any]]:
    """Return units as the script of pickers reads them; of departments it is said where nobody would receive."""
    known, near = tree(now), now.unit.path
    there = {one.code for one in choices}
    if wanted == DEPARTMENTS:
        there = set(receiving(now.portal, now.session, sorted(there), now.stamp))
    rows = []
    for choice in choices:
        shown = known.shown(choice.code, near) or choice.path
        rows.append(_row(choice, shown, "" if choice.code in there else translate(NOBODY)))
    return rows


def term_rows(choices: Sequence[Choice]) -> list[dict[str, Any]]:
    """Return terms as the script of pickers reads them."""
    return [_row(choice, choice.path) for choice in choices]


def record_rows(choices: Sequence[Choice]) -> list[dict[str, Any]]:
    """Return records as the script of pickers reads them."""
    return [_row(choice, choice.path) for choice in choices]


def record_titles(now: Here, uids: Iterable[Any]) -> dict[str, str]:
    """Return the titles of records that the person may see, by identifier."""
    return {uid: record.title for uid, record in records.records_named(now.session, uids).items()}


def _row(choice: Choice, shown: str, note: str = "") -> dict[str, Any]:
    above = shown[: -len(choice.label)].rstrip(" /›") if shown.endswith(choice.label) else shown
    return {
        "code": choice.code,
        "label": choice.label,
        "path": above,
        "shown": shown,
        "leaf": choice.leaf,
        "note": note,
    }
