"""Beginners' mistakes: each wrong pack is told in Chinese, the cause first, with its place in words and a remedy.

``wrong_packs/good.json`` is a county's pack that passes; each numbered file says what a beginner does to it (a patch
of its files; a text replaces a file, ``__gone__`` takes a key away) and what the check says first.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from portal.adapters.pack_files import PackFiles, shipped_root
from portal.core.errors import Problem, folded
from portal.core.packs import MemoryLibrary, check
from portal.core.packs.check.registry import Memo
from portal.core.packs.source import PackSource
from portal.i18n import translator

HERE = Path(__file__).parent / "wrong_packs"
PACK = "county/chenggong"
GOOD: dict[str, Any] = json.loads((HERE / "good.json").read_text(encoding="utf-8"))
WRONG = sorted(HERE.glob("[0-9]*.json"))
ZH = translator("zh")
# What the mistakes leave as it was is checked once.
UNCHANGED = Memo()


class Library:
    """The shipped packs of base and city, with a county's files in memory."""

    shipped = PackFiles([shipped_root()])

    def __init__(self, files: dict[str, str | bytes]) -> None:
        self.own = MemoryLibrary({PACK: files})

    def ids(self) -> list[str]:
        return ["base", "city/kunming", "county/xishan", PACK]

    def problems(self) -> list[Problem]:
        return []

    def source(self, pack_id: str, version: str | None = None) -> PackSource | None:
        return self.own.source(pack_id, version) or self.shipped.source(pack_id, version)


def patched(value: Any, patch: Any) -> Any:
    """Return a value with a mistake in it."""
    if not isinstance(patch, dict):
        return patch
    result = dict(value) if isinstance(value, dict) else {}
    for key, change in patch.items():
        if change == "__gone__":
            result.pop(key, None)
        else:
            result[key] = patched(result.get(key), change)
    return result


def files_with(mistakes: dict[str, Any]) -> dict[str, str | bytes]:
    """Return the files of the good pack with mistakes in them."""
    files: dict[str, str | bytes] = {}
    for path in GOOD.keys() | mistakes.keys():
        change = mistakes.get(path, {})
        encoding = change.get("encoding") if isinstance(change, dict) else None
        value = GOOD.get(path) if encoding else patched(GOOD.get(path, {}), change)
        text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, indent=2)
        files[path] = text.encode(encoding) if encoding else text
    return files


def told(mistakes: dict[str, Any], packs: tuple[str, ...] = (PACK,)) -> list[Problem]:
    """Return the errors of the county's pack as they are shown: causes first."""
    found = check(Library(files_with(mistakes)), packs, UNCHANGED)
    return [problem for problem in folded(found) if problem.severity == "error"]


def test_the_good_pack_has_no_error() -> None:
    assert [problem.render(ZH) for problem in told({})] == []


def test_there_are_forty_mistakes_of_different_kinds() -> None:
    assert len(WRONG) >= 40
    assert len({json.loads(path.read_text(encoding="utf-8"))["mistake"] for path in WRONG}) == len(WRONG)


@pytest.mark.parametrize("path", WRONG, ids=[path.stem for path in WRONG])
def test_a_mistake_is_told_with_place_cause_and_remedy(path: Path) -> None:
    wrong = json.loads(path.read_text(encoding="utf-8"))
    first, *_ = told(wrong["files"], ("county/xishan", PACK) if wrong.get("beside") else (PACK,))
    assert {
        "file": first.file,
        "pointer": first.pointer,
        "place": first.place_text(ZH),
        "says": first.text(ZH),
        "remedy": first.remedy_text(ZH),
        "consequences": len(first.consequences),
    } == wrong["told"]
    assert first.file.split("/", 1)[1].startswith(PACK) or wrong.get("beside")
    assert first.remedy_text(ZH)
    assert first.place_text(ZH) or first.code.startswith(("json.", "pack.unknown"))
