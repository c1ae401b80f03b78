"""The hand-written cases of the merge: expected decisions and layers (cases.json), shown in docs/merging.md."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from portal.core.canonical import canonical
from portal.core.errors import PortalError
from portal.core.packs.merge import merge
from portal.core.packs.moved import moves_in
from portal.core.packs.three_way import Merged, Parent, three_way

CASES: list[dict[str, Any]] = json.loads((Path(__file__).parent / "cases.json").read_text(encoding="utf-8"))
DOCUMENT = Path(__file__).parents[4] / "docs" / "merging.md"


def merged(case: dict[str, Any], action: Any = None) -> Merged:
    base = Parent("city/kunming@1.0.0", case["base"])
    locked, moves = tuple(case.get("locked", ())), tuple(moves_in(case.get("moved", ()), "city/kunming"))
    theirs = Parent("city/kunming@1.1.0", case["theirs"], locked, moves)
    done = three_way(base, theirs, case["ours"])
    if action is None:
        return done
    return three_way(base, theirs, case["ours"], [one.answer(action) for one in done.undecided])


def verdict(one: Any) -> str:
    return " ".join(filter(None, (f"conflict {one.conflict}" if one.conflict else one.pile, one.note)))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_a_case(case: dict[str, Any]) -> None:
    done = merged(case)
    assert {one.path: verdict(one) for one in done.decisions} == case["expect"]
    assert canonical(done.layer) == canonical(case["layer"])
    assert canonical(merge(case["theirs"], case["layer"])) == canonical(done.bundle)
    assert all(one.said().text() for one in done.decisions)


@pytest.mark.parametrize("case", [one for one in CASES if "if_theirs" in one], ids=lambda case: case["name"])
def test_a_case_decided_for_the_new_version(case: dict[str, Any]) -> None:
    done = merged(case, "theirs")
    assert done.is_settled
    assert canonical(done.layer) == canonical(case["if_theirs"])


@pytest.mark.parametrize("case", [one for one in CASES if "if_theirs" in one], ids=lambda case: case["name"])
def test_a_case_decided_for_the_county(case: dict[str, Any]) -> None:
    if any("locked" in expected for expected in case["expect"].values()):
        with pytest.raises(PortalError) as refused:
            merged(case, "ours")
        assert [one.code for one in refused.value.problems] == ["merge.locked"]
        return
    done = merged(case, "ours")
    assert done.is_settled
    assert canonical(done.layer) == canonical(case["layer"])


def test_what_moved_is_said_with_the_place_where_it_was() -> None:
    done = merged(next(one for one in CASES if one["name"] == "renamed_conflict"))
    assert [one.said().text(lambda text: text.replace("Changed", "CHANGED")) for one in done.decisions] == [
        "CHANGED in the new version and here, differently; it was at /departments/law/name before"
    ]


def test_there_are_enough_cases_and_each_kind_is_among_them() -> None:
    assert len(CASES) >= 60
    verdicts = " ".join(expected for case in CASES for expected in case["expect"].values())
    for kind in ("both", "removed_here", "removed_there", "type", "locked", "moved_onto"):
        assert f"conflict {kind}" in verdicts
    for pile in ("taken", "kept", "redundant"):
        assert pile in verdicts


def row(case: dict[str, Any]) -> str:
    """Return the row of a case in the document."""
    outcomes = "; ".join(dict.fromkeys(text.replace("_", " ") for text in case["expect"].values()))
    return f"| `{case['name']}` | {case['title']} | {outcomes} |"


def test_the_document_shows_each_case_with_what_comes_of_it() -> None:
    text = DOCUMENT.read_text(encoding="utf-8")
    assert [case["name"] for case in CASES if row(case) not in text] == []
