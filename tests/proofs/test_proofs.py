"""Each proof holds with its small numbers; `make prove` runs the same test with the large ones."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.proofs.frame import Place, Proof, Repeated, at_least, at_most, equal
from tests.proofs.frame.numbers import unmet
from tests.proofs.frame.running import REPORT, ROOT, note, prove
from tests.proofs.frame.table import MINUTES, every_proof

ALL = every_proof()
RUN = [
    pytest.param(one, kind, id=f"{one.name}-{kind}", marks=[pytest.mark.postgresql] * (kind == "postgresql"))
    for one in ALL.values()
    if isinstance(one, Proof)
    for kind in one.databases
]
REPEATED = [one for one in ALL.values() if isinstance(one, Repeated)]


@pytest.fixture
def place(kind: str, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Place]:
    made = Place(kind, tmp_path, request)
    yield made
    made.close()


@pytest.mark.parametrize(("one", "kind"), RUN)
def test_a_proof_holds(one: Proof, place: Place) -> None:
    large = REPORT in os.environ
    numbers = []
    for number in one.run(place, **(one.large if large else one.small)):
        numbers.append(number)
        note(number)
    assert numbers
    # `make prove` judges the numbers itself, and says all of them.
    assert large or unmet(numbers, clocks=False) == []


def test_all_proofs_together_fit_into_their_time() -> None:
    assert sum(one.minutes for one in ALL.values()) <= MINUTES


@pytest.mark.parametrize("one", REPEATED, ids=lambda one: one.name)
def test_what_is_repeated_is_there_and_reads_its_variables(one: Repeated) -> None:
    for test in one.tests:
        path, _, name = test.partition("::")
        text = (ROOT / path).read_text(encoding="utf-8")
        assert not name or f"def {name}(" in text
        assert one.large
        assert any(f'"{variable}"' in text for variable in one.large), (test, one.large)


def test_a_number_that_is_not_met_is_told() -> None:
    assert unmet([equal("lost", 0, 1)], clocks=False) == ["NOT  lost: wanted = 0, seen 1"]
    assert unmet([at_most("seconds", 10, 12, clock=True)], clocks=False) == []
    assert unmet([at_most("seconds", 10, 12, clock=True)], clocks=True)
    assert unmet([equal("lost", 0, 0), at_least("kills", 3, 3)], clocks=True) == []


def test_a_proof_that_breaks_and_a_test_that_is_not_there_fail_the_run(
    capsys: pytest.CaptureFixture[str],
) -> None:
    broken = Proof("nowhere", "Nobody registered it", 1, lambda place: iter(()), ("sqlite",))
    gone = Repeated("gone", "Its test was removed", 1, ("tests/test_gone.py",), {"PORTAL_GONE": "1"})
    assert not prove([broken])
    assert not prove([gone])
    said = capsys.readouterr().out
    assert "NOT  the proof comes to its end" in said
    assert "NOT  tests that fail" in said
    assert "NOT all met" in said
