"""Whatever twelve roles do: no matter is lost, no part goes on after its end, no duty runs on what is closed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from portal.adapters.clock import FixedClock
from portal.services.portal import Portal
from tests.fixtures.database import KEYS
from tests.proofs.at_random.acting import BEGIN, Town
from tests.proofs.at_random.people import ROLES, STAFFED, Land
from tests.proofs.at_random.watching import PROMISES, Watch
from tests.proofs.frame import Number, Place, at_least, equal, proof

# Each database sees acts of its own.
SEEDS = {"sqlite": 530_100, "postgresql": 530_112}
# Each of these is done often enough to break something.
SORTS = (
    ".object",
    "decide_objection",
    "withdraw_objection",
    "correction.ask",
    "correction.approve",
    "correction.refuse",
    "task.",
    "make_plan",
    "session.step",
    "session.change",
    "whistle",
    "answer.return",
)
# Of each promise that is broken, so many are told with everything that was done.
TOLD = 3


@proof(
    "acts_at_random",
    "10,000 random acts of 12 roles, half on each database, over 300 cases: none is lost, none goes on after its end",
    minutes=13,
    small={"acts": 250, "cases": 30, "checks": 2, "counties": 1, "each": 0},
    large={"acts": 5_000, "cases": 300, "checks": 10, "counties": 3, "each": 1},
)
def acts_at_random(
    place: Place, acts: int, cases: int, checks: int, counties: int, each: int
) -> Iterator[Number]:
    """Let people act, look at everything now and then, and count what does not hold."""
    portal = Portal.from_url(place.shipped(), FixedClock(BEGIN), KEYS)
    land = Land() if counties > 1 else Land(1, 1, 1, len(STAFFED) // 2)
    town = Town(portal, SEEDS[place.kind], cases, land)
    watch, broken = Watch(town), Counter[str]()
    for check in range(1, checks + 1):
        while town.done.total() < acts * check // checks:
            town.act()
        for promise, breaches in watch.look().items():
            broken[promise] += len(breaches)
            for one in breaches[:TOLD]:
                print(f"\nafter {town.done.total()} acts: {one}")
    print(
        f"{portal.database.dialect}: {dict(town.done.most_common())}\nrefused: {dict(town.refused.most_common(40))}"
    )
    portal.database.dispose()
    yield equal("acts that were done", acts, town.done.total())
    yield at_least("cases and other matters", cases, len(town.uids))
    yield equal("roles that acted", len(ROLES) if counties > 1 else len(town.roles), len(town.roles))
    yield at_least("sorts of acts", 25, len(town.done))
    for sort in SORTS:
        yield at_least(
            f"acts of the sort {sort}", each, sum(n for name, n in town.done.items() if sort in name)
        )
    for promise, words in PROMISES.items():
        yield equal(words, 0, broken[promise])
