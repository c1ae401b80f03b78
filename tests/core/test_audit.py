"""What entries and seals hash to, and what a comparison finds."""

from __future__ import annotations

import datetime as dt
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.core import audit
from portal.core.audit import Hashed, check_seal, content_hash, holes, make_seal, members, pack, unpack

AT = dt.datetime(2026, 5, 6, 2, 0, 0, 123456, tzinfo=dt.UTC)
PAIRS = [(n, content_hash({"object_id": str(n)})) for n in (3, 4, 5, 9)]


def found(pairs: list[tuple[int, str]]) -> dict[int, Hashed]:
    return {key: Hashed(hashed, hashed) for key, hashed in pairs}


def kinds(findings: list[audit.Finding]) -> list[tuple[str, int | None]]:
    return [(finding.kind, finding.entry) for finding in findings]


@given(st.sets(st.integers(1, 500), max_size=80))
def test_ranges_hold_exactly_the_ids(ids: set[int]) -> None:
    assert list(members(unpack(pack(sorted(ids))))) == sorted(ids)
    missing = set(members(holes(sorted(ids), 0)))
    assert missing == set(range(1, max(ids, default=0) + 1)) - ids


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text() | st.floats(allow_nan=False, allow_infinity=False),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@given(st.dictionaries(st.text(), values, max_size=4))
def test_the_hash_outlives_a_round_trip_through_json(data: dict[str, object]) -> None:
    assert content_hash({"after": json.loads(json.dumps(data))}) == content_hash({"after": data})


def test_the_hash_knows_numbers_as_postgresql_gives_them_back() -> None:
    assert content_hash({"after": {"n": 1e16}}) == content_hash({"after": {"n": 10**16}})
    assert content_hash({"after": {"n": 0.1}}) != content_hash({"after": {"n": 0.10000001}})


@pytest.mark.parametrize("name", audit.FIELDS)
def test_each_field_takes_part(name: str) -> None:
    assert content_hash({name: "a"}) != content_hash({name: "b"}) != content_hash({})


def test_a_moment_is_the_same_in_each_zone() -> None:
    elsewhere = AT.astimezone(dt.timezone(dt.timedelta(hours=8)))
    assert content_hash({"at": AT}) == content_hash({"at": elsewhere})


def test_field_names_hold_no_values() -> None:
    names = audit.field_names({"/phone": "138"}, {"code": "x", "data": {"place": "甲", "phone": "138"}})
    assert names == "/phone /place code"


def test_an_untouched_batch_is_clean() -> None:
    seal = make_seal(1, PAIRS, "", AT)
    assert seal.entries == "3-5,9"
    assert check_seal(seal, "", found(PAIRS)) == []


def test_changed_removed_and_reordered_entries_are_told_apart() -> None:
    seal = make_seal(1, PAIRS, "", AT)
    entries = found(PAIRS)
    assert kinds(check_seal(seal, "", entries | {4: Hashed(PAIRS[1][1], "0" * 64)})) == [("entry.changed", 4)]
    assert kinds(check_seal(seal, "", entries | {4: Hashed("0" * 64, "0" * 64)})) == [("entry.changed", 4)]
    without = {key: entry for key, entry in entries.items() if key != 5}
    assert kinds(check_seal(seal, "", without)) == [("entry.removed", 5)]
    swapped = entries | {3: entries[9], 9: entries[3]}
    assert kinds(check_seal(seal, "", swapped)) == [("entry.reordered", 3), ("entry.reordered", 9)]


def test_a_seal_that_was_rewritten_does_not_fit() -> None:
    seal = make_seal(2, PAIRS, "before", AT)
    other = make_seal(2, PAIRS[:2], "before", AT)
    forged = audit.Seal(2, other.entries, other.count, other.root, other.marks, "before", AT, seal.hash)
    assert kinds(check_seal(forged, "before", found(PAIRS))) == [("seal.changed", None)]
    assert kinds(check_seal(other, "else", found(PAIRS))) == [("seal.unlinked", None)]


def test_a_mark_that_collides_does_not_hide_a_change() -> None:
    seal = make_seal(1, PAIRS, "", AT)
    same_mark = PAIRS[0][1][: audit.MARK] + "0" * 56
    assert kinds(check_seal(seal, "", found(PAIRS) | {3: Hashed(same_mark, same_mark)})) == [
        ("entry.changed", None)
    ]


def test_anchors_are_read_line_by_line() -> None:
    text = '{"seal": 1, "hash": "a"}\n\n{"seal": 2, "hash": "b", "at": "now"}\n'
    assert [anchor.seal for anchor in audit.read_anchors(text)] == [1, 2]
    for bad in ("{}", "[]", "seal 1", '{"seal": "x", "hash": ""}', "3"):
        with pytest.raises(ValueError, match="line 1"):
            audit.read_anchors(bad)
