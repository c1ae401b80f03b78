"""Addresses of record pages, made without the cost of ``url_for``: lists write many of them."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from urllib.parse import quote as quote_anew
from urllib.parse import urlencode

BASE = "/records"

# A page names the same record and the same acts in dozens of addresses.
quote = lru_cache(maxsize=1024)(quote_anew)


def list_url(etype: str, args: Iterable[tuple[str, str]] = ()) -> str:
    """Return the address of a list, with filters."""
    query = urlencode(list(args), safe="/,:")
    return f"{BASE}/{quote(etype)}/list/" + (f"?{query}" if query else "")


def record_url(etype: str, uid: str) -> str:
    """Return the address of one record."""
    return f"{BASE}/{quote(etype)}/show/{quote(uid)}"


def add_url(etype: str, parent: str | None = None) -> str:
    """Return the address of the form for a new record, below ``parent`` where one is given."""
    return f"{BASE}/{quote(etype)}/add" + (f"?{urlencode({'parent': parent})}" if parent else "")


def action_url(etype: str, action: str, uid: str, *more: str) -> str:
    """Return the address of what can be done with one record: edit, delete, transition, dispose ..."""
    return "/".join((BASE, quote(etype), action, quote(uid), *(quote(part) for part in more)))
