"""Random histories, folded in pieces and cut off at random statements: what is kept is what a walk of each tells."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from random import Random
from typing import Any

from sqlalchemy import event, func, select

from portal.persistence.models import IndicatorFigure, IndicatorShare
from portal.services import units
from portal.services.portal import Portal
from portal.services.reach import upkeep as reach
from tests.services.indicators.histories import SYSTEM, History, made_up, take_away
from tests.services.indicators.test_indicator_upkeep import changed, compare, count, without_links

HISTORIES = int(os.environ.get("PORTAL_HISTORIES", "12"))
VILLAGE, PARENTS = "530112001001", ("530112001", "530115001")


class CutOffError(Exception):
    """The worker is gone, in the middle of its work."""


@contextlib.contextmanager
def cut_off(portal: Portal, after: int) -> Iterator[None]:
    """Let the work within be cut off before its statement of that number."""
    left = after

    def note(*_: Any) -> None:
        nonlocal left
        left -= 1
        if left < 0:
            raise CutOffError

    event.listen(portal.database.engine, "before_cursor_execute", note)
    try:
        yield
    except CutOffError:
        pass
    finally:
        event.remove(portal.database.engine, "before_cursor_execute", note)


def fold(portal: Portal, ids: list[int], chance: Random) -> None:
    """Count cases in any order and portions, cut off before, and some of them twice."""
    for _ in range(chance.randrange(0, 3)):
        with cut_off(portal, chance.randrange(0, 40)):
            count(portal, ids, 2)
    some = [*ids, *chance.sample(ids, chance.randrange(0, len(ids)))]
    chance.shuffle(some)
    for at in range(0, len(some), 2):
        count(portal, sorted(set(some[at : at + 2])))


def act(portal: Portal, histories: list[History], chance: Random) -> list[History]:
    """Let one thing happen: a correction, a reopening or a late entry, a unit that moves, or a case that goes."""
    what = chance.random()
    if what < 0.15:
        with portal.writing(SYSTEM) as uow:
            village = units.by_code(uow.session, VILLAGE)
            parent = units.by_code(uow.session, chance.choice(PARENTS))
            if village.parent_id != parent.id:
                units.move(uow, village.id, parent.id, "试")
                uow.commit()
        return histories
    one = chance.choice(histories)
    if what < 0.3 and len(histories) > 1 and one is not histories[0]:
        take_away(portal, [one.id])
        count(portal, [one.id])
        return [other for other in histories if other is not one]
    changed(portal, one, chance)
    reach.rebuild(portal.database)
    fold(portal, [one.id], chance)
    return histories


def left_over(portal: Portal) -> tuple[int, int]:
    """Return how many shares are kept, and how many counts are other than none."""
    with portal.reading(SYSTEM) as session:
        shares = session.scalar(select(func.count()).select_from(IndicatorShare)) or 0
        texts = session.scalars(select(IndicatorFigure.counts))
        return shares, sum(text != "{}" for text in texts)


def test_a_random_history_comes_to_what_a_walk_tells_and_leaves_nothing_behind(seeded: Portal) -> None:
    seen = 0
    for seed in range(HISTORIES):
        chance = Random(seed)
        number, today = chance.randrange(1, 6), seeded.clock.today()
        histories = made_up(seeded, number, seed, today, figures_too=False)
        ids = [one.id for one in histories]
        fold(seeded, ids, chance)
        for _ in range(chance.randrange(0, 4)):
            histories = act(seeded, histories, chance)
        without_links(seeded, histories)
        seen += compare(seeded, histories)
        take_away(seeded, ids)
        fold(seeded, ids, chance)
        assert left_over(seeded) == (0, 0), seed
    assert seen > HISTORIES
