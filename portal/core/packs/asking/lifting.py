"""What a county made its own becomes its parent's, with questions where its own words would stand."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from portal.core.packs.asking.proposing import Proposal, Proposed, replaced
from portal.core.packs.questions.standing import SECTION, Place
from portal.core.packs.three_way.lifting import Lifted, lift
from portal.core.packs.three_way.parent import Parent
from portal.core.text import Text


@dataclass(frozen=True, slots=True)
class Confirmed:
    """What a person made of a proposal: kept or dropped, its words, whether it has to be answered."""

    kept: bool = True
    title: Text = ""
    required: bool | None = None


def settled(proposed: Proposed, said: Mapping[str, Confirmed]) -> tuple[dict[str, Proposal], frozenset[str]]:
    """Return the proposals as a person settled them, and the overrides that stay with the pilot for what was dropped.

    Without the question for a word of its own, an override that says the word stays; a number holds for everybody.
    """
    dropped = {name for name, one in said.items() if not one.kept and name in proposed.proposals}
    needed = {name for name in dropped if proposed.proposals[name].is_needed}
    staying = frozenset(path for path, names in proposed.of.items() if needed & set(names))
    kept = {}
    for name, one in proposed.proposals.items():
        places = tuple(place for place in one.question.places if not _is_at(place, staying))
        if name not in dropped:
            kept[name] = replace(one, question=replace(_worded(one, said.get(name)), places=places))
    used = {name for path, names in proposed.of.items() if path not in staying for name in names}
    return {name: one for name, one in kept.items() if name in used}, staying


def _worded(one: Proposal, said: Confirmed | None) -> Any:
    if said is None or one.known:
        return one.question
    required = one.question.required if said.required is None else said.required
    return replace(one.question, title=said.title or one.question.title, required=required)


def _is_at(place: Place, overrides: Iterable[str]) -> bool:
    return any(place.path == one or place.path.startswith(f"{one}/") for one in overrides)


def lift_asking(
    above: Mapping[str, Any],
    parent: Parent,
    layer: Mapping[str, Any],
    chosen: Iterable[str],
    proposals: Mapping[str, Proposal],
) -> Lifted:
    """Move overrides of a county into its parent's layer, with questions in the place of its own words.

    What is in force at the county is the same before and after, but for the questions themselves.
    """
    blanks = Proposed(dict(proposals)).blanks()

    def asked(raised: dict[str, Any]) -> dict[str, Any]:
        made = dict(replaced(raised, blanks))
        return {**made, SECTION: _section(made.get(SECTION), proposals)} if proposals else made

    return lift(above, parent, layer, chosen, asked)


def _section(before: Any, proposals: Mapping[str, Proposal]) -> dict[str, Any]:
    section = dict(before) if isinstance(before, dict) else {}
    for name, one in proposals.items():
        there = section.get(name)
        if isinstance(there, dict):
            added = [place.to_json() for place in one.question.places]
            section[name] = {**there, "places": [*there.get("places", ()), *added]}
        else:
            section[name] = one.question.to_json()
    return section
