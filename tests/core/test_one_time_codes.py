"""One-time codes as the RFCs give them, and what of them is taken."""

from __future__ import annotations

import datetime as dt

import pytest

from portal.core.one_time_codes import address, code_at, key_text, matching_step, step_of

SECRET = b"12345678901234567890"


@pytest.mark.parametrize(
    ("seconds", "code"),
    # RFC 6238, appendix B: the last six of eight digits.
    [
        (59, "287082"),
        (1111111109, "081804"),
        (1111111111, "050471"),
        (1234567890, "005924"),
        (2000000000, "279037"),
        (20000000000, "353130"),
    ],
)
def test_the_examples_of_the_rfc(seconds: int, code: str) -> None:
    moment = dt.datetime.fromtimestamp(seconds, dt.UTC)
    assert code_at(SECRET, step_of(moment)) == code


def test_neighbours_count_and_used_codes_do_not() -> None:
    assert [matching_step(SECRET, code_at(SECRET, 100 + drift), 100, 0) for drift in range(-2, 3)] == [
        None,
        99,
        100,
        101,
        None,
    ]
    assert matching_step(SECRET, code_at(SECRET, 100), 100, 100) is None
    assert matching_step(SECRET, code_at(SECRET, 101), 100, 100) == 101
    for wrong in ("", "0", "x" * 6, "１２３４５６", "\ud800", code_at(SECRET, 100) + "0"):
        assert matching_step(SECRET, wrong, 100, 0) is None


def test_what_the_authenticator_reads() -> None:
    assert key_text(SECRET) == "GEZD GNBV GY3T QOJQ GEZD GNBV GY3T QOJQ"
    expected = (
        "otpauth://totp/One%20Door:li.wei%40x?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=One%20Door"
    )
    assert address(SECRET, "li.wei@x", "One Door") == expected
