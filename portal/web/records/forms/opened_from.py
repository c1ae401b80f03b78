"""The record from whose step a new one is opened: what its form is filled with, and what of that stays masked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask import request

from portal.core.errors import NotFound, msg
from portal.core.forms import FULL, CompiledForm, Profile
from portal.services import records
from portal.web.language import translate
from portal.web.records.forms.made import profile_of
from portal.web.records.forms.posted import VERSION, posted_version
from portal.web.words.here import Here
from portal.web.words.links import add_url, record_url
from portal.web.words.screen import Screen

FROM = "from"


@dataclass(frozen=True, slots=True)
class OpenedFrom:
    """The step of a record that the form of a new one takes when it is sent."""

    opening: records.Opening
    screen: Screen
    values: Mapping[str, Any]
    masked: frozenset[str]

    @property
    def profile(self) -> Profile:
        """Return what of the new record the person takes over without seeing it."""
        return profile_of(frozenset(), self.masked, frozenset()) if self.masked else FULL

    @property
    def original(self) -> Any:
        """Return the data that are taken over without being seen."""
        return self.opening.unseen

    @property
    def name(self) -> str:
        """Return the code of the record, or its title where it has no code."""
        return self.opening.record.code or self.opening.record.title

    @property
    def url(self) -> str:
        """Return the address of the record."""
        return record_url(self.opening.record.etype, self.opening.record.uid)

    @property
    def told(self) -> str:
        """Return in words what sending the form does to the record."""
        step = self.screen.texts(self.opening.step.title)
        return translate(
            msg("Registering this takes the step “%(step)s” of %(thing)s."), step=step, thing=self.name
        )

    @property
    def carried(self) -> dict[str, Any]:
        """Return what the form carries: which step of which version."""
        record = self.opening.record
        version = posted_version() if request.method == "POST" else record.version
        return {FROM: f"{record.etype}:{record.uid}:{self.opening.step.id}", VERSION: version}

    @property
    def source(self) -> records.Source:
        """Return the step as it is taken when the form is sent."""
        return records.Source(self.opening.record.uid, self.opening.step.id, posted_version())


def opened_from(now: Here, etype: str, form: CompiledForm) -> OpenedFrom | None:
    """Return the step from which the form was opened; None where it stands by itself.

    Raise NotFound where there is no such record or step, Conflict where the step is possible no more.
    """
    asked = asked_from()
    if asked is None:
        return None
    opening = records.opening(now.portal, now.session, *asked, etype)
    values = {where: value for where, value in opening.values.items() if form.node_at(where) is not None}
    return OpenedFrom(opening, now.screen_for(opening.record), values, opening.masked & frozenset(values))


def asked_from() -> tuple[str, str, str] | None:
    """Return type, record and step that the request names; None where it names none."""
    text = request.values.get(FROM, "")
    if not text:
        return None
    parts = text[:200].split(":")
    if len(parts) != 3:
        raise NotFound("transition.unknown", msg("There is no such step"))
    return parts[0], parts[1], parts[2]


def opened_url(entity: str, record: Any, step: str) -> str:
    """Return the address of the form of a record that a step opens."""
    return f"{add_url(entity)}?{FROM}={record.etype}:{record.uid}:{step}"
