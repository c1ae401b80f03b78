"""The page that shows two versions of a record, and lets the person decide field by field."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import render_template, request

from portal.core.errors import msg
from portal.services.records import LostUpdate
from portal.web.language import translate
from portal.web.records.forms.merging import CHOICE, MINE, THEIRS
from portal.web.records.forms.posted import draft_key, hidden
from portal.web.words.here import Here
from portal.web.words.links import action_url, record_url
from portal.web.words.screen import Screen
from portal.web.words.versions import FieldWords

RESOLVE = "resolve"


@dataclass(frozen=True, slots=True)
class Difference:
    """One field that has another value in each version."""

    name: str
    label: str
    base: str
    theirs: str
    mine: str
    clash: bool
    chosen: str


class ConflictPage:
    """What the page shows of one refused change."""

    def __init__(
        self, now: Here, screen: Screen, record: Any, conflict: LostUpdate, chosen: dict[str, str]
    ) -> None:
        self.screen = screen
        self.draft = draft_key(now)
        self.record = record
        self.conflict = conflict
        self.chosen = chosen
        self.words = FieldWords(now, screen, [conflict.base, conflict.current, conflict.submitted])
        self.differences = [
            self._difference(diff) for diff in conflict.fields if diff.current != diff.submitted
        ]

    def render(self) -> str:
        """Return the page; everything that was typed travels along in it."""
        record, conflict = self.record, self.conflict
        return render_template(
            "records/conflict.html",
            title=translate(msg("Somebody else changed this meanwhile")),
            page_of=self,
            clashes=[d for d in self.differences if d.clash],
            others=[d for d in self.differences if not d.clash],
            by=conflict.changed_by,
            at=conflict.changed_at,
            action=action_url(record.etype, "edit", record.uid),
            back=record_url(record.etype, record.uid),
            crumbs=[(record.code or record.title, record_url(record.etype, record.uid))],
            typed=[pair for pair in request.form.items(multi=True) if pair[0][:1] in ("/", "~")],
            hidden=hidden(version=conflict.version, resolve="1", made=request.form.get("made", "")),
            draft=self.draft,
        )

    def _difference(self, diff: Any) -> Difference:
        chosen = self.chosen.get(diff.pointer, "")
        if not chosen and not diff.clash:
            # Only one of the two touched it: whoever did is right unless the person says otherwise.
            chosen = THEIRS if diff.base == diff.submitted else MINE
        return Difference(
            CHOICE + diff.pointer,
            self.words.label(diff.pointer),
            base=self.words.shown(diff.pointer, diff.base),
            theirs=self.words.shown(diff.pointer, diff.current),
            mine=self.words.shown(diff.pointer, diff.submitted),
            clash=diff.clash,
            chosen=chosen,
        )
