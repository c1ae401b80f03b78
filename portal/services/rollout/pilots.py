"""A pilot's ways become its parent's: what is chosen of its overrides goes into a draft of the configuration above."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from sqlalchemy.orm import Session

from portal.core import pointer as pointers
from portal.core.canonical import canonical, digest
from portal.core.drafts import Change
from portal.core.drafts.commands import Op
from portal.core.errors import Conflict, InvalidInput, NotFound, Problem, check_reason, msg
from portal.core.packs import Resolved
from portal.core.packs.merge import merge
from portal.core.packs.origins import is_within
from portal.core.packs.three_way import ABSENT, Decision, Lifted, Parent, lift, overrides
from portal.persistence.models import Release, Unit
from portal.services import drafts, units
from portal.services.drafts.loading import parent_of
from portal.services.releases.effect import running_at
from portal.services.rollout.drift import OF_THE_CENTRE
from portal.services.rollout.ground import Ground, ground_of

if TYPE_CHECKING:
    from portal.services.portal import Work

_PHONE = re.compile(r"(?<!\d)(?:0\d{2,3}-\d{7,8}|1[3-9]\d{9})(?!\d)")
TRANSLATIONS = "/translations"
_KINDS = ("自治县", "县", "区", "市", "旗")


@dataclass(frozen=True)
class PilotPlace:
    """One override of a pilot, and the words in it that are of the pilot alone: such a place stays with it."""

    decision: Decision
    own_words: tuple[str, ...]

    @property
    def path(self) -> str:
        """Return the place."""
        return self.decision.path


def _merged(lower: dict[str, Any], patch: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = merge(lower, patch)
    return found


@dataclass(frozen=True)
class Pilot:
    """A centre with a layer of its own, beside the configuration above from which it differs."""

    unit: Unit
    ground: Ground
    parent: Resolved
    above: Resolved
    # The unit whose configuration the parent is.
    parent_unit: Unit
    agency: str

    @cached_property
    def _own(self) -> tuple[Decision, ...]:
        own = overrides(Parent.of(self.parent), self.ground.content)
        return tuple(one for one in own if one.pile == "kept")

    @cached_property
    def places(self) -> tuple[PilotPlace, ...]:
        """The overrides, without what says which centre it is; translations go with what they translate."""
        left_out = (*OF_THE_CENTRE, TRANSLATIONS)
        return tuple(
            PilotPlace(one, own_words(one, self.unit, self.agency))
            for one in self._own
            if not any(is_within(one.path, place) for place in left_out)
        )

    def translations_of(self, chosen: Iterable[str]) -> list[str]:
        """Return the places of the translations of texts that stand at some places."""
        wanted = set(chosen)
        texts = {
            text
            for one in self._own
            if one.path in wanted and one.ours is not ABSENT
            for _, text in pointers.scalars(one.ours, one.path)
            if isinstance(text, str)
        }
        said = [one.path for one in self._own if is_within(one.path, TRANSLATIONS)]
        return [path for path in said if pointers.split(path)[-1] in texts]

    @cached_property
    def bundle(self) -> dict[str, Any]:
        """The effective configuration of the pilot today."""
        return _merged(dict(Parent.of(self.parent).bundle), dict(self.ground.content))


@dataclass(frozen=True)
class Raised:
    """What comes of a choice: the parent with it, the pilot's smaller layer, and whether the pilot stays the same."""

    pilot: Pilot
    chosen: tuple[str, ...]
    lifted: Lifted

    @cached_property
    def parent_bundle(self) -> dict[str, Any]:
        """The effective configuration of the parent with what was chosen."""
        return _merged(dict(Parent.of(self.pilot.above).bundle), dict(self.lifted.parent_layer))

    @cached_property
    def bundle(self) -> dict[str, Any]:
        """The effective configuration of the pilot on the new version, by its smaller layer."""
        return _merged(dict(self.parent_bundle), dict(self.lifted.layer))

    @property
    def digests(self) -> tuple[str, str]:
        """Return the digests of what is in force at the pilot before and after."""
        return digest(self.pilot.bundle), digest(self.bundle)

    @property
    def is_same(self) -> bool:
        """Tell whether the pilot is after it what it was before."""
        return self.digests[0] == self.digests[1]

    @cached_property
    def left(self) -> tuple[Decision, ...]:
        """The overrides that stay the pilot's own."""
        return tuple(one.decision for one in self.pilot.places if one.path not in self.chosen)

    @cached_property
    def changes(self) -> tuple[Change, ...]:
        """The changes of the parent's configuration: whole values, the smallest that a draft can change."""
        return tuple(_changes(Parent.of(self.pilot.parent).bundle, self.parent_bundle, ""))


def pilot_of(session: Session, unit_code: str) -> Pilot:
    """Return a centre as a pilot; NotFound where it has nothing of its own, Conflict where it is behind its parent."""
    unit = units.by_code(session, unit_code)
    ground = ground_of(session, unit)
    parent = parent_of(session, ground.above) if ground.layer is not None else None
    code = parent.manifest.unit if parent is not None else None
    if parent is None or not code:
        raise NotFound(
            "pilot.none", msg("This centre has nothing of its own that could become the one above's")
        )
    above = units.by_code(session, code)
    running = running_at(session, above.id)
    release = session.get_one(Release, running.release_id) if running is not None else None
    if release is None or release.chain[-1]["digest"] != ground.above[-1]["digest"]:
        text = msg("%(unit)s does not stand on what is in force above: take that over first")
        raise Conflict("pilot.behind", text, {"unit": unit.name})
    agency = str((ground.content.get("layout") or {}).get("centre", {}).get("agency") or "")
    return Pilot(unit, ground, parent, parent_of(session, ground.above[:-1]), above, agency)


def raised(pilot: Pilot, chosen: Iterable[str]) -> Raised:
    """Return what comes of a choice; InvalidInput for an empty one, and for places that name the pilot itself."""
    paths = tuple(dict.fromkeys(chosen))
    if not paths:
        text = msg("Choose at least one place")
        raise InvalidInput("pilot.empty", text, problems=[Problem("pilot.empty", text)])
    text = msg("“%(words)s” is said there: this place stays with %(unit)s")
    problems = [
        Problem(
            "pilot.own", text, {"words": "、".join(one.own_words), "unit": pilot.unit.name}, pointer=one.path
        )
        for one in pilot.places
        if one.path in paths and one.own_words
    ]
    if problems:
        raise InvalidInput("pilot.own", msg("Some of these can't become the parent's"), {}, problems)
    whole = [*paths, *pilot.translations_of(paths)]
    done = lift(Parent.of(pilot.above).bundle, Parent.of(pilot.parent), pilot.ground.content, whole)
    return Raised(pilot, paths, done)


def pilot_draft(uow: Work, unit_code: str, chosen: Sequence[str], name: str) -> str:
    """Begin a draft of the configuration above for what was chosen of a pilot's, where that can be lifted."""
    made = raised(pilot_of(uow.session, unit_code), chosen)
    return drafts.open_draft(uow, made.pilot.parent_unit.code, name).uid


def lift_pilot(uow: Work, draft_id: str, unit_code: str, chosen: Sequence[str], why: str) -> None:
    """Write what was chosen of a pilot's into a draft of the configuration above, as one step.

    The pilot's own layer changes nowhere: when it takes the new version over, what was lifted is no override any more.
    """
    check_reason(why)
    made = raised(pilot_of(uow.session, unit_code), chosen)
    drafts.change(uow, draft_id, made.changes, why=why)


def own_words(one: Decision, unit: Unit, agency: str) -> tuple[str, ...]:
    """Return the words of an override that are of one centre alone: its name, its agency word, codes, telephones."""
    text = "" if one.ours is ABSENT else canonical(one.ours)
    short = next((unit.name.removesuffix(kind) for kind in _KINDS if unit.name.endswith(kind)), unit.name)
    names = [word for word in (unit.name, agency) if word and word in text]
    if not names and len(short) > 1 and short in text:
        names = [short]
    codes = re.findall(rf"(?<!\d){re.escape(unit.code)}\d*(?!\d)", text)
    return tuple(dict.fromkeys([*names, *codes, *_PHONE.findall(text)]))


def _changes(before: Any, after: Any, at: str) -> Iterator[Change]:
    if not isinstance(before, Mapping) or not isinstance(after, Mapping):
        if canonical(before) != canonical(after):
            op: Op = "add" if before is None else "remove" if after is None else "replace"
            yield Change(op, at, before, after)
        return
    for key in dict.fromkeys((*before, *after)):
        yield from _changes(before.get(key), after.get(key), at + pointers.join([key]))
