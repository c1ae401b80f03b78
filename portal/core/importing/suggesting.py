"""Suggestions for a mapping: columns by what they are called, texts by what they name; a person confirms them."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence

from portal.core.importing.targets import NUMBER, REGISTERED_ON, STAGE, Target

_ASIDE = re.compile(r"[（(].{0,40}?[)）]")
_SIGNS = re.compile(r"[\s*＊:：_/\-、.]+")
# Words at the edges of headings that say nothing of what they are.
_EDGES = ("纠纷", "案件", "事项", "当事人", "的", "信息")
_SHORT = 2
# What a table names in other words than the form: fields by the words of the sorts of disputes' records.
_SAME = (
    (
        "申请人姓名",
        "申请人",
        "反映人",
        "来电人",
        "来访人",
        "诉求人",
        "投诉人",
        "信访人",
        "报案人",
        "原告",
        "甲方",
    ),
    ("联系电话", "电话", "手机", "手机号", "手机号码", "来电号码", "联系方式"),
    ("证件号码", "身份证号", "身份证号码", "身份证", "公民身份号码"),
    ("对方当事人", "被申请人", "被反映人", "被告", "乙方", "被投诉对象"),
    ("纠纷类型", "类型", "类别", "事项类别", "问题类别", "案由", "矛盾类型", "诉求类型"),
    ("事由简述", "简述", "内容", "诉求内容", "主要内容", "基本情况", "案情", "案情简介", "事由", "问题描述"),
    ("事项发生地", "发生地", "发生地点", "属地", "所属区域", "所在地", "地区", "事发地"),
    ("来源渠道", "来源", "渠道", "受理渠道", "案件来源"),
    ("涉及金额", "金额", "标的", "标的额", "涉案金额"),
    ("化解结果", "结果", "处理结果", "办理结果", "调处结果"),
    ("纠纷发生日期", "发生日期", "发生时间"),
    ("涉及人数", "人数"),
    ("送达地址", "地址", "住址", "联系地址"),
)


def suggested(targets: Iterable[Target], headings: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """Return for each heading the targets that it probably fills in, each target by one column."""
    known = sorted(targets, key=lambda one: (one.name not in (NUMBER, REGISTERED_ON, STAGE), one.listed))
    left, found = list(headings), dict[str, tuple[str, ...]]()
    for exact in (True, False):
        for target in known:
            if any(target.name in names for names in found.values()):
                continue
            words = {plain(one) for one in (target.title, *target.aliases)}
            words |= {plain(other) for word in list(words) for other in _others(word)}
            hit = next((head for head in left if _meets(plain(head), words, exact)), None)
            if hit is not None:
                found[hit] = (target.name,)
                left.remove(hit)
    return found


def plain(text: str) -> str:
    """Return a heading as it is compared: one width, without remarks in brackets, blanks and signs."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    bare = _SIGNS.sub("", _ASIDE.sub("", folded))
    return bare or _SIGNS.sub("", folded)


def _others(word: str) -> Iterable[str]:
    """Return other words for a field."""
    return (other for group in _SAME if word in {plain(one) for one in group[:2]} for other in group)


def _meets(head: str, words: set[str], exact: bool) -> bool:
    if head in words:
        return True
    if exact or len(head) < _SHORT:
        return False
    stripped = head
    for edge in _EDGES:
        stripped = stripped.removeprefix(edge).removesuffix(edge)
    return len(stripped) >= _SHORT and any(stripped == word.removeprefix("纠纷") for word in words)
