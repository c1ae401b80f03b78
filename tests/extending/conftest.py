"""The portal of the record tests, with a fourth county that each module publishes from files of its own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from portal.web import language
from tests.extending.county import BASE, PACK, faults, open_county, written
from tests.web.records.conftest import site
from tests.web.records.seeded_site import Browser, Site

__all__ = ["said_in_chinese", "site"]
ENGLISH = f"translations/{PACK}/en.json"


def publish(site: Site, root: Path, files: Mapping[str, Any], english: Mapping[str, str]) -> Browser:
    """Check and publish a county made of files, and sign in a clerk of it.

    Rules are not tried in a child process: it would not know what a test registered in this one.
    """
    library = written(root, {**files, ENGLISH: {**BASE[ENGLISH], **english}})
    assert faults(library) == []
    open_county(site, library, ["clerk"])
    return site.login("chenggong")


@contextmanager
def said_in_chinese(text: str, chinese: str) -> Iterator[None]:
    """Put a translation into the catalogue for a while, as a line of a .po file does for good."""
    catalogue: Any = language._catalogue("zh_Hans", language._folders)
    catalogue._catalog[text] = chinese
    language._said.cache_clear()
    try:
        yield
    finally:
        del catalogue._catalog[text]
        language._said.cache_clear()
