"""A pilot's ways become its parent's: what is chosen of its overrides goes into a draft of the configuration above."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from sqlalchemy.orm import Session

from portal.core import pointer as pointers
from portal.core.canonical import canonical, digest
from portal.core.drafts import Change
from portal.core.drafts.commands import Op
from portal.core.errors import Conflict, InvalidInput, NotFound, Problem, check_reason, msg
from portal.core.packs import Resolved
from portal.core.packs.asking import Confirmed, Own, Proposal, Proposed, lift_asking, propose, settled
from portal.core.packs.merge import merge
from portal.core.packs.origins import is_within
from portal.core.packs.questions import SECTION, places_of
from portal.core.packs.three_way import ABSENT, Decision, Lifted, Parent, overrides
from portal.persistence.models import Release, Unit
from portal.services import drafts, units
from portal.services.drafts.loading import parent_of
from portal.services.releases.effect import running_at
from portal.services.rollout.drift import OF_THE_CENTRE
from portal.services.rollout.ground import Ground, ground_of
from portal.services.rollout.own_words import own_of_unit

if TYPE_CHECKING:
    from portal.services.portal import Work

TRANSLATIONS = "/translations"


@dataclass(frozen=True)
class PilotPlace:
    """One override of a pilot, and the words in it that are of the pilot alone.

    Such a place stays with it, or is handed on with questions where its words would stand.
    """

    decision: Decision
    own_words: tuple[str, ...]
    is_askable: bool = False

    @property
    def path(self) -> str:
        """Return the place."""
        return self.decision.path


@dataclass(frozen=True)
class Asking:
    """The places that are handed on with questions, and the proposals as a person settled them.

    A proposal that ``said`` does not name is dropped; where ``said`` is None all stay as proposed.
    """

    paths: tuple[str, ...] = ()
    said: Mapping[str, Confirmed] | None = None

    def confirmed(self, proposed: Proposed) -> dict[str, Confirmed]:
        """Return what a person made of each proposal."""
        said = self.said
        return {
            name: Confirmed() if said is None else said.get(name, Confirmed(kept=False))
            for name in proposed.proposals
        }


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
    own: Own

    @cached_property
    def _own(self) -> tuple[Decision, ...]:
        own = overrides(Parent.of(self.parent), self.ground.content)
        return tuple(one for one in own if one.pile == "kept")

    @cached_property
    def places(self) -> tuple[PilotPlace, ...]:
        """The overrides, without what says which centre it is, and without what goes with another one."""
        known = {one.path for one in self._own}
        away = (*OF_THE_CENTRE, TRANSLATIONS, *places_of(self.parent.bundle))
        shown = [
            one
            for one in self._own
            if not any(is_within(one.path, place) for place in away) and _field_of(one.path) not in known
        ]
        naming = {one.path: words for one in shown if (words := self.own.said_in([one.path, _plain(one)]))}
        askable = propose([one for one in shown if one.path in naming], self.own, self.bundle).of
        return tuple(PilotPlace(one, naming.get(one.path, ()), one.path in askable) for one in shown)

    def proposed(self, paths: Iterable[str]) -> Proposed:
        """Return the questions that could be asked in some places, those that go with them included."""
        wanted = set(paths)
        return propose([one for one in self._own if one.path in wanted], self.own, self.bundle)

    def companions_of(self, chosen: Iterable[str]) -> list[str]:
        """Return what goes with some places: how a field of a form is shown, and translations of their texts."""
        wanted = set(chosen)
        shown = [one.path for one in self._own if _field_of(one.path) in wanted]
        texts = {
            text
            for one in self._own
            if one.path in wanted and one.ours is not ABSENT
            for _, text in pointers.scalars(one.ours, one.path)
            if isinstance(text, str)
        }
        said = [one.path for one in self._own if is_within(one.path, TRANSLATIONS)]
        # A translation of a text that names the pilot is the pilot's: the text itself becomes another one.
        told = [path for path in said if (text := pointers.split(path)[-1]) in texts and self._is_free(text)]
        return [*shown, *told]

    def _is_free(self, text: str) -> bool:
        return not self.own.said_in(text)

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
    asked: Mapping[str, Proposal] = field(default_factory=dict)
    proposed: Proposed = field(default_factory=Proposed)

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
        """Return the digests of what is in force at the pilot before and after; questions themselves govern nothing."""
        before, after = (
            {name: part for name, part in one.items() if name != SECTION}
            for one in (self.pilot.bundle, self.bundle)
        )
        return digest(before), digest(after)

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
    own = own_of_unit(session, unit, agency)
    return Pilot(unit, ground, parent, parent_of(session, ground.above[:-1]), above, own)


def raised(pilot: Pilot, chosen: Iterable[str], asking: Asking | None = None) -> Raised:
    """Return what comes of a choice; InvalidInput for an empty one, and for places that name the pilot itself.

    Such places are handed on by ``asking`` alone, with questions. Where a person drops one that is needed, the places
    that it is needed for stay with the pilot.
    """
    paths = tuple(dict.fromkeys(chosen))
    with_questions = tuple(dict.fromkeys(asking.paths)) if asking else ()
    if not paths and not with_questions:
        raise _empty()
    _refuse_own(pilot, paths, with_questions)
    proposed = pilot.proposed(_whole(pilot, (*paths, *with_questions)))
    if asking is None:
        asking = Asking(said={})
    proposals, staying = settled(proposed, asking.confirmed(proposed))
    going = tuple(path for path in (*paths, *with_questions) if path not in staying)
    if not going:
        raise _empty()
    whole = [path for path in _whole(pilot, going) if path not in staying]
    above, parent = Parent.of(pilot.above).bundle, Parent.of(pilot.parent)
    done = lift_asking(above, parent, pilot.ground.content, whole, proposals)
    return Raised(pilot, going, done, proposals, proposed)


def _whole(pilot: Pilot, paths: Sequence[str]) -> list[str]:
    return list(dict.fromkeys([*paths, *pilot.companions_of(paths)]))


def _empty() -> InvalidInput:
    text = msg("Choose at least one place")
    return InvalidInput("pilot.empty", text, problems=[Problem("pilot.empty", text)])


def _refuse_own(pilot: Pilot, paths: Sequence[str], with_questions: Sequence[str]) -> None:
    text = msg("“%(words)s” is said there: this place stays with %(unit)s")
    problems = [
        Problem(
            "pilot.own", text, {"words": "、".join(one.own_words), "unit": pilot.unit.name}, pointer=one.path
        )
        for one in pilot.places
        if one.own_words and (one.path in paths or (one.path in with_questions and not one.is_askable))
    ]
    if problems:
        raise InvalidInput("pilot.own", msg("Some of these can't become the parent's"), {}, problems)


def pilot_draft(
    uow: Work, unit_code: str, chosen: Sequence[str], name: str, asking: Asking | None = None
) -> str:
    """Begin a draft of the configuration above for what was chosen of a pilot's, where that can be lifted."""
    made = raised(pilot_of(uow.session, unit_code), chosen, asking)
    return drafts.open_draft(uow, made.pilot.parent_unit.code, name).uid


def lift_pilot(
    uow: Work,
    draft_id: str,
    unit_code: str,
    chosen: Sequence[str],
    why: str,
    asking: Asking | None = None,
) -> None:
    """Write what was chosen of a pilot's into a draft of the configuration above, as one step.

    The pilot's own layer changes nowhere: when it takes the new version over, what was lifted is no override any more.
    """
    check_reason(why)
    made = raised(pilot_of(uow.session, unit_code), chosen, asking)
    drafts.change(uow, draft_id, made.changes, why=why)


def _field_of(path: str) -> str:
    """Return the field of a form of whose showing a place tells; empty for any other place."""
    parts = pointers.split(path)
    if len(parts) < 5 or parts[0] != "forms" or parts[2:4] not in (["ui", "fields"], ["entity", "index"]):
        return ""
    field = parts[4].removeprefix("=").strip('"').removeprefix("/")
    return pointers.join([*parts[:2], "schema", "properties", field])


def _plain(one: Decision) -> Any:
    return None if one.ours is ABSENT else one.ours


def _changes(before: Any, after: Any, at: str) -> Iterator[Change]:
    if not isinstance(before, Mapping) or not isinstance(after, Mapping):
        if canonical(before) != canonical(after):
            op: Op = "add" if before is None else "remove" if after is None else "replace"
            yield Change(op, at, before, after)
        return
    for key in dict.fromkeys((*before, *after)):
        yield from _changes(before.get(key), after.get(key), at + pointers.join([key]))
