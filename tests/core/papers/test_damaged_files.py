"""A template of which any byte was damaged is told, and stops nothing."""

from __future__ import annotations

import random

from portal.core.packs.assets import check_asset
from portal.core.papers import look
from tests.core.papers.sheets import paragraph, sheet


def test_no_damage_stops_the_reading() -> None:
    whole = sheet(*(paragraph(f"第{number}条 {{{{ paper_title }}}}") for number in range(40)))
    at_random = random.Random(20261130)
    told = 0
    for _ in range(2_000):
        damaged = bytearray(whole)
        for _ in range(at_random.randint(1, 4)):
            place = at_random.randrange(len(whole))
            damaged[place] = at_random.choice((0, 1, 255, at_random.randrange(256)))
        told += bool(look(bytes(damaged)))
        list(check_asset("summons.docx", bytes(damaged), "summons.docx"))
    assert told > 500
