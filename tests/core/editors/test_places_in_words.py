"""Every place of every shipped configuration is told in words: no identifier, no JSON where changes are told."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest

from portal.adapters.pack_files import PackFiles, shipped_root
from portal.core import pointer as pointers
from portal.core.drafts.draft import stand_in
from portal.core.editors.differing import Difference, Told
from portal.core.editors.telling import Telling
from portal.core.errors import Translator
from portal.core.packs import Layers
from portal.core.packs.list_edits import is_list_edit
from portal.core.packs.merge_types import keyed, merge_type
from portal.core.packs.resolve import Resolved, put_together
from portal.i18n import translator

LIBRARY = PackFiles([shipped_root()], samples=True)
# An identifier of several words, a placeholder or JSON, a pointer.
TECHNICAL = re.compile(r"[a-z0-9]+_[a-z0-9_]+|[{}]|/data/")
# In Chinese a word of small Latin letters is none that people say.
LATIN = re.compile(r"(?<![A-Za-z0-9/.])[a-z]{3,}")
LANGUAGES = {"zh_Hans": re.compile(f"{TECHNICAL.pattern}|{LATIN.pattern}"), "en": TECHNICAL}


@cache
def layers() -> Layers:
    return Layers(LIBRARY)


@cache
def known(pack: str) -> tuple[Resolved, Any]:
    """Return the names of a pack with what is above it, and what the pack itself says."""
    chain, problems = layers().chain(pack)
    assert not problems
    bundle = {**put_together(pack, chain).bundle}
    own = {name: one for name, one in chain[-1].content.items() if name not in ("translations", "moved")}
    return stand_in(bundle, {}), own


def places(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Yield each place with its value; entries of lists by their number, and as a merge calls them."""
    if is_list_edit(value):
        return  # how a file says it: no page compares files
    if path:
        yield path, value
    if isinstance(value, dict):
        for key, one in value.items():
            yield from places(one, pointers.join([key], path))
    elif isinstance(value, list):
        for key, one in keyed(value, merge_type(path)).items():
            yield pointers.join([f"={key}"], path), one
        for number, one in enumerate(value):
            yield from places(one, pointers.join([str(number)], path))


def words_at(telling: Telling, told: Told, path: str, value: Any, translate: Translator) -> Iterator[str]:
    yield telling.place(path)
    yield telling.value(value, path)
    if "=" not in path:
        yield Difference("changed", path, told, None, value).what_text(translate)


# In English what is inherited by most is enough: the identifiers are the same.
ASKED = [*((pack, "zh_Hans") for pack in LIBRARY.ids()), ("base", "en"), ("city/kunming", "en")]


@pytest.mark.parametrize(("pack", "lang"), ASKED)
def test_no_place_of_a_shipped_pack_is_told_by_an_identifier(pack: str, lang: str) -> None:
    names, own = known(pack)
    translate = translator(lang)
    telling, told = Telling(names, translate), Told(names)
    seen, wrong = 0, []
    for path, value in places(own):
        seen += 1
        wrong += [
            (path, text)
            for text in words_at(telling, told, path, value, translate)
            if (TECHNICAL if path.endswith("/note") else LANGUAGES[lang]).search(text)
        ]
    assert seen > 10
    assert not wrong, (len(wrong), wrong[:20])
