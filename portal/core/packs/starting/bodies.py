"""Departments by what people call them: identifier, name, short name, with or without the county in front."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from portal.core.errors import msg
from portal.core.near import near
from portal.core.packs.starting.answers import refusal
from portal.core.text import alike

# How else departments of the foundation are called.
_ALSO = {
    "法院": "court",
    "检察院": "procuratorate",
    "公安": "police",
    "派出所": "police",
    "人社": "labour",
    "人社局": "labour",
    "人力社保局": "labour",
    "社保局": "labour",
    "司法": "justice",
    "信访": "petition",
    "住建": "housing",
    "建设局": "housing",
    "自规局": "natural_resources",
    "自然资源和规划局": "natural_resources",
    "教育局": "education",
    "体育局": "education",
    "卫健": "health",
    "卫生健康委": "health",
    "市监局": "market",
    "市场监管": "market",
    "综合执法局": "urban_management",
    "综合行政执法局": "urban_management",
    "水利局": "water",
    "林业局": "forestry",
    "环保局": "ecology",
    "生态环境局": "ecology",
    "律师": "lawyers",
    "律师团队": "lawyers",
    "人民调解": "people_mediation",
    "调委会": "people_mediation",
    "人民调解委员会": "people_mediation",
    "工会": "union",
    "妇联": "women",
    "残联": "disabled",
    "心理咨询": "counselling_service",
    "仲裁院": "labour_arbitration",
    "劳动仲裁": "labour_arbitration",
    "劳动监察": "labour_inspection",
    "法律援助": "legal_aid",
    "公证": "notary",
}


@dataclass(frozen=True)
class Bodies:
    """The departments of a bundle, found by what somebody calls them."""

    departments: Mapping[str, Mapping[str, Any]]
    county: str = ""
    foundation: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    def find(self, word: str) -> str:
        """Return the identifier of the department that is meant; raise InvalidInput where none or several are."""
        shown = {key: one for key, one in self.departments.items() if one.get("hidden") is not True}
        plain = _bare(word, self.county)
        exact = [key for key, one in shown.items() if plain in _words(key, one, self.county)]
        also = _ALSO.get(plain)
        if not exact and also in shown:
            return str(also)
        found = exact or [key for key, one in shown.items() if len(plain) > 1 and plain in alike(_name(one))]
        if len(found) == 1:
            return found[0]
        if not found:
            close = near(plain, map(_short, shown.values()))
            told = msg("There is no department “%(word)s”; do you mean one of: %(close)s")
            raise refusal(
                "department",
                told if close else msg("There is no department “%(word)s”"),
                msg(
                    "docs/reference/base.md lists all departments; others are added in departments.json afterwards"
                ),
                word=word,
                close="、".join(close),
            )
        several = "、".join(_name(shown[key]) for key in found[:6])
        raise refusal(
            "departments",
            msg("“%(word)s” may be several departments: %(several)s; write one of these"),
            word=word,
            several=several,
        )

    def named(self, key: str) -> str:
        """Return the short name of a department."""
        return _short(self.departments.get(key, {"name": key}))

    def full(self, key: str) -> str:
        """Return the name that a department has in the county: with the county's name in front."""
        if not self.county or key not in self.foundation:
            return _name(self.departments.get(key, {"name": key}))
        plain = "公安分局" if key == "police" and self.county.endswith("区") else _name(self.foundation[key])
        return f"{self.county}{_LOCAL.get(key, plain)}"


# Names that change with a place's name in front.
_LOCAL = {"political_legal": "委政法委", "discipline": "纪委监委"}


def _text(value: Any) -> str:
    return value if isinstance(value, str) else str((value or {}).get("zh_Hans", ""))


def _name(department: Mapping[str, Any]) -> str:
    return _text(department.get("name"))


def _short(department: Mapping[str, Any]) -> str:
    return _text(department.get("short") or department.get("name"))


def _words(key: str, department: Mapping[str, Any], county: str) -> set[str]:
    return {_bare(word, county) for word in (key, _name(department), _short(department)) if word}


def _bare(word: str, county: str) -> str:
    """Return a name in its plainest form, without the county in front of it."""
    plain, front = alike(word), alike(county)
    return plain.removeprefix(front) if front and plain != front else plain
