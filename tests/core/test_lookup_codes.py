"""Codes that parties type: hard to guess, easy to read, and wrong letters are seen."""

from __future__ import annotations

import math
import random
from collections.abc import Callable

import pytest

from portal.core.lookup_codes import (
    ALPHABET,
    LENGTH,
    RANDOM,
    grouped,
    last_digits,
    new_code,
    read_code,
    read_digits,
)

CHANCE = random.Random(21)
CODES = [new_code(CHANCE.randrange) for _ in range(200)]


def test_a_code_has_sixty_random_bits_and_no_letter_that_is_taken_for_another() -> None:
    assert RANDOM * math.log2(len(set(ALPHABET))) >= 60
    assert not set(ALPHABET) & set("0O1I")
    asked: list[int] = []
    new_code(lambda below: asked.append(below) or 0)  # type: ignore[func-returns-value]
    assert asked == [len(ALPHABET)] * RANDOM
    assert len(set(CODES)) == len(CODES)


@pytest.mark.parametrize(
    "typed",
    [
        lambda code: code,
        lambda code: " ".join(grouped(code)),
        lambda code: "-".join(grouped(code)).lower(),
        lambda code: f"  {code}\n",
        lambda code: "".join(chr(ord(letter) + 0xFEE0) for letter in code),
        lambda code: "\u3000".join(grouped(code)),
    ],
)
def test_it_is_read_however_it_is_typed(typed: Callable[[str], str]) -> None:
    for code in CODES:
        assert read_code(typed(code)) == code


def test_every_wrong_letter_and_every_change_of_places_is_seen() -> None:
    for code in CODES[:20]:
        for at in range(LENGTH):
            for letter in ALPHABET:
                wrong = code[:at] + letter + code[at + 1 :]
                assert (read_code(wrong) is None) == (letter != code[at])
            for other in range(at):
                letters = list(code)
                letters[at], letters[other] = letters[other], letters[at]
                assert (read_code("".join(letters)) is None) == (code[at] != code[other])


@pytest.mark.parametrize("typed", ["", "7KQM", "0" * 13, "7KQM4XD29TRAK7", "é" * 13, "\0" * 13, "x" * 10_000])
def test_what_is_no_code_is_none(typed: str) -> None:
    assert read_code(typed) is None


def test_the_groups_are_the_whole_code() -> None:
    assert "".join(grouped(CODES[0])) == CODES[0]
    assert [len(group) for group in grouped(CODES[0])] == [4, 4, 5]


def test_digits_are_four_and_those_of_a_number_its_last() -> None:
    assert read_digits(" 0 0 0 7 ") == "0007"
    assert read_digits("７６５４") == "7654"
    assert [read_digits(one) for one in ("", "123", "12345", "12a4")] == [None] * 4
    assert last_digits(["13900001234", "0871-65105678", "110"]) == {"1234", "5678"}
