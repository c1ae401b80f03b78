"""Masks: what they show, and that nothing else of the value decides what they show."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.core.masks import DOTS, KINDS, mask
from portal.core.widgets import mask_of as mask_for


@pytest.mark.parametrize(
    ("kind", "value", "shown"),
    [
        ("name", "张三", "张*"),
        ("name", "欧阳建国", "欧*"),
        ("name", "张", "*"),
        ("name", "某工厂", "某工厂"),
        ("name", "诸暨市某置业有限公司", "诸暨市某置业有限公司"),
        ("name", "某保险公司（分公司）", "某保险公司（分公司）"),
        ("name", "昆明市公安局", "昆明市公安局"),
        ("name", "公司", "公*"),
        ("name", "张三、某商贸公司", "张*"),
        ("name", "张某 某商贸公司", "张*"),
        ("id", "530102199003074518", "530***********4518"),
        ("id", "E12345678", "E******78"),
        ("id", "12345", DOTS),
        ("phone", "13800001234", "138****1234"),
        ("phone", "0871-63123456", "087******3456"),
        ("phone", "63123456", "63****56"),
        ("phone", "12345", DOTS),
        ("address", "昆明市西山区棕树营街道12号", "昆明市西山区***"),
        ("address", "云南省昆明市富民县永定街道环城路3号", "云南省昆明市富民县***"),
        ("address", "棕树营小区3栋2单元", DOTS),
        ("address", "棕树营小区3栋2单元501室东侧", "棕树营小区3***"),
        ("text", "随便什么", DOTS),
        ("text", 42, DOTS),
        ("name", ["张三", "李四"], ["张*", "李*"]),
        ("text", {"a": 1}, DOTS),
        ("name", "", ""),
        ("phone", None, None),
    ],
)
def test_what_a_mask_shows(kind: str, value: object, shown: object) -> None:
    assert mask(kind, value) == shown


PLAIN = st.text(st.characters(exclude_characters="*•", exclude_categories=["Cs"]), min_size=1, max_size=40)


@given(kind=st.sampled_from(sorted(KINDS)), value=PLAIN, data=st.data())
def test_hidden_characters_decide_nothing(kind: str, value: str, data: st.DataObject) -> None:
    """Whatever stands behind the stars could be anything: the mask would look the same."""
    shown = mask(kind, value)
    start, end = _edges(value, shown)
    hidden = range(start, len(value) - end)
    assert len(hidden) > 0, (value, shown)
    place = data.draw(st.sampled_from(hidden))
    other = data.draw(st.characters(whitelist_categories=["Lu"]))
    assert mask(kind, value[:place] + other + value[place + 1 :]) == shown
    assert mask(kind, shown) == shown


def _edges(value: str, shown: str) -> tuple[int, int]:
    """Return how many characters of the value the mask shows before and after its stars."""
    start = next((n for n, c in enumerate(shown) if c in "*•"), len(shown))
    end = next((n for n, c in enumerate(reversed(shown)) if c in "*•"), len(shown))
    assert value.startswith(shown[:start])
    assert value.endswith(shown[len(shown) - end :])
    return start, end


@given(st.from_regex(r"[1-9]\d{16}[\dX]", fullmatch=True))
def test_an_identity_number_never_comes_out(number: str) -> None:
    assert number[3:-4] not in mask("id", number)


def test_the_mask_follows_from_the_field() -> None:
    assert mask_for("phone", "") == "phone"
    assert mask_for("", "cn-id-number") == "id"
    assert mask_for("text", "") == "text"
