"""Names for demo data that anybody recognises as made up."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any

# Of a dispute of no known class: where everybody may turn.
ANY_CLASS = {
    "law": "《中华人民共和国民法典》有关规定",
    "route": "R05",
    "body": "当地人民法院",
    "basis": "《中华人民共和国民事诉讼法》第一百二十二条",
}


@dataclass(frozen=True, slots=True)
class Names:
    """Where demo data takes its names from; ``seed/base/demo/names.json`` may replace any of the lists."""

    surnames: Sequence[str] = ("赵", "钱", "孙", "李", "周", "吴", "郑", "王", "冯", "陈", "褚", "卫")
    given: Sequence[str] = ("示例", "演示", "样本", "虚构", "假名", "甲乙", "丙丁", "某某")
    organisations: Sequence[str] = (
        "示例物业服务有限公司",
        "演示建筑劳务有限公司",
        "样本商贸有限公司",
        "虚构餐饮管理有限公司",
    )
    matters: Mapping[str, Sequence[Mapping[str, Any]]] = field(default_factory=dict)
    classes: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    @classmethod
    def from_definition(cls, definition: Mapping[str, Any] | None) -> Names:
        """Take the lists that a pack gives."""
        given = definition or {}
        lists = ("surnames", "given", "organisations")
        known: dict[str, Any] = {name: tuple(given[name]) for name in lists if given.get(name)}
        return cls(**known, matters=given.get("matters", {}), classes=given.get("classes", {}))

    def person(self, random: Random) -> str:
        """Return the name of a person."""
        return random.choice(self.surnames) + random.choice(self.given)

    def matter(self, random: Random, dispute_type: str) -> dict[str, Any]:
        """Return the subject of such a dispute: summary, claim and amount; empty for an unknown type."""
        known = self.matters.get(dispute_type)
        if not known:
            return {}
        chosen = random.choice(known)
        low, high = chosen["amount"]
        amount = round(random.uniform(low, high), -2)
        told = {"summary": chosen["summary"], "question": chosen["summary"], "claim": chosen["claim"]}
        return told | ({"amount": int(amount)} if amount else {})

    def of_class(self, dispute_type: str) -> Mapping[str, str]:
        """Return the law of a type of dispute, and the procedure, the body and the basis outside the centre."""
        codes = (dispute_type[:end] for end in range(len(dispute_type), 0, -1))
        return next((self.classes[code] for code in codes if code in self.classes), ANY_CLASS)

    def organisation(self, random: Random) -> str:
        """Return the name of an organisation."""
        return random.choice(self.organisations)

    @staticmethod
    def phone(random: Random) -> str:
        """Return a number of a range in which no real one would read like this."""
        return f"1990000{random.randrange(10_000):04}"


def identity_number(random: Random) -> str:
    """Return an identity number with a valid check digit, of a region that does not exist."""
    year, month, day = random.randint(1950, 2004), random.randint(1, 12), random.randint(1, 28)
    body = f"539999{year}{month:02}{day:02}{random.randrange(1000):03}"
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    total = sum(int(digit) * weight for digit, weight in zip(body, weights, strict=True))
    return body + "10X98765432"[total % 11]
