"""Volumes whose time is over, and lists of them, as pages show them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from portal.core.errors import msg
from portal.persistence.models import Destruction, DestructionItem
from portal.services.archive.destroyed import CountedGone
from portal.services.archive.destroying import (
    APPROVED,
    DESTROYED,
    DONE,
    KEPT,
    PROPOSED,
    REFUSED,
    WAITING,
    WITHDRAWN,
    Over,
)
from portal.services.archive.holds import HOLDS
from portal.services.records.handling.volumes import keeping_of
from portal.services.releases.reading import pinned
from portal.web import access, language
from portal.web.language import translate
from portal.web.words.here import here
from portal.web.words.links import action_url

_STATES: Mapping[str, tuple[str, str]] = {
    PROPOSED: (msg("Proposed"), "warning"),
    APPROVED: (msg("Approved, being destroyed"), "warning"),
    DONE: (msg("Carried out"), "good"),
    REFUSED: (msg("Refused"), "neutral"),
    WITHDRAWN: (msg("Taken back"), "neutral"),
}
_BECAME: Mapping[str, tuple[str, str]] = {
    WAITING: (msg("Waiting"), "neutral"),
    DESTROYED: (msg("Destroyed"), "good"),
    KEPT: (msg("Kept"), "warning"),
}


@dataclass(frozen=True, slots=True)
class OverShown:
    """A volume whose time is over, with what keeps it in words."""

    uid: str
    url: str
    code: str
    unit: str
    retention: str
    archived_on: dt.date | None
    ends_on: dt.date | None
    why: tuple[str, ...]

    @classmethod
    def all(cls, found: Sequence[Over]) -> list[OverShown]:
        """Return volumes in the words of the page's language; who they are about does not stand there."""
        portal, session = access.portal(), access.session()
        units = here().units([one.record.unit_id for one in found]) if found else {}
        made = []
        for one in found:
            bundle = pinned(portal, session, one.record.release_id)
            kept = keeping_of(bundle).classes.get(one.volume.retention)
            title = bundle.texts(language.current())(kept.title) if kept is not None else one.volume.retention
            made.append(
                cls(
                    one.record.uid,
                    action_url(one.record.etype, "efile", one.record.uid),
                    one.record.code or "—",
                    units[one.record.unit_id].name if one.record.unit_id in units else "",
                    str(title),
                    one.volume.archived_on,
                    one.volume.ends_on,
                    tuple(translate(hold.words) for hold in one.holds),
                )
            )
        return made


@dataclass(frozen=True, slots=True)
class ListShown:
    """A list as its pages show it."""

    uid: str
    number: str
    state: str
    words: str
    tone: str
    proposed_by: str
    proposed_at: dt.datetime
    decided_by: str
    decided_at: dt.datetime | None
    done_at: dt.datetime | None

    @classmethod
    def of(cls, one: Destruction) -> ListShown:
        """Return a list in the words of the page's language."""
        words, tone = _STATES[one.state]
        return cls(
            one.uid,
            one.number,
            one.state,
            translate(words),
            tone,
            one.proposed_by_name,
            one.proposed_at,
            one.decided_by_name,
            one.decided_at,
            one.done_at,
        )


@dataclass(frozen=True, slots=True)
class ItemShown:
    """A line of a list, and what became of its volume."""

    row: DestructionItem
    unit: str
    words: str
    tone: str
    why: str
    url: str

    @classmethod
    def all(cls, items: Sequence[DestructionItem]) -> list[ItemShown]:
        """Return the lines of a list in the words of the page's language."""
        units = here().units([one.unit_id for one in items]) if items else {}
        return [cls._of(one, units[one.unit_id].name if one.unit_id in units else "") for one in items]

    @classmethod
    def _of(cls, one: DestructionItem, unit: str) -> ItemShown:
        words, tone = _BECAME[one.state]
        why = HOLDS[one.why].words if one.why in HOLDS else ""
        url = "" if one.state == DESTROYED else action_url(one.etype, "efile", one.record_uid)
        return cls(one, unit, translate(words), tone, translate(why) if why else "", url)


def counted_shown(found: Sequence[CountedGone]) -> list[tuple[int, str, int]]:
    """Return matters whose volumes were destroyed by year and class, the class in words."""
    if not found:
        return []
    bundle = here().bundle
    known = bundle.taxonomies.get("dispute")
    terms = known.terms if known is not None else {}
    texts = bundle.texts(language.current())
    other = translate(msg("Without a class"))
    return [
        (
            one.year,
            texts(terms[one.dispute_class].title)
            if one.dispute_class in terms
            else one.dispute_class or other,
            one.count,
        )
        for one in found
    ]
