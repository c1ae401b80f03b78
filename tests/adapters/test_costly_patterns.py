"""Forty patterns with texts of 10,000 characters: each would run for ever, and is stopped."""

from __future__ import annotations

import importlib
import pkgutil
import re
import time
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

import portal
from portal.adapters.matching import LIMIT, TimedMatcher
from portal.core.forms.matching import OutOfTime
from portal.core.forms.patterns import safe_pattern
from tests.acceptance.costly import FORTY, LENGTH, Costly

MOST = 0.2


def test_there_are_forty_of_different_kinds() -> None:
    assert len({one.pattern for one in FORTY}) == len({one.why for one in FORTY}) == 40
    assert {len(one.text) for one in FORTY} == {LENGTH}


@pytest.mark.parametrize("one", FORTY, ids=lambda one: one.why)
def test_each_runs_out_of_time_and_takes_no_more_than_a_match_may(one: Costly) -> None:
    matcher, pattern = TimedMatcher(), safe_pattern(one.pattern)
    begun = time.thread_time()
    with pytest.raises(OutOfTime):
        matcher.search(pattern, one.text, None)
    assert LIMIT / 2 < time.thread_time() - begun < MOST


def own_patterns() -> Iterator[tuple[str, re.Pattern[str]]]:
    """Yield every pattern of the portal's own code, wherever a module keeps it."""
    for found in pkgutil.walk_packages(portal.__path__, "portal."):
        if found.name.endswith("__main__") or ".migrations" in found.name:
            continue
        module = importlib.import_module(found.name)
        for name, value in vars(module).items():
            for one in _inside(value):
                if isinstance(one.pattern, str):
                    yield f"{found.name}.{name}", one


def _inside(value: Any, depth: int = 0) -> Iterator[re.Pattern[Any]]:
    if isinstance(value, re.Pattern):
        yield value
    elif isinstance(value, Mapping) and depth < 3:
        for one in value.values():
            yield from _inside(one, depth + 1)
    elif isinstance(value, list | tuple | set | frozenset) and depth < 3:
        for one in value:
            yield from _inside(one, depth + 1)


UNITS = (
    "a",
    "1",
    " ",
    "-",
    "/",
    "~0",
    "{",
    "[",
    "(",
    '"',
    "\\",
    "<",
    "&",
    ",",
    ".",
    "a ",
    "1-",
    "1,",
    "元",
    "一",
    "，",
    ":",
)


# What these are never asked: to be found anywhere in a text.
AT_THE_BEGINNING = {"portal.core.packs.assets._INNER_LINK", "portal.core.packs.versions._VERSION"}


def test_patterns_of_the_portal_itself_are_quick_on_long_texts() -> None:
    slow = []
    known = {(one.pattern, one.flags): (name, one) for name, one in own_patterns()}
    assert len(known) > 60
    for name, one in known.values():
        for unit in UNITS:
            text = (unit * LENGTH)[: LENGTH - 1] + "!"
            for match in (one.fullmatch, one.match, *(() if name in AT_THE_BEGINNING else (one.search,))):
                begun = time.thread_time()
                match(text)
                if (took := time.thread_time() - begun) > MOST:
                    slow.append((name, unit, round(took, 2)))
    assert slow == []
