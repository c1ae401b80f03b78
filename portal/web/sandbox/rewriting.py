"""Addresses of a sandbox's pages: all that leads to a page of the portal leads to that page below ``/try/<draft>``."""

from __future__ import annotations

import re

# Files are the same for all; they stay where they are.
_SHARED = ("/static/",)
_ATTRIBUTE = re.compile(
    r'(\s(?:href|src|action|formaction|poster|xlink:href|(?:hx|data)-[a-z-]+)=")(/(?!/)[^"]*)(?=")'
)
_JSON = re.compile(r'("(?:url|href|location|sign_in|again)":\s?")(/(?!/)[^"]*)(?=")')
HEADERS = ("Location", "HX-Redirect", "HX-Location", "HX-Push-Url", "HX-Replace-Url")


def below(address: str, root: str) -> str:
    """Return an address of a sandbox's portal as the browser has to ask for it."""
    if not address.startswith("/") or address.startswith(("//", *_SHARED)):
        return address
    if address == root or address.startswith((f"{root}/", f"{root}?", f"{root}#")):
        return address
    return f"{root}{address}"


def page_below(html: str, root: str) -> str:
    """Return a page, or a part of one, with each address in its attributes below ``root``."""
    return _ATTRIBUTE.sub(lambda found: found[1] + below(found[2], root), html)


def json_below(text: str, root: str) -> str:
    """Return an answer for scripts with each address below ``root``."""
    return _JSON.sub(lambda found: found[1] + below(found[2], root), text)
