"""What is done to an entered value before anything looks at it: one table, an entry for each way of writing.

A kind of value or a control names its way (``Kind.way``, ``Widget.way``), a mask chooses that of names. Pages, the API,
steps, imports, search and the table in ``docs/formats/values.md`` follow from it. Reading what is stored already gives
it back, so reading twice is reading once.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

from portal.core.blank import is_blank
from portal.core.table import Table, derived
from portal.core.ways import days, identity, numbers, phones, texts
from portal.core.ways.reading import Refused, signs, without_gaps

# Raised with each change of a way: stored records are then found by the new reading (the job ``read_anew``).
REVISION = 1

Read = Callable[[Any], Any]


@dataclass(frozen=True, slots=True)
class Way:
    """One way of reading what is entered.

    ``read`` gives the stored form or a ``Refused``; what it does not know at all it gives back, and the schema judges.
    ``parts`` are what one searches a stored value by; ``in_time`` finds what can't be true on the day of entering.
    """

    name: str
    title: str  # whose values it reads
    done: str  # what is done to them, for the documents
    read: Read
    examples: tuple[tuple[str, str], ...] = ()  # what is pasted, and what is stored; empty: refused
    masks: tuple[str, ...] = ()  # masks of texts that choose it
    parts: Callable[[str], list[str]] = lambda value: [value]
    in_time: Callable[[Any, date], Refused | None] | None = None
    numeric: bool = False  # the stored form is a number: a text is always read anew


def texted(read: Callable[[str], str]) -> Read:
    """Return a reader of texts, which leaves other values alone; a blank text is an empty one."""

    def reader(value: Any) -> Any:
        if not isinstance(value, str):
            return value
        found = read(value)
        return "" if found and is_blank(found) else found

    return reader


def _address(value: str) -> str:
    """Return an e-mail or web address without blanks; one without blanks and of ASCII is returned at once."""
    return value if value.isascii() and value.isprintable() and " " not in value else without_gaps(value)


def _code(value: str) -> str:
    return value if value.isascii() and value.isprintable() and " " not in value else signs(value)


WAYS: Table[Way] = Table(
    "ways of writing",
    Way(
        "text",
        "texts",
        "Blanks at the ends and invisible characters go, NBSP becomes a space, full-width letters and digits, "
        "ligatures and the radicals of PDF files become the usual characters; punctuation, "
        "circled numbers and superscripts stay",
        texted(texts.text),
        (("\u3000门口\u200b积水 ", "门口积水"), ("Ａ座３０１", "A座301"), ("100m²，①", "100m²，①")),
    ),
    Way(
        "name",
        "names: texts with the mask `name`",
        "as texts; besides, NFC, no line ends and joiners, one space between words, none between Chinese characters, "
        "one dot (·) in names that have one",
        texted(texts.name),
        (("张\u3000三", "张三"), ("\ufeff李\u200b四", "李四"), ("阿依•古丽", "阿依·古丽")),
        masks=("name",),
    ),
    Way(
        "number",
        "numbers",
        "full-width digits, grouping commas, blanks and the apostrophe of spreadsheets are understood",
        numbers.number,
        (("１，２３４.5", "1234.5"), ("1,5", "")),
        numeric=True,
    ),
    Way(
        "integer",
        "whole numbers",
        "as numbers; 5.0 is 5",
        numbers.integer,
        (("1,200", "1200"), ("5.0", "5")),
        numeric=True,
    ),
    Way(
        "money",
        "amounts of yuan",
        "as numbers; ¥, 元, 万元, 亿元 are understood; two decimals at most, whole where it is whole",
        numbers.money,
        (("¥1，234.50", "1234.5"), ("3.5万元", "35000"), ("500000.005", ""), ("1.23E+06", "")),
        numeric=True,
    ),
    Way(
        "date",
        "days",
        "year, month, day in any usual writing, with a time only where it is midnight; never a guess",
        days.day,
        (
            ("2026年5月4日", "2026-05-04"),
            ("2026/5/4 0:00", "2026-05-04"),
            ("20260504", "2026-05-04"),
            ("46146", ""),
        ),
    ),
    Way(
        "datetime",
        "days with time",
        "a day in any usual writing and a time, both in Beijing",
        days.moment,
        (("2026/5/4 9:30", "2026-05-04T09:30:00+08:00"),),
    ),
    Way("time", "times of day", "9:30, 9点30分, 下午3:05", days.time_of_day, (("下午3:05", "15:05"),)),
    Way(
        "phone",
        "telephone numbers",
        "blanks, hyphens, brackets and China's code go; landlines have a hyphen behind the area code; other countries "
        "a + before theirs; several numbers have 、 between them",
        phones.phone,
        (
            ("+86 138 0000 1234", "13800001234"),
            ("（0871）6510 0000转12", "0871-65100000-12"),
            ("13800001234/0871-65100000", "13800001234、0871-65100000"),
            ("00852 2345 6789", "+85223456789"),
            ("1380000123", ""),
        ),
        parts=phones.numbers_in,
    ),
    Way(
        "document",
        "numbers of documents",
        "one width, capitals, no blanks; hyphens go from numbers of digits",
        identity.document,
        (("１１０１０５ 19491231 002ｘ", "11010519491231002X"), ("1.10105E+17", "")),
        in_time=identity.unborn,
    ),
    Way(
        "address",
        "e-mail and web addresses",
        "one width, no blanks",
        texted(_address),
        (("a＠b.cn ", "a@b.cn"),),
    ),
    Way(
        "code",
        "codes of units, terms and files",
        "one width, no blanks at the ends",
        texted(_code),
        ((" 530102 ", "530102"),),
    ),
)


@derived
def by_mask() -> dict[str, Way]:
    """Return the ways that a mask chooses."""
    return {mask: way for way in WAYS.values() for mask in way.masks}
