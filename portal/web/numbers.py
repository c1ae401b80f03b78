"""Numbers in addresses: one that no row can have is as unknown as one that none has."""

from __future__ import annotations

from typing import Any

from flask import Flask
from werkzeug.routing import BaseConverter, Map

# What the two kinds of integer columns hold.
MAX_INT, MAX_BIG = 2**31 - 1, 2**63 - 1
_DIGITS = len(str(MAX_BIG))


class Number(BaseConverter):
    """A whole number of an address, read as 0 where it is greater than any row's: so the view finds nothing.

    Werkzeug's own converter with ``max`` leaves such an address to other rules, which answer for another method.
    """

    regex = r"\d+"
    weight = 50

    def __init__(self, url_map: Map, most: int = MAX_INT) -> None:
        super().__init__(url_map)
        self.most = most

    def to_python(self, value: str) -> int:
        """Return the number, 0 for one beyond all rows."""
        digits = value.lstrip("0") or "0"
        if not digits.isascii() or len(digits) > _DIGITS:
            return 0
        return int(digits) if int(digits) <= self.most else 0

    def to_url(self, value: Any) -> str:
        """Return the number as it stands in an address."""
        return str(int(value))


def init_numbers(app: Flask) -> None:
    """Let addresses say ``<number:…>`` for keys of 32 bits, and ``<big:…>`` for those of 64."""
    app.url_map.converters["number"] = Number
    app.url_map.converters["big"] = _Big


class _Big(Number):
    def __init__(self, url_map: Map) -> None:
        super().__init__(url_map, MAX_BIG)
