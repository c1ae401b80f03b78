"""Possible same matters in words, and that a person of a whole number was entered before."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from portal.core.errors import TooMany, fill
from portal.core.links import chosen
from portal.services import records
from portal.services.records.acts.performing import look
from portal.services.records.finding.same_matter import noted
from portal.web import access
from portal.web.language import translate
from portal.web.words.cells import stage_title
from portal.web.words.here import Here
from portal.web.words.links import record_url
from portal.web.words.screen import Screen


@dataclass(frozen=True, slots=True)
class Hit:
    """A record that may be about the same matter: masked as in lists, with the reasons in words."""

    uid: str
    url: str
    code: str
    title: str
    stage: str
    at: Any
    reasons: list[str]
    chosen: str


class Aside:
    """The things beside the form of a new record; nothing is looked up before it is asked for."""

    def __init__(
        self,
        now: Here,
        screen: Screen,
        data: Any,
        taken: Mapping[str, str] | None = None,
        quiet: bool = False,
    ) -> None:
        self.now, self.screen, self.taken = now, screen, taken or {}
        self.quiet = quiet
        self.data: Mapping[str, Any] = data if isinstance(data, Mapping) else {}
        self.etype = screen.entity.id
        self.url = f"/records/{self.etype}/same"
        self.kinds = {name: translate(words) for name, words in chosen().items()}

    @property
    def watched(self) -> str:
        """Return the fields that say which matter it is, as JSON."""
        return json.dumps(records.watched(self.screen.bundle, self.etype))

    @cached_property
    def hits(self) -> list[Hit]:
        """Return what may be the same matter; that it was looked for is noted.

        Raise TooMany where the person looked for very many; a ``quiet`` one then shows nothing.
        """
        now, bundle = self.now, self.screen.bundle
        matter = records.matter_of(bundle, self.etype, self.data)
        try:
            reads = noted(now.portal, now.session, matter, now.unit.path)
        except TooMany:
            if self.quiet:
                return []
            raise
        if reads:
            look(now.portal, now.access, access.origin(), reads)
        return [
            Hit(
                one.record.uid,
                record_url(self.etype, one.record.uid),
                one.record.code or "",
                one.record.title,
                stage_title(now, now.screen_for(one.record), one.record),
                one.record.created_at,
                [fill(translate(text), params) for text, params in one.reasons],
                self.taken.get(one.record.uid, ""),
            )
            for one in records.possible_same(now.portal, now.session, bundle, self.etype, self.data)
        ]

    @cached_property
    def known(self) -> records.Known | None:
        """Return that the person of a whole number was entered before; None where nobody was."""
        now = self.now
        return records.known_person(now.portal, now.session, self.screen.bundle, self.etype, self.data)
