"""Keys of the data: what is sealed opens at its place and nowhere else; digests find, and tell nothing."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.adapters.keyring import PREFIX, Keyring, key_of, new_key
from portal.core.errors import PortalError

NUMBER = "530102199003074518"
KEYS = Keyring.random()
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3),
    max_leaves=5,
)


@given(JSON, st.text(max_size=30))
def test_what_is_sealed_opens_again(value: object, place: str) -> None:
    sealed = KEYS.encrypt(value, place)
    assert sealed.startswith(PREFIX)
    assert KEYS.open(sealed, place) == value


def test_sealing_twice_gives_two_texts_that_tell_nothing() -> None:
    one, two = KEYS.encrypt(NUMBER, "a"), KEYS.encrypt(NUMBER, "a")
    assert one != two
    assert NUMBER not in one


@pytest.mark.parametrize("change", ["place", "key", "flip", "cut", "junk"])
def test_what_does_not_open_stays_as_it_is(change: str) -> None:
    sealed = KEYS.encrypt(NUMBER, "a")
    keys = Keyring.random() if change == "key" else KEYS
    last = "A" if sealed[40] != "A" else "B"
    stored = {"flip": sealed[:40] + last + sealed[41:], "cut": sealed[:-8], "junk": PREFIX + "x:§"}.get(
        change, sealed
    )
    place = "b" if change == "place" else "a"
    assert keys.open(stored, place) == stored
    assert not keys.opens(stored, place)


def test_plain_values_pass_through() -> None:
    assert KEYS.open("张三", "a") == "张三"
    assert KEYS.open(None, "a") is None


def test_an_old_key_still_opens_and_finds() -> None:
    first, second = new_key(), new_key()
    old = Keyring.from_texts(first)
    both = Keyring.from_texts(second, [first])
    sealed = old.encrypt(NUMBER, "a")
    assert both.open(sealed, "a") == NUMBER
    assert not both.is_current(sealed)
    assert both.is_current(both.encrypt(NUMBER, "a"))
    assert old.digest("id", NUMBER) in both.digests("id", NUMBER)
    assert old.digest("id", NUMBER) != both.digest("id", NUMBER)


def test_digests_of_different_kinds_have_nothing_in_common() -> None:
    assert KEYS.digest("name", "1") != KEYS.digest("phone", "1")
    assert KEYS.digest("name", "1") == KEYS.digest("name", "1")
    assert KEYS.digest("ab", "c") != KEYS.digest("a", "bc")


@pytest.mark.parametrize("text", ["", "abc", "§§§", "QUJD", "A" * 43])
def test_a_key_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(PortalError):
        key_of(text)
