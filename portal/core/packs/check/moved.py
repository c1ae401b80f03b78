"""Moves that packs list: the old place is empty, the new one is not, and no two contradict each other."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from portal.core import pointer as pointers
from portal.core.errors import Problem, msg
from portal.core.packs import formats
from portal.core.packs.check.registry import Context, check
from portal.core.packs.layer import Layer
from portal.core.packs.moved import Move, follow, goes_round, moves_in
from portal.core.packs.origins import is_within
from portal.core.packs.source import manifest_path
from portal.core.packs.versions import version_key

_NOTHING = object()


@check
def moved(context: Context) -> Iterator[Problem]:
    """The moves of the chain hold."""
    chain = context.resolved.chain
    moves = [move for layer in chain for move in moves_in(layer.manifest.moved, layer.id)]
    seen: set[str] = set()
    for layer in chain:
        for index, entry in enumerate(layer.manifest.moved):
            for move in moves_in([entry], layer.id):
                yield from _of_one(move, layer, index, move.source in seen)
                yield from _of_places(context, move, moves, f"/moved/{index}")
                seen.add(move.source)


def _of_one(move: Move, layer: Layer, index: int, twice: bool) -> Iterator[Problem]:
    """Yield what is wrong with a move by itself."""
    where = f"/moved/{index}"
    if twice:
        yield _problem(
            "moved.twice",
            msg("%(from)s moved already"),
            move,
            f"{where}/from",
            msg("Keep one move; a second one starts from where the first one led"),
        )
    if is_within(move.target, move.source):
        yield _problem(
            "moved.inside",
            msg("Nothing can move to itself or into itself"),
            move,
            f"{where}/to",
            msg("Name another place, or remove the move"),
        )
    if version_key(move.version) > version_key(layer.manifest.version):
        yield _problem(
            "moved.later",
            msg("The move is of version %(in)s, but the pack is of version %(version)s"),
            move,
            f"{where}/in",
            msg("Name the version in which it happened, or raise the version of the pack"),
            version=layer.manifest.version,
        )


def _of_places(context: Context, move: Move, moves: list[Move], where: str) -> Iterator[Problem]:
    """Yield what is wrong with a move as the bundle shows it."""
    if is_within(move.target, move.source):
        return
    if goes_round(move, moves):
        yield _problem(
            "moved.loop",
            msg("Following the moves from %(from)s leads back to a place that moved"),
            move,
            where,
            msg("Let the moves end somewhere"),
        )
        return
    target = follow(move.target, [one for one in moves if one != move])
    if pointers.get(context.bundle, move.source, _NOTHING) is not _NOTHING:
        yield from _still_there(context, move, target, where)
    if (
        pointers.get(context.bundle, target, _NOTHING) is _NOTHING
        and context.resolved.origins.removed_by(target) is None
    ):
        yield _problem(
            "moved.nowhere",
            msg("There is nothing at %(target)s"),
            move,
            f"{where}/to",
            msg("Correct the place, or remove the move"),
            target=target,
        )


def _still_there(context: Context, move: Move, target: str, where: str) -> Iterator[Problem]:
    """Yield the problem of something at an old place: in packs below the one that moved it, or in that one."""
    packs = [layer.id for layer in context.resolved.chain]
    below = [
        layer.id
        for layer in context.resolved.chain[packs.index(move.pack) + 1 :]
        if pointers.get(layer.content, move.source, None) is not None
    ]
    if not below:
        message, remedy = msg("%(from)s is still there"), msg("Remove it, or remove the move")
        yield _problem("moved.still_there", message, move, f"{where}/from", remedy)
    for pack in below:
        file, inner = formats.locate(pack, move.source) or (manifest_path(pack), "")
        yield Problem(
            "moved.old_place",
            msg("%(from)s moved to %(target)s in version %(in)s of the pack %(pack)s"),
            {**move.to_json(), "target": target},
            file,
            inner,
            msg("Write this at its new place"),
        )


def _problem(code: str, message: str, move: Move, pointer: str, remedy: str, **params: Any) -> Problem:
    return Problem(code, message, {**move.to_json(), **params}, manifest_path(move.pack), pointer, remedy)
