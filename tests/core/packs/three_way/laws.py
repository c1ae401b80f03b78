"""The laws of the merge, over generated triples; each returns what breaks it."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from portal.core import pointer as pointers
from portal.core.canonical import canonical
from portal.core.packs.merge import merge
from portal.core.packs.three_way import (
    ABSENT,
    Answer,
    Merged,
    Parent,
    lift,
    overrides,
    smallest_patch,
    three_way,
)
from tests.core.packs.three_way import oracle, triples
from tests.core.packs.three_way.triples import Triple

Law = Callable[[Triple, Merged, random.Random], Iterator[str]]


@dataclass
class Tally:
    """How many triples were merged, what was among them, and what broke which law."""

    triples: int = 0
    seen: Counter[str] = field(default_factory=Counter)
    broken: Counter[str] = field(default_factory=Counter)
    first: list[str] = field(default_factory=list)


def of(bundle: dict[str, Any]) -> Parent:
    return Parent("parent@1.0.0", bundle)


def equal(one: Any, other: Any) -> bool:
    return canonical(one) == canonical(other)


def agrees_with_the_oracle(triple: Triple, done: Merged, chance: random.Random) -> Iterator[str]:
    """The same conflicts, and the same values everywhere else."""
    paths, conflicts = oracle.merged(triple.base, triple.theirs, triple.own)
    found = {tuple(pointers.split(one.path)) for one in done.decisions if one.conflict}
    if found != conflicts:
        yield f"conflicts {sorted(found)}, the oracle has {sorted(conflicts)}"
        return
    mine = {
        path: text
        for path, text in oracle.flat(done.bundle).items()
        if not any(path[:n] in conflicts for n in range(len(path) + 1))
    }
    if mine != paths:
        yield f"merged {mine}, the oracle has {paths}"


def layer_makes_the_merged(triple: Triple, done: Merged, chance: random.Random) -> Iterator[str]:
    """The layer on the new version is the merged configuration."""
    if not equal(merge(triple.theirs, dict(done.layer)), done.bundle):
        yield f"layer {done.layer}"


def no_override_is_lost(triple: Triple, done: Merged, chance: random.Random) -> Iterator[str]:
    """Each value that the county changed stands in the result, or a decision speaks of it."""
    before, own, after = (oracle.flat(side) for side in (triple.base, triple.own, done.bundle))
    spoken = [tuple(pointers.split(one.path)) for one in done.decisions if one.pile != "taken" or one.note]
    for path in before.keys() | own.keys():
        if before.get(path) == own.get(path) or after.get(path) == own.get(path):
            continue
        if not any(path[: len(one)] == one or one[: len(path)] == path for one in spoken):
            yield f"{path}: {own.get(path)} became {after.get(path)}"


def every_part_of_the_layer_is_spoken_of(
    triple: Triple, done: Merged, chance: random.Random
) -> Iterator[str]:
    """Each place that the layer touches is at, above or below a decision."""
    touched: list[str] = []
    merge(triple.base, triple.layer, touch=lambda kind, pointer: touched.append(pointer))
    paths = [one.path for one in done.decisions]
    for pointer in touched:
        if not any(
            f"{one}/".startswith(f"{pointer}/") or f"{pointer}/".startswith(f"{one}/") for one in paths
        ):
            yield pointer


def twice_changes_nothing(triple: Triple, done: Merged, chance: random.Random) -> Iterator[str]:
    """The merged layer, merged again with the same version, stays what it is."""
    again = three_way(of(triple.theirs), of(triple.theirs), done.layer)
    if not equal(again.layer, done.layer) or not equal(again.bundle, done.bundle) or again.undecided:
        yield f"{done.layer} became {again.layer}"
    if any(one.pile != "kept" for one in again.decisions):
        yield f"piles {[(one.path, one.pile) for one in again.decisions if one.pile != 'kept']}"


def sides_commute(triple: Triple, done: Merged, chance: random.Random) -> Iterator[str]:
    """Changes without conflict give the same, whichever side they are on; who orders things is the exception."""
    if done.undecided or any(one.note == "order" for one in done.decisions):
        return
    patch = smallest_patch(triple.base, triple.theirs)
    other = three_way(of(triple.base), of(triple.own), {} if patch is ABSENT else patch)
    if other.undecided or not equal(other.bundle, done.bundle):
        yield f"{done.bundle} here, {other.bundle} with the sides changed"


def answered(triple: Triple, done: Merged, action: Any) -> Merged:
    answers = [one.answer(action) for one in done.decisions]
    return three_way(of(triple.base), of(triple.theirs), triple.layer, answers)


def theirs_everywhere_is_theirs(triple: Triple, done: Merged, chance: random.Random) -> Iterator[str]:
    """Who takes the new version everywhere has it, and no layer."""
    got = answered(triple, done, "theirs")
    if not equal(got.bundle, triple.theirs) or got.layer:
        yield f"{got.bundle}, layer {got.layer}"


def ours_everywhere_is_ours(triple: Triple, done: Merged, chance: random.Random) -> Iterator[str]:
    """Who keeps the own everywhere has what was there before."""
    got = answered(triple, done, "ours")
    if not equal(got.bundle, triple.own):
        yield f"{got.bundle}, own {triple.own}"


def alike_drops(triple: Triple, done: Merged, chance: random.Random) -> Iterator[str]:
    """A version that says all that the county says leaves no layer and no conflict."""
    got = three_way(of(triple.base), of(triple.own), triple.layer)
    if got.layer or any(one.conflict or one.pile == "kept" for one in got.decisions):
        yield f"layer {got.layer}"


def nothing_new_changes_nothing(triple: Triple, done: Merged, chance: random.Random) -> Iterator[str]:
    """On the version that it was made on, the county stays what it is."""
    got = three_way(of(triple.base), of(triple.base), triple.layer)
    if not equal(got.bundle, triple.own) or any(one.pile in ("taken", "decide") for one in got.decisions):
        yield f"{got.bundle}, own {triple.own}"


def answers_are_remembered(triple: Triple, done: Merged, chance: random.Random) -> Iterator[str]:
    """A conflict that was decided is asked again only when one of its three values changed."""
    answers = [
        Answer.from_json(one.answer(chance.choice(("theirs", "ours", "base"))).to_json())
        for one in done.undecided
    ]
    later = {**triple.theirs, "later": {"a": 1}}
    got = three_way(of(triple.base), of(later), triple.layer, answers)
    if got.undecided or got.stale:
        yield f"asked again: {[one.path for one in got.undecided]}, stale {got.stale}"
    for one in done.undecided:
        changed = [answer for answer in answers if answer.path != one.path]
        changed.append(Answer(one.path, ("", "", "x"), "theirs"))
        left = three_way(of(triple.base), of(triple.theirs), triple.layer, changed)
        if [still.path for still in left.undecided] != [one.path] or len(left.stale) != 1:
            yield f"{one.path} is not asked again"


LAWS: tuple[Law, ...] = (
    layer_makes_the_merged,
    every_part_of_the_layer_is_spoken_of,
    twice_changes_nothing,
    theirs_everywhere_is_theirs,
    ours_everywhere_is_ours,
    alike_drops,
    nothing_new_changes_nothing,
    answers_are_remembered,
)
OF_MAPS: tuple[Law, ...] = (*LAWS, agrees_with_the_oracle, no_override_is_lost, sides_commute)


def entries_are_not_lost(triple: Triple, done: Merged, chance: random.Random) -> Iterator[str]:
    """Each entry that the county added to a list, or removed from one, is so in the result, or a decision says why."""
    before, own, after = (dict(_lists(side)) for side in (triple.base, triple.own, done.bundle))
    open_ = [one.path for one in done.decisions if one.conflict]
    for path, entries in own.items():
        was, has = before.get(path, {}), after.get(path, {})
        for key in was.keys() | entries.keys():
            changed_here, differs = (key in was) != (key in entries), (key in has) != (key in entries)
            if changed_here and differs and not any(one.startswith(path) for one in open_):
                yield f"{path}: {key}"


def _lists(value: Any, at: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    if isinstance(value, dict):
        for name, member in value.items():
            yield from _lists(member, pointers.join([name], at))
    elif isinstance(value, list):
        yield at, {triples.key_of(entry): entry for entry in value}


OF_LISTS: tuple[Law, ...] = (*LAWS, entries_are_not_lost)


def run(count: int, seed: int, make: Callable[[random.Random], Triple], laws: tuple[Law, ...]) -> Tally:
    """Merge so many generated triples and hold each law against each of them."""
    tally = Tally()
    for number in range(count):
        chance = random.Random(f"{seed} {number}")
        triple = make(chance)
        done = three_way(of(triple.base), of(triple.theirs), triple.layer)
        tally.triples += 1
        tally.seen.update(one.conflict or one.pile for one in done.decisions)
        tally.seen["without conflict"] += not done.undecided
        for law in laws:
            for breach in law(triple, done, chance):
                tally.broken[law.__name__] += 1
                if len(tally.first) < 3:
                    tally.first.append(f"{law.__name__} at {seed} {number}: {breach}\n{triple}")
    return tally


@dataclass
class Pilots:
    """Pilots whose overrides became their parent's: how many, how many overrides, and what is not what it was."""

    count: int = 0
    lifted: int = 0
    changed: list[int] = field(default_factory=list)
    still_own: list[int] = field(default_factory=list)


def lift_pilots(count: int, make: Callable[[random.Random], Triple]) -> Pilots:
    """Lift overrides of so many generated pilots; the new version serves as the city, the base as what it stands on."""
    found = Pilots()
    for seed in range(count):
        chance = random.Random(seed)
        triple = make(chance)
        parent = Parent("city@1", triple.theirs)
        own = [one.path for one in overrides(parent, triple.layer) if one.pile == "kept"]
        chosen = [path for path in own if chance.random() < 0.5]
        done = lift(triple.base, parent, triple.layer, chosen)
        city = merge(triple.base, dict(done.parent_layer))
        if not equal(merge(city, dict(done.layer)), merge(triple.theirs, triple.layer)):
            found.changed.append(seed)
        left = {one.path for one in overrides(Parent("city@2", city), done.layer) if one.pile == "kept"}
        if any(path in left for path in chosen if "=order" not in path):
            found.still_own.append(seed)
        found.count += 1
        found.lifted += len(chosen)
    return found
