"""Patterns of schemas: ECMA-262 expressions made to work in Python.

``jsonschema`` hands a pattern to Python's ``re`` as it stands, so a pattern that Python can compile keeps
exactly that meaning. Only what Python cannot read (``\\p{L}``, ``(?<name>…)``, ``[^]`` …) is translated.
"""

from __future__ import annotations

import re
import sys
import unicodedata
import warnings
from functools import lru_cache

MAX_LENGTH = 2_000
_ECMA_SCRIPTS = {
    "Han": r"\u2e80-\u2fd5\u3005\u3007\u3021-\u3029\u3038-\u303b\u3400-\u4dbf\u4e00-\u9fff"
    r"\uf900-\ufad9\U00020000-\U000323af",
    "Latin": r"A-Za-zªºÀ-ÖØ-öø-ʸ\u1e00-\u1eff",
    "Cyrillic": r"\u0400-\u052f",
    "Greek": r"\u0370-\u03ff\u1f00-\u1fff",
    "Hiragana": r"\u3041-\u309f",
    "Katakana": r"\u30a1-\u30ff",
    "Hangul": r"\u1100-\u11ff\u3131-\u318e\uac00-\ud7a3",
}
_LONG_NAMES = {"Letter": "L", "Number": "N", "Punctuation": "P", "Symbol": "S", "Mark": "M", "Separator": "Z"}
_LONG_NAMES |= {"Uppercase_Letter": "Lu", "Lowercase_Letter": "Ll", "Decimal_Number": "Nd", "Alphabetic": "L"}
_TOKEN = re.compile(
    r"(?P<property>\\[pP]\{[^}]*\})|(?P<code>\\u\{[0-9a-fA-F]{1,6}\})|(?P<control>\\c[A-Za-z])"
    r"|(?P<reference>\\k<\w+>)|(?P<escape>\\.)|(?P<group>\(\?<(?![=!]))|(?P<all>\[\^\])|(?P<none>\[\])"
    r"|(?P<open>\[\^?)|(?P<close>\])",
    re.DOTALL,
)
# Python takes ``[[:alpha:]]`` for a set of these signs, others for a class of letters.
_POSIX = re.compile(r"\[\[:")
_PYTHON_LETTERS = frozenset("AbBdDsSwWZafnrtvxuUN0123456789")


class BadPattern(ValueError):
    """The pattern cannot be used; ``code`` says why: syntax, length or posix."""

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(detail or code)
        self.code = code
        self.detail = detail


@lru_cache(maxsize=4096)
def safe_pattern(pattern: str) -> str:
    """Return the Python form of ``pattern``; raise BadPattern if it cannot be used."""
    if len(pattern) > MAX_LENGTH:
        raise BadPattern("length")
    python = pattern
    if not _compiles(pattern):
        try:
            python = to_python(pattern)
        except ValueError as error:
            raise BadPattern("syntax", str(error)) from None
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            try:
                re.compile(python)
            except (re.error, OverflowError, RecursionError) as error:
                raise BadPattern("syntax", str(error)) from None
    if _POSIX.search(python):
        raise BadPattern("posix")
    return python


def _compiles(pattern: str) -> bool:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            re.compile(pattern)
        except (re.error, OverflowError, RecursionError):
            return False
    return True


def to_python(pattern: str) -> str:
    """Return an ECMA-262 expression in the syntax of Python's ``re``."""
    in_class = False

    def replace(match: re.Match[str]) -> str:
        nonlocal in_class
        text = match[0]
        kind = match.lastgroup
        if kind == "open" and not in_class:
            in_class = True
            return text
        if kind == "close" and in_class:
            in_class = False
            return text
        if kind == "property":
            ranges = _property(text[3:-1])
            negated = text[1] == "P"
            if in_class and negated:
                raise ValueError(f"{text} inside a character class is not supported")
            return ranges if in_class else f"[{'^' if negated else ''}{ranges}]"
        if in_class and kind in ("group", "all", "none", "open"):
            return text.replace("[", r"\[")
        if kind == "code":
            return re.escape(chr(int(text[3:-1], 16)))
        if kind == "control":
            return f"\\x{ord(text[2]) % 32:02x}"
        if kind == "escape" and text[1].isascii() and text[1].isalpha() and text[1] not in _PYTHON_LETTERS:
            return text[1]
        simple = {"group": "(?P<", "all": r"[\s\S]", "none": "(?!)"}
        if kind == "reference":
            return f"(?P={text[3:-1]})"
        return simple.get(kind or "", text)

    return _TOKEN.sub(replace, pattern)


@lru_cache(maxsize=64)
def _property(name: str) -> str:
    key, _, value = name.partition("=")
    if key in ("Script", "sc", "Script_Extensions", "scx"):
        if value in _ECMA_SCRIPTS:
            return _ECMA_SCRIPTS[value]
        raise ValueError(f"the script {value!r} is not supported")
    category = value if key in ("General_Category", "gc") else name
    category = _LONG_NAMES.get(category, category)
    ranges: list[list[int]] = []
    for code in range(sys.maxunicode + 1):
        if unicodedata.category(chr(code)).startswith(category):
            if ranges and ranges[-1][1] == code - 1:
                ranges[-1][1] = code
            else:
                ranges.append([code, code])
    if not ranges:
        raise ValueError(f"the property {name!r} is not known")
    return "".join(f"\\U{low:08x}-\\U{high:08x}" for low, high in ranges)
