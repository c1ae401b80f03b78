"""Sixteen threads, two people, each with a filter of their own: nobody ever gets the other's rows or filter."""

from __future__ import annotations

import os
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from portal.persistence.database import Database
from tests.web.records.seeded_site import Site
from tests.web.scope.conftest import Place, Visitor, place
from tests.web.scope.town import inside, marks_in

__all__ = ["place"]

pytestmark = pytest.mark.slow
THREADS = 16
# Per person; 5,000 take minutes: docs/acceptance.md says when they were last run.
REQUESTS = int(os.environ.get("PORTAL_THREAD_REQUESTS", "160"))
# Who, and the filter only this person asks with: the numbers of the own county.
ASKING = {"director@530112": "西综", "clerk@530115": "晋综"}


def test_nobody_gets_the_rows_or_the_filter_of_another(place: Place, tmp_path: Path) -> None:
    per_thread = REQUESTS * len(ASKING) // THREADS
    expected = {name: _own(place, name) for name in ASKING}
    assert not set.intersection(*expected.values())
    assert all(expected.values())
    start = threading.Barrier(THREADS)
    site = _roomy(place, tmp_path)

    def ask(number: int) -> list[Any]:
        name, other = list(ASKING)[:: 1 if number % 2 else -1]
        visitor = Visitor(site, place.town.people[name])
        visitor.sign_in()
        wrong: list[Any] = []
        start.wait(120)
        for n in range(per_thread):
            if n % 500 == 0:
                visitor.bearer = {}  # a token lasts for a quarter of an hour
            url = _address(n, ASKING[name])
            answer = visitor.get(url)
            body = answer.get_data(as_text=True)
            marks = marks_in(body) - {visitor.person.mark}
            if answer.status_code != 200 or marks != expected[name] or _asked(ASKING[other], body):
                wrong.append((name, url, answer.status_code, marks ^ expected[name]))
        return [per_thread, wrong]

    with ThreadPoolExecutor(THREADS) as pool:
        done = list(pool.map(ask, range(THREADS)))
    site.close()
    assert sum(number for number, _wrong in done) >= REQUESTS * len(ASKING)
    assert [one for _number, wrong in done for one in wrong] == []


def _own(place: Place, name: str) -> set[str]:
    """Return the marks that a person's filter finds: also listed are others' cases that ask the county for help."""
    town, county = place.town, name.partition("@")[2]
    listed = town.listed(town.people[name], "case")
    return {thing.mark for thing in town.things if thing.mark in listed and inside(thing.unit, county)}


def _roomy(place: Place, folder: Path) -> Site:
    """Return the portal of the town with connections enough for all threads; a server has fewer threads."""
    database = Database.connect(place.site.url, pool_size=3 * THREADS, pool_timeout=60)
    return Site.open(place.site.url, folder, portal=replace(place.site.portal, database=database))


def _address(n: int, word: str) -> str:
    """Return a list with the person's own filter: four times of five by the API, else as a page."""
    return (
        f"/records/case/list/?size=100&text={word}"
        if n % 5 == 0
        else f"/api/v1/records/case/?size=100&text={word}"
    )


def _asked(word: str, body: str) -> bool:
    """Return whether a page shows a filter."""
    return f'value="{word}"' in body
