"""From a pilot to its parent: what a county made its own becomes its parent's, and the county stays what it is."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from portal.core.canonical import canonical
from portal.core.errors import InvalidInput, Problem, msg
from portal.core.packs.merge import merge
from portal.core.packs.smallest import smallest_patch
from portal.core.packs.three_way.absent import ABSENT, digest_of
from portal.core.packs.three_way.decision import Decision
from portal.core.packs.three_way.merging import three_way
from portal.core.packs.three_way.parent import Parent

QUESTIONS = "questions"


@dataclass(frozen=True)
class Lifted:
    """The parent's layer with what was lifted, and the county's smaller one."""

    parent_layer: Mapping[str, Any]
    layer: Mapping[str, Any]


@dataclass(frozen=True)
class SharedOverride:
    """One override that several counties have alike: its place, its value, and whose it is."""

    path: str
    value: Any
    counties: tuple[str, ...]


def overrides(parent: Parent, layer: Mapping[str, Any]) -> tuple[Decision, ...]:
    """Return what a county made its own (kept), and what of its layer says only what the parent says (redundant)."""
    return three_way(parent, parent, layer).decisions


def lift(
    above: Mapping[str, Any],
    parent: Parent,
    layer: Mapping[str, Any],
    chosen: Iterable[str],
    asked: Callable[[dict[str, Any]], dict[str, Any]] | None = None,
) -> Lifted:
    """Move overrides of a county, by their paths, into its parent's layer.

    ``above`` is the effective configuration that the parent itself stands on. What is in force at the county stays the
    same. ``asked`` makes of the parent's new configuration the one that asks questions where the county's own words
    would stand: these stay the county's; the section of questions itself, which governs nothing, is the parent's for
    both. InvalidInput for paths at which the county has no override, all of them at once.
    """
    own = overrides(parent, layer)
    wanted = set(chosen)
    unknown = sorted(wanted - {one.path for one in own if one.pile == "kept"})
    if unknown:
        problems = [
            Problem(
                "lift.none",
                msg("There is no override of the county at %(path)s"),
                {"path": path},
                pointer=path,
            )
            for path in unknown
        ]
        raise InvalidInput("lift.none", msg("Some of these can't become the parent's"), {}, problems)
    given_up = [one.answer("theirs") for one in own if one.pile == "kept" and one.path not in wanted]
    raised = three_way(parent, parent, layer, given_up).bundle
    effective = merge(dict(parent.bundle), dict(layer))
    if asked is not None:
        raised = asked(dict(raised))
        effective = {**effective, **{name: raised[name] for name in (QUESTIONS,) if name in raised}}
    return Lifted(_patch(above, raised), _patch(raised, effective))


def shared_overrides(by_county: Mapping[str, Iterable[Decision]], least: int = 2) -> list[SharedOverride]:
    """Return the overrides that at least so many counties have alike, those of most counties first."""
    found: dict[tuple[str, str], tuple[Any, list[str]]] = {}
    for county, decisions in by_county.items():
        for one in decisions:
            if one.pile == "kept":
                found.setdefault((one.path, digest_of(one.value)), (one.value, []))[1].append(county)
    shared = [
        SharedOverride(path, value, tuple(sorted(counties)))
        for (path, _), (value, counties) in found.items()
        if len(counties) >= least
    ]
    return sorted(shared, key=lambda one: (-len(one.counties), one.path, canonical(one.counties)))


def _patch(lower: Any, wanted: Any) -> dict[str, Any]:
    patch = smallest_patch(dict(lower), dict(wanted))
    return {} if patch is ABSENT else dict(patch)
