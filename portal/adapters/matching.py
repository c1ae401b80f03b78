"""Patterns of forms matched by ``regex``, which can stop in time; their meaning is that of Python's ``re``.

``regex`` reads a few things otherwise than ``re``: what a word is, fuzzy counts such as ``{e<=1}``, POSIX classes. A
pattern is put into words that both read alike before it is compiled.
"""

from __future__ import annotations

import re
import time
import warnings
from functools import lru_cache
from typing import Any

import regex

from portal.core.forms.matching import OutOfTime

# The longest that one match may take, in seconds of CPU: with what it takes to stop, below 0.2.
LIMIT = 0.15
# Letters, numbers and the underscore are words to ``re``; ``regex`` counts marks as well and leaves out superscripts.
_WORD = r"\p{L}\p{N}_"
_NO_WORD = r"\p{M}\p{Pd}\p{Ps}\p{Pe}\p{Pi}\p{Pf}\p{Po}\u203f\u2040\u2054\ufe33\ufe34\ufe4d-\ufe4f\uff3f\p{S}\p{Z}\p{C}"
_SPACE = r"\s\x1c-\x1f"
_NO_SPACE = r"\p{L}\p{M}\p{N}\p{P}\p{S}\p{Cf}\p{Cs}\p{Co}\p{Cn}\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f"
_OUTSIDE = {
    r"\w": f"[{_WORD}]",
    r"\W": f"[^{_WORD}]",
    r"\s": f"[{_SPACE}]",
    r"\S": f"[^{_SPACE}]",
    r"\b": f"(?:(?<=[{_WORD}])(?![{_WORD}])|(?<![{_WORD}])(?=[{_WORD}]))",
    r"\B": f"(?:(?<=[{_WORD}])(?=[{_WORD}])|(?<![{_WORD}])(?![{_WORD}]))",
}
_INSIDE = {r"\w": _WORD, r"\W": _NO_WORD, r"\s": _SPACE, r"\S": _NO_SPACE}
_TOKEN = re.compile(r"\\.|\[\^?\]?|\]|\{\d*,?\d*\}|\{", re.DOTALL)
# Where words are those of ASCII, both agree as it is.
_ASCII = re.compile(r"\(\?[a-zA-Z]*a")


class TimedMatcher:
    """Matches with a limit in CPU time; no other thread runs meanwhile, for the limit counts the whole process."""

    def __init__(self, limit: float = LIMIT) -> None:
        self.limit = limit

    def search(self, pattern: str, text: str, seconds: float | None) -> bool:
        """Return whether ``pattern`` fits somewhere in ``text``; raise OutOfTime with the time it took."""
        limit = self.limit if seconds is None else min(self.limit, seconds)
        begun = time.thread_time()
        try:
            return _compiled(pattern).search(text, timeout=limit, concurrent=False) is not None
        except TimeoutError:
            raise OutOfTime(max(time.thread_time() - begun, limit)) from None


@lru_cache(maxsize=4096)
def _compiled(pattern: str) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return regex.compile(as_regex(pattern), regex.VERSION0, cache_pattern=False)


def as_regex(pattern: str) -> str:
    """Return a pattern of ``re`` as ``regex`` has to read it to mean the same."""
    ascii_only = _ASCII.search(pattern) is not None
    inside = False

    def replace(match: re.Match[str]) -> str:
        nonlocal inside
        token = match[0]
        if token[0] == "\\":
            words = _INSIDE if inside else _OUTSIDE
            return token if ascii_only else words.get(token, token)
        if token[0] == "[":
            if inside:
                return "\\" + token if token[-1] != "]" else _closing(token)
            inside = True
            return token
        if token == "]":
            inside = False
            return token
        return "\\{" if token == "{" and not inside else token

    def _closing(token: str) -> str:
        # Within a class ``[]`` and ``[^]`` are a bracket, perhaps a caret, and the end of the class.
        nonlocal inside
        inside = False
        return "\\" + token

    return _TOKEN.sub(replace, pattern)
