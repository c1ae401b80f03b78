"""What lies ahead of a stage: which stages can still come, which may be left out, and which are alternatives."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass

from portal.core.lifecycle.model import ANY_STAGE, Lifecycle, Stage

END = ""


@dataclass(frozen=True, slots=True)
class Ahead:
    """One place ahead: a stage, or several of which one follows; ``optional`` where it may be left out."""

    stages: tuple[Stage, ...]
    optional: bool = False


def ahead(lifecycle: Lifecycle, here: str) -> list[Ahead]:
    """Return what can follow a main stage, in order.

    A step that passes over one stage makes that stage optional; one that jumps further is an exception.
    Of optional stages that stand beside each other, of which one has to be passed to come to an end, one follows; not
    where the usual step leads from one of them to another.
    """
    order = [one for one in lifecycle.stages if not one.parallel and not one.hidden]
    line = [one for one in order if one.listed and not one.final]
    places = {one.id: index for index, one in enumerate(line)}
    edges = list(_edges(lifecycle, places))
    start = places.get(here, -1)
    reached = _reached(edges, here, ())
    coming = [one for one in line[start + 1 :] if one.id in reached]
    optional = [one for one in coming if END in _reached(edges, here, (one.id,))]
    usual = {
        (source, step.to or "") for step in lifecycle.transitions if step.primary for source in step.sources
    }
    return list(_grouped(coming, optional, usual, edges, here))


def _edges(lifecycle: Lifecycle, places: dict[str, int]) -> Iterator[tuple[str, str]]:
    """Yield the usual ways forward; leaving at once from the first stage, or from everywhere, is none."""
    for step in lifecycle.transitions:
        if step.hidden or step.to is None:
            continue
        ends = lifecycle.stage(step.to).final
        for source in step.sources - {ANY_STAGE}:
            if source not in places or (ends and lifecycle.stage(source).initial):
                continue
            target = END if ends else step.to
            jump = (len(places) if ends else places.get(target, -1)) - places[source]
            if 0 < jump <= 2:
                yield source, target


def _reached(edges: Iterable[tuple[str, str]], here: str, without: Collection[str]) -> set[str]:
    """Return what can be reached from a stage without passing through others."""
    found, waiting = {here}, [here]
    while waiting:
        at = waiting.pop()
        for before, after in edges:
            if before == at and after not in found and after not in without:
                found.add(after)
                waiting.append(after)
    return found


def _grouped(
    coming: list[Stage],
    optional: list[Stage],
    usual: Collection[tuple[str, str]],
    edges: list[tuple[str, str]],
    here: str,
) -> Iterator[Ahead]:
    index = 0
    while index < len(coming):
        group = next(
            (
                coming[index:end]
                for end in range(index + 2, len(coming) + 1)
                if all(one in optional for one in coming[index:end])
                and not _in_turn(coming[index:end], usual)
                and _one_of(coming[index:end], edges, here)
            ),
            None,
        )
        if group is not None:
            yield Ahead(tuple(group))
            index += len(group)
            continue
        yield Ahead((coming[index],), coming[index] in optional)
        index += 1


def _in_turn(stages: list[Stage], usual: Collection[tuple[str, str]]) -> bool:
    """Tell whether the usual step leads from one of the stages to another."""
    names = [one.id for one in stages]
    return any((one, other) in usual for one in names for other in names if one != other)


def _one_of(stages: list[Stage], edges: list[tuple[str, str]], here: str) -> bool:
    """Tell whether one of the stages has to be passed, and none of them alone may be taken out of that."""
    names = [one.id for one in stages]
    if END in _reached(edges, here, names):
        return False
    return all(END in _reached(edges, here, [one for one in names if one != name]) for name in names)
