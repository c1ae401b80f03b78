"""Kept values stay within their bound, and come back only under their own key."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from portal.core.kept import Kept


def test_a_value_is_made_once_and_kept() -> None:
    kept: Kept[str, list[int]] = Kept(2)
    made = kept.of("a", lambda: [1])
    assert kept.of("a", lambda: [2]) is made
    assert kept.get("b") is None


def test_the_one_kept_longest_makes_room() -> None:
    kept: Kept[str, int] = Kept(2)
    for key, value in (("a", 1), ("b", 2), ("a", 3), ("c", 4)):
        kept.put(key, value)
    assert [kept.get(key) for key in "abc"] == [None, 2, 4]


def test_a_new_value_of_a_known_key_pushes_nothing_out() -> None:
    kept: Kept[str, int] = Kept(2)
    for value in range(5):
        kept.put("a", value)
        kept.put("b", value)
    assert [kept.get("a"), kept.get("b"), kept.size] == [4, 4, 2]


def test_everything_can_be_forgotten() -> None:
    kept: Kept[str, int] = Kept(2)
    kept.put("a", 1)
    kept.clear()
    assert kept.get("a") is None
    assert kept.size == 0


def test_the_bound_holds_among_threads() -> None:
    kept: Kept[int, int] = Kept(10)
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda n: kept.of(n % 50, lambda: n % 50), range(20_000)))
    assert answers == [n % 50 for n in range(20_000)]
    assert kept.size == 10
