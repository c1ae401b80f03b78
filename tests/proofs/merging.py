"""A county's layer on a new version of its parent: 10,000 generated triples against an oracle, and the laws."""

from __future__ import annotations

from collections.abc import Iterator

from tests.core.packs.three_way import laws, triples
from tests.proofs.frame import Number, Place, at_least, equal, proof

SEED = 1129


@proof(
    "merge",
    "10,000 merges as an independent oracle has them, none lost; 200 pilots lifted stay what they were",
    minutes=3,
    small={"maps": 100, "lists": 50, "pilots": 20},
    large={"maps": 10_000, "lists": 1_000, "pilots": 200},
    databases=("sqlite",),
)
def merging(place: Place, maps: int, lists: int, pilots: int) -> Iterator[Number]:
    for name, count, make, held in (
        ("maps", maps, triples.maps, laws.OF_MAPS),
        ("lists", lists, triples.lists, laws.OF_LISTS),
    ):
        tally = laws.run(count, SEED, make, held)
        yield equal(f"triples of {name}", count, tally.triples)
        for kind in ("taken", "kept", "redundant", "both", "removed_here", "removed_there"):
            yield at_least(f"decisions of {name} that are {kind}", count // 50, tally.seen[kind])
        for law in held:
            yield equal(f"{name}: {law.__name__.replace('_', ' ')}, breaches", 0, tally.broken[law.__name__])
        yield equal(f"{name}, the first breach", [], tally.first[:1])
    for name, make in (("maps", triples.maps), ("lists", triples.lists)):
        found = laws.lift_pilots(pilots, make)
        yield equal(f"pilots of {name} whose overrides became their parent's", pilots, found.count)
        yield at_least(f"overrides of {name} that were lifted", pilots, found.lifted)
        yield equal(f"pilots of {name} whose effective configuration changed", [], found.changed[:3])
        yield equal(f"pilots of {name} that still have what was lifted", [], found.still_own[:3])
