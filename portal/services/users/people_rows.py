"""The lines of a table of people: account, name, role and unit, each fault told with its line."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import Any

from portal.adapters.workbooks import read_any
from portal.core.csv_tables import Row, is_shortened
from portal.core.errors import Problem, msg
from portal.core.packs.starting.people import HEADINGS, NEEDED

LONGEST_NAME = 64
# Each new account takes a good part of a second, for its password is hashed.
MOST_PEOPLE = 2_000
_NAME = re.compile(r"\w[\w.@-]{0,63}")


@dataclass(frozen=True, slots=True)
class Person:
    """An account that is wanted: its name, the person's, a role, and the unit where it is held."""

    username: str
    name: str
    role: str
    unit: str
    line: int = 0


def read_people(content: bytes, file: str = "") -> tuple[list[Person], list[Problem]]:
    """Read a table of people: account, name, role and unit; either all of it is right, or there are problems."""
    table = read_any(content, HEADINGS, needed=NEEDED, file=file)
    problems = list(table.problems)
    if len(table.rows) > MOST_PEOPLE:
        text = msg("The table has %(count)s lines; part it: at most %(most)s at a time")
        return [], [Problem("people.many", text, {"count": len(table.rows), "most": MOST_PEOPLE}, file)]
    people: list[Person] = []
    first: dict[str, Person] = {}
    for row in table.rows:
        username = unicodedata.normalize("NFKC", row["username"])
        fault = _fault(row, username)
        if fault is not None:
            code, text, words = fault
            problems.append(Problem(code, text, {"line": row.line, **words}, file))
            continue
        person = Person(username, tidy(row["name"]), row["role"], row["unit"], row.line)
        known = first.setdefault(username.lower(), person)
        if person.name and known.name and person.name != known.name:
            words = {"line": row.line, "name": username, "person": known.name, "other": known.line}
            text = msg("Line %(line)s: line %(other)s gives the account “%(name)s” to %(person)s")
            problems.append(Problem("people.two", text, words, file))
        people.append(person)
    return ([] if problems else people), problems


def _fault(row: Row, username: str) -> tuple[str, str, dict[str, Any]] | None:
    """Return what is wrong with one line for itself: a code, the message, and what it names beside the line."""
    missing = next((column for column in NEEDED if not row[column]), None)
    if missing is not None:
        return (
            "people.missing",
            msg("Line %(line)s: “%(column)s” is empty"),
            {"column": HEADINGS[missing][0]},
        )
    shortened = next((row[column] for column in ("username", "unit") if is_shortened(row[column])), None)
    if shortened is not None:
        text = msg(
            "Line %(line)s: %(code)s was shortened by the spreadsheet; set the column to text and paste it again"
        )
        return "people.excel", text, {"code": shortened}
    if not _NAME.fullmatch(username):
        text = msg(
            "Line %(line)s: “%(name)s” can't name an account: letters, digits, full stops and hyphens, at most 64"
        )
        return "people.account", text, {"name": username[:LONGEST_NAME]}
    if len(tidy(row["name"])) > LONGEST_NAME:
        text = msg("Line %(line)s: the name is longer than %(most)s characters")
        return "people.name", text, {"most": LONGEST_NAME}
    return None


def tidy(name: str) -> str:
    """Return the name of a person without signs that nobody sees, and without those that steer a terminal."""
    return "".join(sign for sign in name if unicodedata.category(sign)[0] != "C").strip()
