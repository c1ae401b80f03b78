"""What is wrong with a text that is no JSON: at the place where it went wrong, with the likely cause."""

from __future__ import annotations

import json
import re

from portal.core.errors import Problem, msg

_QUOTES = "“”„‟＂"
_SIGNS = {"，": ",", "：": ":", "｛": "{", "｝": "}", "［": "[", "］": "]", "、": ","}
_CHINESE_SIGN = msg("Not JSON: line %(line)s, column %(column)s: a Chinese comma, colon, quote or bracket")
_SINGLE = msg("Not JSON: line %(line)s, column %(column)s: single quotes")
_COMMENT = msg("Not JSON: line %(line)s, column %(column)s: JSON has no comments")
_TRAILING = msg("Not JSON: line %(line)s, column %(column)s: a comma too many before the closing bracket")
_BRACKET = msg("Not JSON: line %(line)s, column %(column)s: the wrong closing bracket, } for ] or ] for }")
_BRACES = msg(
    "Not JSON: line %(line)s, column %(column)s: a pair of braces { } too many, brought along with what was pasted"
)
_UNCLOSED = msg("Not JSON: line %(line)s, column %(column)s: the text ends before every bracket is closed")
_ESCAPED = msg("Not JSON: line %(line)s, column %(column)s: a backslash that goes with nothing")
_MESSAGES = {
    "Expecting ',' delimiter": msg(
        "Not JSON: line %(line)s, column %(column)s: a comma is missing after “%(near)s”"
    ),
    "Expecting ':' delimiter": msg(
        "Not JSON: line %(line)s, column %(column)s: a colon is missing after the key"
    ),
    "Expecting value": msg(
        "Not JSON: line %(line)s, column %(column)s: a value is missing, or a text has no quotes"
    ),
    "Expecting property name enclosed in double quotes": msg(
        'Not JSON: line %(line)s, column %(column)s: a key in double quotes ("key") is missing'
    ),
    "Extra data": msg("Not JSON: line %(line)s, column %(column)s: something stands after the end"),
    "Invalid control character at": msg(
        "Not JSON: line %(line)s, column %(column)s: a line break or tab inside of a text in quotes"
    ),
    "Unterminated string starting at": msg(
        "Not JSON: line %(line)s, column %(column)s: a text begins here, and its closing quote is missing"
    ),
}


def explained(error: json.JSONDecodeError, file: str) -> Problem:
    """Return the problem of a text that is no JSON: line and column where to mend it, what is wrong, the remedy."""
    at, words, remedy = _looked_at(error)
    before = error.doc[:at]
    line = before.count("\n") + 1
    column = at - (before.rfind("\n") + 1) + 1
    params = {
        "line": line,
        "column": column,
        "near": error.doc.splitlines()[line - 1].strip()[:60] if error.doc.strip() else "",
    }
    return Problem("json.syntax", words, params, file, "", remedy)


def _looked_at(error: json.JSONDecodeError) -> tuple[int, str, str]:
    """Return where the mistake is, the message and the remedy."""
    doc, at = error.doc, min(error.pos, len(error.doc))
    if not doc.strip():
        return 0, msg("The file is empty"), msg("Write {} into it, or remove it")
    here, back = doc[at : at + 1], _last_sign(doc, at)
    for place in (at, back):
        sign = doc[place : place + 1]
        if sign and (sign in _SIGNS or sign in _QUOTES):
            return place, _CHINESE_SIGN, msg("Type it again with the English input method")
    if here == "'":
        return at, _SINGLE, msg('Write "…"')
    if doc.startswith("//", at) or doc.startswith("/*", at) or here == "#":
        return at, _COMMENT, msg('Take it out; remarks go into a "note"')
    if here == "{" and "',' delimiter" in error.msg and _within(doc, at) == "{":
        return (
            at,
            _BRACES,
            msg("Take this { and the } that belongs to it out, and put a comma before what stays"),
        )
    if here == "{" and error.msg.startswith("Expecting property name"):
        return at, _BRACES, msg("Take this { and the } that belongs to it out")
    if here and here in "}]" and "','" in error.msg:
        return at, _BRACKET, msg("Compare it with the bracket that opens")
    if error.msg.startswith(("Expecting ',' delimiter", "Expecting ':' delimiter")):
        if not doc[at:].strip():
            return back, _UNCLOSED, msg("Add the closing bracket")
        sign = (
            msg("Add a comma at the end of this line")
            if "','" in error.msg
            else msg("Add a colon after the key")
        )
        return back + 1, _of(error.msg), sign
    if "trailing comma" in error.msg or (doc[back : back + 1] == "," and here in "}]"):
        return back, _TRAILING, msg("Take the comma out")
    if not doc[at:].strip():
        return back, _UNCLOSED, msg("Add the closing bracket")
    if error.msg.startswith("Invalid \\escape"):
        return at, _ESCAPED, msg("Write \\\\ for a backslash")
    if error.msg.startswith(("Invalid control character", "Unterminated string")):
        return at, _of(error.msg), msg("Add the quote that is missing; a text stays on one line")
    return at, _of(error.msg), msg("Compare the line with the example in docs/formats")


def _within(doc: str, at: int) -> str:
    """Return the bracket that is open at a place, as far as the text before it is sound."""
    opened: list[str] = []
    for sign in re.findall(r'"(?:[^"\\]|\\.)*"|[{}\[\]]', doc[:at]):
        if sign in "{[":
            opened.append(sign)
        elif sign in "}]" and opened:
            opened.pop()
    return opened[-1] if opened else ""


def _last_sign(doc: str, at: int) -> int:
    """Return the place of the last sign before ``at`` that is no blank: the mistake is often there, a line above."""
    return max(len(doc[:at].rstrip()) - 1, 0)


def _of(said: str) -> str:
    return next(
        (text for start, text in _MESSAGES.items() if said.startswith(start)),
        msg("Not JSON: line %(line)s, column %(column)s, near “%(near)s”"),
    )
