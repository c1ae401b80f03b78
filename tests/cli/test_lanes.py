"""No kind of request takes all the threads of a process: signing in has a lane, and slow ones are replaced."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import pytest

from portal.cli.lanes import SIGN_IN, SLOW_SECONDS, Lanes, lane_of

FAST = "/records/case/show/" + "a" * 32


@dataclass
class Asked:
    """A request that is at work until it is let go."""

    method: str
    path: str
    begun: threading.Event = field(default_factory=threading.Event)
    go: threading.Event = field(default_factory=threading.Event)

    @property
    def requests(self) -> list[Any]:
        return [SimpleNamespace(command=self.method, path=self.path)]

    def service(self) -> None:
        self.begun.set()
        assert self.go.wait(30)

    def cancel(self) -> None:
        """Be told that the process ends."""


@pytest.fixture
def lanes() -> Iterator[Lanes]:
    made = Lanes(4)
    waiting: list[Asked] = []
    made.asked = waiting  # type: ignore[attr-defined]
    yield made
    for one in waiting:
        one.go.set()
    made.shutdown(timeout=5)


def ask(lanes: Lanes, method: str, path: str, times: int = 1) -> list[Asked]:
    found = [Asked(method, path) for _ in range(times)]
    lanes.asked.extend(found)  # type: ignore[attr-defined]
    for one in found:
        lanes.add_task(one)
    return found


def begun(found: list[Asked], seconds: float = 0.3) -> int:
    time.sleep(seconds)
    return sum(one.begun.is_set() for one in found)


def test_of_many_sign_ins_one_is_at_work_and_the_others_answer(lanes: Lanes) -> None:
    signing = ask(lanes, "POST", "/login/", 12)
    program = ask(lanes, "POST", "/api/v1/security/login", 12)
    others = ask(lanes, "GET", FAST, 3)
    assert begun(others) == 3
    assert begun(signing + program) == 1
    assert not lanes.is_full(), "what waits for its lane keeps nobody out"
    for done in range(1, 4):
        next(one for one in signing + program if one.begun.is_set() and not one.go.is_set()).go.set()
        assert begun(signing + program) == done + 1


def test_slow_ones_are_replaced_and_more_of_their_kind_wait(lanes: Lanes) -> None:
    slow = ask(lanes, "GET", "/records/case/list/", 8)
    assert begun(slow) == 4
    others = ask(lanes, "GET", FAST, 4)
    assert begun(others) == 0
    time.sleep(SLOW_SECONDS)
    lanes.look()
    assert begun(others) == 4
    assert begun(slow) == 4
    # As many again at most: a database that answers nobody takes not all the memory.
    more = ask(lanes, "GET", "/layout/", 2)
    assert begun(more) == 0
    for one in others[:2]:
        one.go.set()
    assert begun(more) == 2
    for one in slow[:4]:
        one.go.set()
    assert begun(slow) == 8
    for one in (*slow, *others, *more):
        one.go.set()
    time.sleep(0.2)
    lanes.look()
    assert begun([]) == 0
    assert len(lanes.threads) - lanes.stop_count == 4


def test_fast_ones_of_one_kind_have_all_threads(lanes: Lanes) -> None:
    for _round in range(3):
        fast = ask(lanes, "GET", FAST, 4)
        assert begun(fast, 0.1) == 4
        for one in fast:
            one.go.set()


@pytest.mark.parametrize(
    ("method", "path", "lane"),
    [
        ("POST", "/login/", SIGN_IN),
        ("POST", "/login/step", SIGN_IN),
        ("POST", "/api/v1/security/login", SIGN_IN),
        ("POST", "/resetmypassword/form", SIGN_IN),
        ("POST", "/resetpassword/form", SIGN_IN),
        ("POST", "/users/second-factor/", SIGN_IN),
        ("POST", "/users/second-factor/confirm", SIGN_IN),
        ("POST", "/users/add", SIGN_IN),
        ("GET", "/users/add", "GET /users/add"),
        ("GET", "/login/", "GET /login/"),
        ("GET", FAST, "GET /records/case/show/*"),
        ("GET", "/users/show/17", "GET /users/show/*"),
        ("PATCH", f"/api/v1/records/case/{'b' * 32}", "PATCH /api/v1/records/case/*"),
    ],
)
def test_a_lane_is_a_kind_of_request(method: str, path: str, lane: str) -> None:
    assert lane_of(method, path) == lane
