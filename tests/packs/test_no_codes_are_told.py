"""What packs tell people is words: no number of a period, route, paper, type or paragraph stands in a text."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest

from tests.packs.conftest import PACKS

# A route, period, paper or role by its number, a type of dispute, the sentence of a report, a name of definitions.
CODE = re.compile(
    r"(?<![A-Za-z0-9])(?:[TRWF][0-9]{2}|D[0-9]{2,4}|A[0-9]+\.[0-9.]+|[a-z]+(?:_[a-z]+)+)(?![A-Za-z0-9])"
)
# What is for those who keep packs: no page shows it.
KEPT = frozenset({"source"})
HAN = re.compile(r"[一-鿿]")


def texts(value: Any, at: str = "") -> Iterator[tuple[str, str]]:
    """Yield what people may read: texts in Chinese, without the places of inputs in reasons."""
    if isinstance(value, dict):
        for key, one in value.items():
            if key not in KEPT:
                yield from texts(one, f"{at}/{key}")
    elif isinstance(value, list):
        for n, one in enumerate(value):
            yield from texts(one, f"{at}/{n}")
    elif isinstance(value, str) and HAN.search(value):
        yield at, re.sub(r"\{\w+\}", "", value)


def found(bundle: dict[str, Any]) -> list[tuple[str, str]]:
    return [(at, text) for at, text in texts(bundle) if CODE.search(text)]


@pytest.mark.parametrize("pack", PACKS)
def test_no_text_of_a_pack_tells_a_code(shipped: Any, pack: str) -> None:
    bundle = shipped.bundle(pack)
    assert sum(1 for _ in texts(bundle)) > 1_000
    assert found(bundle) == []


@pytest.mark.parametrize(
    "text",
    [
        "浙江省诸暨市做法（报道A1.22—A1.24，2025年）",
        "按T45办理",
        "另见D0503。",
        "替代W15",
        "由people_mediation办理",
    ],
)
def test_a_code_in_a_text_is_found(text: str) -> None:
    assert found({"practice": text}) == [("/practice", text)]


@pytest.mark.parametrize("text", ["申请1+5+N", "A4纸", "涉及{people_count}人", "12345热线", "“一站式”"])
def test_what_is_no_code_is_left_alone(text: str) -> None:
    assert found({"title": text}) == []
