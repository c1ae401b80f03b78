"""The kinds of questions: what each is called, what is accepted as an answer, what stands in a text until then."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from portal.core.errors import msg
from portal.core.table import Table
from portal.core.text import DEFAULT_LANGUAGE

# As windows are numbered: 13, A3, 2-1, 三号.
WINDOW = "^[0-9A-Za-z一二三四五六七八九十][0-9A-Za-z一二三四五六七八九十-]*号?$"
_NUMBER = re.compile(r"0|[1-9][0-9]{0,5}")


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of question.

    ``asks`` is how packs ask for it, ``blank`` what stands in their texts until somebody answers: content, in the
    languages of packs. ``schema`` and ``ui`` are those of the answer's field.
    """

    name: str
    title: str
    asks: Mapping[str, str]
    blank: str
    schema: Mapping[str, Any]
    ui: Mapping[str, Any] = field(default_factory=dict)
    numbers: bool = False  # digits alone are a number

    def value(self, answer: str) -> Any:
        """Return the value that an answer becomes at a place of its own."""
        is_number = self.numbers and _NUMBER.fullmatch(answer) is not None
        return int(answer) if is_number else answer


def _line(limit: int, **more: Any) -> dict[str, Any]:
    return {"type": "string", "minLength": 1, "maxLength": limit, **more}


def _asks(chinese: str, english: str) -> dict[str, str]:
    return {DEFAULT_LANGUAGE: chinese, "en": english}


_PHONE, _BOX = {"widget": "phone"}, {"widget": "textarea", "width": "full"}
KINDS: Table[Kind] = Table(
    "kinds of questions",
    Kind("unit_name", msg("Name of a unit"), _asks("单位名称", "Name of the unit"), "本地", _line(60)),
    Kind("agency", msg("Agency word"), _asks("机构代字", "Agency word"), "本综", _line(20)),
    Kind(
        "phone",
        msg("Telephone"),
        _asks("电话", "Telephone"),
        "（咨询电话）",
        _line(40, format="cn-phone"),
        _PHONE,
    ),
    Kind(
        "window",
        msg("Window number"),
        _asks("窗口号", "Window number"),
        "（窗口号）",
        _line(20, pattern=WINDOW),
        numbers=True,
    ),
    Kind("place", msg("Place or address"), _asks("地点", "Place"), "（地点）", _line(200)),
    Kind("text", msg("Text"), _asks("文字", "Text"), "（待填写）", _line(400), _BOX),
)
