"""The rows of the peers: 1,875 units and any number of cases, spread over units, kinds, states and two years.

The same seed gives the same rows. Only the standard library is needed: peers and portal run in different environments.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from random import Random
from typing import Any

CATEGORIES = (
    "治安纠纷",
    "邻里矛盾",
    "劳动争议",
    "婚姻家庭",
    "土地权属",
    "环境污染",
    "交通事故",
    "消费维权",
    "医疗纠纷",
    "信访事项",
    "城管执法",
    "其他",
)
KINDS = ("一般", "重点", "群体", "历史遗留", "涉企", "涉农", "涉校", "涉外")
SOURCES = ("窗口", "电话", "网络", "巡查", "转办", "信件")
URGENCIES = ("普通", "紧急", "特急")
STATES = ("draft", "accepted", "assigned", "processing", "reviewing", "closed", "rejected", "archived")
STATE_WEIGHTS = (5, 10, 12, 18, 8, 35, 4, 8)
UNIT_COLUMNS = ("id", "parent_id", "level", "code", "name", "path")
CASE_COLUMNS = (
    "code",
    "title",
    "applicant",
    "phone",
    "id_number",
    "address",
    "category",
    "subcategory",
    "amount",
    "persons",
    "occurred_at",
    "registered_at",
    "source",
    "urgency",
    "unit_id",
    "window_no",
    "status",
    "description",
    "due_at",
    "result",
)
COUNTIES, TOWNSHIPS, VILLAGES = 20, 143, 1711
SEED = 20_240_101
_FIRST_DAY, _DAYS = dt.datetime(2024, 1, 1), 730
_FAMILY, _GIVEN = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗", "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平"
_WORDS = (
    "当事人反映",
    "道路施工影响出行",
    "多次协商未果",
    "请求依法处理",
    "现场情况已记录",
    "材料附后",
    "涉及多户居民",
    "要求书面答复",
)


def units() -> list[tuple[Any, ...]]:
    """Return the units, the root first: one city, its counties, townships and villages."""
    rows: list[tuple[Any, ...]] = [(1, None, 1, "33", "示例市", "/1/")]
    for level, number, above in ((2, COUNTIES, rows[:1]), (3, TOWNSHIPS, None), (4, VILLAGES, None)):
        parents = above or [row for row in rows if row[2] == level - 1]
        for index in range(number):
            parent, own = parents[index % len(parents)], len(rows) + 1
            code = f"33{level}{index:05d}"
            rows.append((own, parent[0], level, code, f"第{index + 1}单位", f"{parent[5]}{own}/"))
    return rows


def cases(number: int, seed: int = SEED, prefix: str = "C") -> Iterator[dict[str, Any]]:
    """Yield cases; nine of ten lie in villages, the others anywhere below the city."""
    chance = Random(seed)
    everywhere = units()
    villages, above = everywhere[1 + COUNTIES + TOWNSHIPS :], everywhere[1 : 1 + COUNTIES + TOWNSHIPS]
    for index in range(1, number + 1):
        unit = chance.choice(villages if chance.random() < 0.9 else above)
        yield _case(chance, f"{prefix}{index:09d}", unit)


def _case(chance: Random, code: str, unit: tuple[Any, ...]) -> dict[str, Any]:
    registered = _FIRST_DAY + dt.timedelta(seconds=chance.randrange(_DAYS * 86_400))
    category, kind = chance.choice(CATEGORIES), chance.choice(KINDS)
    state = chance.choices(STATES, STATE_WEIGHTS)[0]
    return {
        "code": code,
        "title": f"关于{category}的{kind}登记",
        "applicant": chance.choice(_FAMILY) + chance.choice(_GIVEN) + chance.choice(_GIVEN),
        "phone": f"199{chance.randrange(10**8):08d}",
        "id_number": f"33{chance.randrange(10**15):015d}{chance.choice('0123456789X')}",
        "address": f"{unit[4]}{chance.randrange(1, 300)}号",
        "category": category,
        "subcategory": kind,
        "amount": f"{chance.randrange(10**7) / 100:.2f}",
        "persons": chance.randrange(1, 30),
        "occurred_at": (registered - dt.timedelta(hours=chance.randrange(1, 240))).isoformat(),
        "registered_at": registered.isoformat(),
        "source": chance.choice(SOURCES),
        "urgency": chance.choices(URGENCIES, (80, 15, 5))[0],
        "unit_id": unit[0],
        "window_no": f"W{chance.randrange(1, 40):02d}",
        "status": state,
        "description": "，".join(chance.choices(_WORDS, k=40))[:300],
        "due_at": (registered + dt.timedelta(days=15)).isoformat(),
        "result": "已调解" if state in ("closed", "archived") else "",
    }
