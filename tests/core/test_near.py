"""Names near to an unknown one: what holds it comes first, then what is written much like it; else none."""

from __future__ import annotations

import pytest

from portal.core.near import near

KNOWN = ["昆明市总工会", "妇女联合会", "司法局", "人力资源和社会保障局", "住房和城乡建设局", "Labour union"]


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("总工会", "昆明市总工会"),
        ("西山区司法局", "司法局"),
        ("妇女联和会", "妇女联合会"),
        ("labour Union", "Labour union"),
    ],
)
def test_the_nearest_name_comes_first(said: str, expected: str) -> None:
    assert near(said, KNOWN)[0] == expected


@pytest.mark.parametrize("said", ["", "局", "完全不同的名字xyz", "🏠🏠"])
def test_what_is_like_nothing_gets_no_name(said: str) -> None:
    assert near(said, KNOWN) == []


def test_there_are_few_and_each_once() -> None:
    assert len(near("第1窗口", [f"第{n}窗口" for n in range(20)])) == 3
