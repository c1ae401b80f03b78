"""Chinese numerals for counts, as in 三区十一室一庭."""

from __future__ import annotations

_DIGITS = "零一二三四五六七八九"
_PLACES = ("", "十", "百", "千")
LARGEST = 9999


def numeral(number: int) -> str:
    """Return ``number`` in Chinese numerals; numbers beyond 9999 stay in Arabic ones."""
    if not 0 <= number <= LARGEST:
        return str(number)
    if number == 0:
        return _DIGITS[0]
    text = ""
    for place in range(3, -1, -1):
        digit = number // 10**place % 10
        if digit:
            text += _DIGITS[digit] + _PLACES[place]
        elif text and not text.endswith("零") and number % 10**place:
            text += "零"
    return text.removeprefix("一") if text.startswith("一十") else text


def counted(number: int) -> str:
    """Return ``number`` as it stands before a measure word: two is 两 there."""
    return "两" if number == 2 else numeral(number)
