"""What the page of a new version shows: piles, one place with its three values, what others decided, what is left."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from sqlalchemy import select

from portal.core.access import ADD, EDIT
from portal.core.drafts.leaving import SORTS
from portal.core.editors.telling import Telling
from portal.core.errors import Problem
from portal.core.packs.origins import is_within
from portal.core.packs.questions import Answers, Asked
from portal.core.packs.three_way import ABSENT, Decision
from portal.core.packs.three_way.words import ACTIONS, PILES
from portal.persistence.models import Campaign, CampaignWave, Layer, RolloutDecision, RolloutPlan
from portal.services import rollout
from portal.services.drafts.finding import THING
from portal.services.drafts.findings import problem_from
from portal.services.rollout.applying import deciders
from portal.services.rollout.campaigns import campaign_for
from portal.services.rollout.deciding import Elsewhere, Review
from portal.services.rollout.finding import SUBMITTED
from portal.services.rollout.planning import as_seen, impact_of
from portal.services.rollout.standing import held_back
from portal.web import access
from portal.web.language import translate
from portal.web.rollout.words import (
    LENGTH_UNITS,
    Place,
    counted_parts,
    is_length,
    place_of,
    said_of,
    telling,
)

MOST_SHOWN = 200


@dataclass(frozen=True, slots=True)
class Line:
    """One place in a list of the page."""

    decision: Decision
    place: Place
    text: str
    held: int = 0
    state: str = ""


@dataclass(frozen=True, slots=True)
class Maker:
    """The person a value comes from, and when it was stored."""

    name: str
    at: dt.datetime | None
    why: str = ""


@dataclass
class Desk:
    """A centre beside a new version, as its page shows it."""

    found: Review
    plan: RolloutPlan | None
    asked: str = ""

    @classmethod
    def of(cls, found: Review, plan: RolloutPlan | None, asked: str) -> Desk:
        """Return what a page shows of a review; ``asked`` is the place that its address names."""
        return cls(found, plan if plan is not None and plan.digest == found.offer.digest else None, asked)

    @cached_property
    def telling(self) -> Telling:
        """What tells the places and values of the two configurations."""
        return telling(self.found.plan.base.bundle, self.found.plan.merged.bundle)

    @cached_property
    def questions(self) -> list[Asked]:
        """The questions of the version; a centre without anything of its own answers them in a draft, later."""
        own = rollout.asked_by(self.found)
        return (
            own if self.found.ground.layer is not None else Answers(self.found.plan.theirs.bundle).standing()
        )

    @property
    def counts(self) -> Mapping[str, int]:
        """Return how many places are in each pile."""
        return self.found.plan.counts

    @property
    def changes(self) -> int:
        """Return at how many places the new version says something else than the adopted one."""
        return sum(one.digests[0] != one.digests[1] for one in self.found.plan.merged.decisions)

    @cached_property
    def held(self) -> list[rollout.Held]:
        """The things that go, with the number of open matters that hold each."""
        return impact_of(access.session(), self.found)

    def held_words(self, one: rollout.Held) -> str:
        """Return what becomes of a thing that goes."""
        return translate(SORTS[one.sort]) % {"code": self.telling.titles.any(one.code) or one.code}

    def held_title(self, one: rollout.Held) -> str:
        """Return what a thing that goes is called."""
        return place_of(self.telling, one.path).title

    def pile(self, name: str) -> list[Line]:
        """Return the lines of a pile, what open matters hold first."""
        found = [self._line(one) for one in self.found.plan.merged.decisions if one.pile == name]
        return sorted(found, key=lambda one: (-one.held, one.decision.path))[:MOST_SHOWN]

    @cached_property
    def piles(self) -> list[tuple[str, str, list[Line], str]]:
        """The piles with their titles, their lines, and of which parts each is made."""
        merged = self.found.plan.merged
        return [
            (
                name,
                translate(title),
                self.pile(name),
                counted_parts(self.telling, [one for one in merged.decisions if one.pile == name]),
            )
            for name, title in PILES.items()
        ]

    @cached_property
    def conflicts(self) -> list[Line]:
        """The lines of the pile of conflicts."""
        return self.pile("decide")

    @cached_property
    def chosen(self) -> Line | None:
        """The place that is shown: the one that was asked for, else the first open one, else the first."""
        lines = [*self.conflicts, *(line for _, _, lines, _ in self.piles[1:] for line in lines)]
        asked = next((one for one in lines if one.decision.path == self.asked), None)
        still = next((one for one in self.conflicts if one.decision.is_open), None)
        return asked or still or next(iter(self.conflicts), None)

    def _line(self, one: Decision) -> Line:
        held = sum(
            thing.count
            for thing in self.held
            if is_within(thing.path, one.path) or is_within(one.path, thing.path)
        )
        last = self.found.last(one.path) if one.conflict is not None else None
        state = "open" if one.is_open else "done"
        if one.is_open and last is not None and last.kind == "defer":
            state = "later"
        return Line(one, place_of(self.telling, one.path), self._text(one), held, state)

    def _text(self, one: Decision) -> str:
        if one.pile == "taken":
            return f"{self.value(one.base, one.path)} → {self.value(one.theirs, one.path)}"
        if one.pile == "kept":
            return self.value(one.ours, one.path)
        return self.value(one.value, one.path)

    def value(self, side: Any, path: str) -> str:
        """Return the value of a place in words."""
        return self.telling.value(side, path)

    def said(self, one: Decision) -> str:
        """Return one sentence about a place."""
        return said_of(one)

    @cached_property
    def makers(self) -> tuple[Maker, Maker]:
        """Who made the new version, and who made the centre's own."""
        layer = self.found.ground.layer
        digests = {"theirs": self.found.offer.digest, "ours": layer.digest if layer is not None else ""}
        query = select(Layer).where(Layer.digest.in_(digests.values()))
        rows = {row.digest: row for row in access.session().scalars(query)}
        theirs, ours = (rows.get(digest) for digest in digests.values())
        return _maker(theirs), _maker(ours)

    @cached_property
    def elsewhere(self) -> dict[str, list[Elsewhere]]:
        """How other centres decided the shown place, by what they chose."""
        if self.chosen is None:
            return {}
        told = rollout.elsewhere(access.session(), self.found, self.chosen.decision.path)
        return {action: [one for one in told if one.action == action] for action in ACTIONS}

    @property
    def last(self) -> RolloutDecision | None:
        """Return what was said last of the shown place, where that still holds."""
        return self.found.last(self.chosen.decision.path) if self.chosen is not None else None

    @property
    def custom(self) -> str:
        """Return how a value of the centre's own is typed: number, text, length; empty where it can't be."""
        if self.chosen is None or self.chosen.decision.conflict == "locked":
            return ""
        sides = (self.chosen.decision.theirs, self.chosen.decision.ours)
        if all(is_length(one) for one in sides):
            return "length"
        if all(isinstance(one, int | float) and not isinstance(one, bool) for one in sides):
            return "number"
        return "text" if all(isinstance(one, str) for one in sides) else ""

    @property
    def length_units(self) -> Sequence[str]:
        """Return the units of a length, that of the new version first."""
        theirs = self.chosen.decision.theirs if self.chosen else {}
        first = theirs["unit"] if is_length(theirs) else LENGTH_UNITS[0]
        return (first, *(one for one in LENGTH_UNITS if one != first))

    @cached_property
    def against(self) -> list[Problem]:
        """All that stands between the plan and its taking effect."""
        return rollout.reasons_against(access.session(), self.plan) if self.plan is not None else []

    @cached_property
    def stale(self) -> bool:
        """Whether something moved since the plan was made."""
        return self.plan is not None and bool(rollout.moved(access.session(), self.plan))

    @cached_property
    def findings(self) -> list[tuple[str, str]]:
        """What the check of the plan found: the text and the place of each."""
        found = (self.plan.found or {}) if self.plan is not None else {}
        problems = [problem_from(one) for one in found.get("errors", ())]
        return [(one.text(translate), one.place_text(translate)) for one in problems]

    @cached_property
    def stopped(self) -> list[str]:
        """Where sample matters stop on the merged configuration."""
        return [one.text(translate) for one in self.against if one.code == "rollout.stories"]

    @property
    def stays(self) -> list[str]:
        """Return the sample matters from above that do not go through here today either."""
        stories = ((self.plan.found or {}) if self.plan is not None else {}).get("stories") or {}
        return [str(one["title"]) for one in stories.get("stays", ())]

    @property
    def is_checked(self) -> bool:
        """Tell whether the plan was checked as it stands."""
        plan = self.plan
        return plan is not None and (plan.found or {}).get("bound") == plan.bound["decisions"]

    @cached_property
    def campaign(self) -> Campaign | None:
        """The roll-out that brings the version to the centre, with the words of those who began it."""
        found = campaign_for(access.session(), self.found.ground.unit.id, self.found.offer.digest)
        return found[0] if found is not None and not found[1].excluded else None

    @cached_property
    def wave(self) -> CampaignWave | None:
        """The wave of that roll-out in which the centre is."""
        found = campaign_for(access.session(), self.found.ground.unit.id, self.found.offer.digest)
        if found is None or found[1].excluded:
            return None
        return access.session().get(CampaignWave, (found[0].uid, found[1].wave))

    @cached_property
    def held_back(self) -> list[Problem]:
        """Why the roll-out lets nobody put the version in force here today."""
        if self.plan is None:
            return []
        return held_back(access.session(), self.plan, access.portal().clock.today())

    @property
    def seen(self) -> str:
        """Return the plan as it is looked at here, for the act that puts it in force."""
        return as_seen(self.plan) if self.plan is not None else ""

    @property
    def submitted(self) -> bool:
        """Tell whether the plan waits for a second person."""
        return self.plan is not None and self.plan.state == SUBMITTED

    @property
    def may_edit(self) -> bool:
        """Tell whether the person may decide here now."""
        path = self.found.ground.unit.path
        return not self.submitted and access.current().allows_there(THING, EDIT, path)

    @property
    def may_apply(self) -> bool:
        """Tell whether the person's role puts this version in force here.

        Who only approves does that once it is submitted, or where nothing of the centre's own becomes a release.
        """
        mine, path = access.current(), self.found.ground.unit.path
        own = self.plan is not None and bool(self.plan.pack) and not self.submitted
        return mine.allows("release", EDIT, path) and (not own or mine.allows("release", ADD, path))

    @property
    def is_decider(self) -> bool:
        """Tell whether the person decided or submitted, where another one has to put it in force."""
        mine = access.current().user_id
        if not access.portal().policy.second_person or self.plan is None:
            return False
        return (self.submitted and mine == self.plan.made_by) or mine in deciders(access.session(), self.plan)


def _maker(row: Layer | None) -> Maker:
    return Maker(row.created_by, row.created_at) if row is not None else Maker("", None)


__all__ = ["ABSENT", "Desk", "Line"]
