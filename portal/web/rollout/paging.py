"""A page of many centres: those whose name or code holds what was searched for, so many at once."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from typing import Generic, TypeVar
from urllib.parse import urlencode

from flask import request

T = TypeVar("T")
AT_ONCE = 50
SEARCHED = 40


class Paged(Generic[T]):
    """A list narrowed by the search of a page's address, and the part of it that the page shows."""

    def __init__(self, found: Sequence[T], asked: Mapping[str, str], words: Callable[[T], str]) -> None:
        self.search = asked.get("q", "").strip()[:SEARCHED]
        wanted = self.search.casefold()
        self.left = [one for one in found if not wanted or wanted in words(one).casefold()]
        page = asked.get("page", "1")
        number = int(page) if page.isdecimal() and len(page) < 6 else 1
        self.page = min(max(number, 1), self.pages)

    @property
    def pages(self) -> int:
        """Return how many pages there are, one for nothing."""
        return max(1, -(-len(self.left) // AT_ONCE))

    @cached_property
    def shown(self) -> list[T]:
        """The part of the list that this page shows."""
        return self.left[(self.page - 1) * AT_ONCE : self.page * AT_ONCE]

    @staticmethod
    def url(page: int) -> str:
        """Return the address of another page, with all that was asked for."""
        return f"{request.path}?{urlencode({**request.args.to_dict(), 'page': page})}"
