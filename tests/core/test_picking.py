"""Choices are found by name, other words, pinyin and initials, the closest first; only what is named once is taken."""

from __future__ import annotations

import pytest

from portal.adapters.pinyin import spelling
from portal.core.picking import (
    ABOVE,
    BEGINS,
    EXACT,
    HOLDS,
    INITIALS,
    PINYIN,
    RARE,
    SYNONYM,
    Choice,
    Index,
    normal,
)


def choice(code: str, *line: str, aliases: tuple[str, ...] = (), group: int = 0) -> Choice:
    return Choice(code, line[-1], (line,), " › ".join(line), aliases, group=group)


TYPES = Index.of(
    [
        choice("D03", "房屋与物业纠纷"),
        choice("D0301", "房屋与物业纠纷", "房屋买卖纠纷", aliases=("房产", "买房")),
        choice("D0302", "房屋与物业纠纷", "房屋租赁纠纷", aliases=("租房",)),
        choice("D0304", "房屋与物业纠纷", "物业服务合同纠纷"),
        choice("D0601", "劳动人事争议", "拖欠农民工工资", aliases=("讨薪",)),
        choice("D12", "行政争议"),
        choice("D1201", "行政争议", "行政处罚争议"),
        choice("B1", "金融", "银行"),
        choice("C1", "直辖市", "重庆"),
    ],
    spelling,
)
UNITS = Index.of(
    [
        choice("530100", "昆明市"),
        choice("530112", "昆明市", "西山区"),
        choice("530112001", "昆明市", "西山区", "马街街道"),
        choice("530112001201", "昆明市", "西山区", "马街街道", "竹园村", group=1),
        choice("530127", "昆明市", "嵩明县"),
        choice("530127101", "昆明市", "嵩明县", "杨林镇"),
        choice("530127101201", "昆明市", "嵩明县", "杨林镇", "竹园村", group=1),
        choice("530127101202", "昆明市", "嵩明县", "杨林镇", "大竹园村", group=1),
    ],
    spelling,
    by_above=False,
)


def ranks(index: Index, query: str) -> dict[str, int]:
    return {one.choice.code: one.rank for one in index.search(query)}


@pytest.mark.parametrize(
    ("query", "first", "rank"),
    [
        ("房屋买卖纠纷", "D0301", EXACT),
        ("d0301", "D0301", EXACT),
        ("房屋与物业纠纷 › 房屋买卖纠纷", "D0301", EXACT),
        ("房屋与物业纠纷/房屋买卖纠纷", "D0301", EXACT),
        (" 房屋\u200b租赁纠纷 ", "D0302", EXACT),
        ("Ｄ０３０２", "D0302", EXACT),
        ("物业服务", "D0304", BEGINS),
        ("买卖", "D0301", HOLDS),
        ("房产", "D0301", SYNONYM),
        ("讨薪", "D0601", SYNONYM),
        ("fangwumaimai", "D0301", PINYIN),
        ("fangwum", "D0301", PINYIN),
        ("maimai", "D0301", PINYIN),
        ("fwzl", "D0302", INITIALS),
        ("fangwzl", "D0302", INITIALS),
        ("xingzheng", "D12", PINYIN),
        ("yinhang", "B1", RARE),
        ("chongqing", "C1", RARE),
        ("zhongqing", "C1", PINYIN),
        ("cq", "C1", RARE),
    ],
)
def test_what_is_found_first_and_how(query: str, first: str, rank: int) -> None:
    found = TYPES.search(query)
    assert (found[0].choice.code, found[0].rank) == (first, rank)


def test_the_closest_come_first() -> None:
    found = ranks(TYPES, "房屋")
    assert list(found) == ["D0301", "D0302", "D03", "D0304"]
    assert found == {"D0301": BEGINS, "D0302": BEGINS, "D03": BEGINS, "D0304": ABOVE}
    assert list(ranks(TYPES, "fw"))[:3] == ["D0301", "D0302", "D03"], "房屋 before 服务"
    assert ranks(TYPES, "fw")["D0304"] == INITIALS
    assert list(ranks(TYPES, "fangwu")) == ["D0301", "D0302", "D03"]


def test_each_word_counts_and_a_name_above_helps_but_does_not_find_a_unit_by_itself() -> None:
    assert list(ranks(UNITS, "嵩明 竹园")) == ["530127101201", "530127101202"]
    assert list(ranks(UNITS, "西山")) == ["530112"]
    assert list(ranks(UNITS, "xishan zhuyuan")) == []
    assert list(ranks(UNITS, "xs")) == ["530112"]
    assert list(ranks(UNITS, "zhuyuan")) == ["530112001201", "530127101201", "530127101202"]
    assert ranks(UNITS, "") == ranks(UNITS, "  ") == ranks(UNITS, "\u200b") == {}
    assert ranks(UNITS, "zzz") == ranks(UNITS, "'") == ranks(UNITS, "%") == {}


def test_what_is_preferred_comes_first_among_those_found_alike() -> None:
    found = UNITS.search("竹园", first=lambda one: one.code.startswith("530127"))
    assert [one.choice.code for one in found] == ["530127101201", "530112001201", "530127101202"]


def test_a_text_names_what_bears_it_whole() -> None:
    assert [one.code for one in UNITS.named("竹园村")] == ["530112001201", "530127101201"]
    assert [one.code for one in UNITS.named("大竹园村")] == ["530127101202"]
    for path in ("马街街道/竹园村", "西山区 › 马街街道 › 竹园村", "昆明市 / 西山区 / 马街街道 / 竹园村"):
        assert [one.code for one in UNITS.named(path)] == ["530112001201"], path
    assert [one.code for one in UNITS.named("530127101201")] == ["530127101201"]
    for text in ("竹园", "zhuyuancun", "西山区/竹园村", "", "  ", "杨林镇/"):
        assert UNITS.named(text) == [], text
    assert TYPES.named("房产") == TYPES.named("讨薪") == [], "another word is no name"


def test_texts_of_any_shape_are_compared() -> None:
    assert normal("ＸＩ\u3000 山\ufeff") == "xi 山"
    long = "房" * 5000
    assert TYPES.search(long) == TYPES.named(long) == []
    assert list(ranks(TYPES, "xi'ng zheng"))[:1] == ["D12"]
    many = Index.of([choice(str(number), "啊" * 40) for number in range(50)], spelling)
    assert many.search("a" * 39 + "b") == []
