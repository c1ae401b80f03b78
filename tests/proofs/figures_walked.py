"""Counts that are kept of many cases equal a walk along each: corrected, taken up again, moved, entered late."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

from portal.services import units
from portal.services.portal import Portal
from tests.proofs.board_cases import analyze
from tests.proofs.frame import Number, Place, at_least, equal, proof
from tests.services.indicators.histories import SYSTEM, History, made_up, take_away
from tests.services.indicators.test_indicator_upkeep import changed, compare, count, without_links

PORTION = 2_000
# A village comes under another township, and a township under another county.
MOVES = (("530112001001", "530115001"), ("530112002", "530111"))


@proof(
    "figures_walked",
    "The counts of many cases, corrected, taken up again, moved and entered late, are those of a walk along each",
    minutes=6,
    small={"cases": 300},
    large={"cases": 100_000},
)
def figures_walked(place: Place, cases: int) -> Iterator[Number]:
    """Count made-up cases, change and move and take away some of them, count these again, and walk along them all."""
    chance = Random(cases)
    portal = Portal.from_url(place.seeded())
    # Counting goes by the records alone; who sees them is another proof's.
    histories = made_up(portal, cases, 7, portal.clock.today(), reach_too=False)
    analyze(portal)
    count(portal, [one.id for one in histories], PORTION)
    yield _walked("as they were registered", portal, histories)
    touched = chance.sample(histories[1:], cases // 50)
    for one in touched:
        changed(portal, one, chance)
    gone = {one.id for one in chance.sample(histories[1:], cases // 100)}
    take_away(portal, sorted(gone))
    for village, parent in MOVES:
        with portal.writing(SYSTEM) as uow:
            units.move(
                uow, units.by_code(uow.session, village).id, units.by_code(uow.session, parent).id, "试"
            )
            uow.commit()
    count(portal, sorted({one.id for one in touched} | gone), PORTION)
    histories = [one for one in histories if one.id not in gone]
    without_links(portal, histories)
    yield _walked("corrected, taken up again, taken away, with moved units", portal, histories)
    yield at_least("cases changed afterwards", cases // 50, len(touched))


def _walked(how: str, portal: Portal, histories: list[History]) -> Number:
    """Return how many comparisons of a unit, a month and an indicator differ; the first one is said by its error."""
    try:
        seen = compare(portal, histories)
    except AssertionError as error:
        return equal(f"counts that differ, {how}: {error}"[:300], 0, 1)
    assert seen > len(histories)
    return equal(f"counts that differ, {how}", 0, 0)
