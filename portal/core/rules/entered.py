"""A sentence as a page shows and sends it: controls by line, read without loss, with what is still to be said.

Names of controls are ``c-<line>-<clause>-<part>``. A clause that was not touched keeps the value that the rule set
says, however it is written there.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, cast

from portal.core.errors import Problem, msg
from portal.core.rules.sentences import (
    Clause,
    Joined,
    Line,
    Sentence,
    operators_for,
    takes_nothing,
)
from portal.core.rules.spoken import Spoken, Unread

MAX_LINES, MAX_CLAUSES = 40, 30
ADD_LINE, ADD_OR, DROP = "line", "or", "drop"
_NAME = re.compile(r"c-([0-9]{1,2})-([0-9]{1,2})-(field|op|text)")
_ACT = re.compile(r"(line|or|drop)(?:-([0-9]{1,2}))?(?:-([0-9]{1,2}))?")


@dataclass(slots=True)
class EnteredClause:
    """One comparison on a page: names and text; ``problem`` says why it says nothing yet."""

    field: str = ""
    op: str = ""
    text: str = ""
    problem: Problem | None = None

    @property
    def is_open(self) -> bool:
        """Tell whether nothing was chosen yet."""
        return not self.field


@dataclass(slots=True)
class EnteredLine:
    """One line on a page; ``kept`` is a condition that the page only reads out."""

    clauses: list[EnteredClause] = field(default_factory=list)
    joined: Joined = ""
    kept: Any = None


@dataclass(slots=True)
class Entered:
    """All lines of a page; ``sentence`` is None as long as one of them says nothing yet."""

    lines: list[EnteredLine]
    sentence: Sentence | None

    @property
    def problems(self) -> list[Problem]:
        """Return what is still to be said."""
        return [
            clause.problem for line in self.lines for clause in line.clauses if clause.problem is not None
        ]

    @property
    def drawn(self) -> str:
        """Return what decides which controls there are; a page with the same ones need not be drawn again."""
        return "/".join(
            line.joined + ",".join(f"{one.field}:{one.op}{'!' * bool(one.problem)}" for one in line.clauses)
            for line in self.lines
        )


def shown(when: Any, spoken: Spoken) -> Entered:
    """Return the controls of a condition as a rule set says it."""
    sentence = Sentence.of(when)
    lines = [
        EnteredLine([_shown(clause, spoken) for clause in line.clauses], line.joined, line.kept)
        for line in sentence.lines
    ]
    return Entered(lines, sentence)


def _shown(clause: Clause, spoken: Spoken) -> EnteredClause:
    text = "" if clause.value is None else spoken.value(clause.field, clause.value)
    return EnteredClause(clause.field, clause.op, text)


def entered(pairs: Mapping[str, str], seen: Any, spoken: Spoken, act: str = "") -> Entered:
    """Read what a page sent for a condition that it showed; ``act`` adds a line or alternative, or drops one."""
    before = Sentence.of(seen)
    lines = _lines(pairs, before)
    _acted(lines, act)
    read = [_read(line, before, spoken) for line in lines]
    kept_lines = [line for line in read if line is not None]
    done = len(kept_lines) == len(lines)
    single = len(kept_lines) == 1 and not (before.grouped and len(before.lines) == 1)
    sentence = Sentence(tuple(kept_lines), not single) if done else None
    return Entered(lines, sentence)


def _lines(pairs: Mapping[str, str], before: Sentence) -> list[EnteredLine]:
    found: dict[int, dict[int, EnteredClause]] = {}
    for name, text in pairs.items():
        part = _NAME.fullmatch(name)
        if part and int(part[1]) < MAX_LINES and int(part[2]) < MAX_CLAUSES:
            clause = found.setdefault(int(part[1]), {}).setdefault(int(part[2]), EnteredClause())
            setattr(clause, part[3], text.strip())
    kept = {
        number: line.kept
        for number, line in enumerate(before.lines)
        if line.kept is not None and f"kept-{number}" in pairs
    }
    lines = []
    for number in sorted(found.keys() | kept.keys()):
        if number in kept:
            lines.append(EnteredLine(kept=kept[number]))
            continue
        clauses = [clause for _, clause in sorted(found[number].items())]
        joined = pairs.get(f"joined-{number}", "")
        lines.append(EnteredLine(clauses, cast("Joined", joined if joined in ("any", "none") else "")))
    return lines


def _acted(lines: list[EnteredLine], act: str) -> None:
    asked = _ACT.fullmatch(act)
    if asked is None:
        return
    if asked[1] == ADD_LINE and len(lines) < MAX_LINES:
        lines.append(EnteredLine([EnteredClause()]))
        return
    at = int(asked[2]) if asked[2] else -1
    if not 0 <= at < len(lines):
        return
    line = lines[at]
    if asked[1] == ADD_OR and len(line.clauses) < MAX_CLAUSES and line.kept is None:
        line.clauses.append(EnteredClause())
        line.joined = line.joined or "any"
    elif asked[1] == DROP:
        clause = int(asked[3]) if asked[3] else 0
        if line.kept is None and 0 <= clause < len(line.clauses):
            del line.clauses[clause]
        if line.kept is not None or not line.clauses:
            del lines[at]
        elif len(line.clauses) == 1 and line.joined == "any":
            line.joined = ""


def _read(line: EnteredLine, before: Sentence, spoken: Spoken) -> Line | None:
    if line.kept is not None:
        return Line(kept=line.kept)
    known = {
        (clause.field, clause.op, _shown(clause, spoken).text): clause.value
        for old in before.lines
        for clause in old.clauses
    }
    clauses = [_clause(clause, known, spoken) for clause in line.clauses]
    if any(clause is None for clause in clauses):
        return None
    return Line(tuple(clause for clause in clauses if clause is not None), line.joined)


def _clause(
    clause: EnteredClause, known: Mapping[tuple[str, str, str], Any], spoken: Spoken
) -> Clause | None:
    inputs = spoken.definition.get("inputs", {})
    if clause.field not in inputs:
        clause.field = ""
        clause.problem = Problem("rules.unread", msg("Choose what is looked at"))
        return None
    possible = [one.name for one in operators_for(inputs[clause.field].get("type", ""))]
    if clause.op not in possible:
        clause.op, clause.text = possible[0], ""
    if takes_nothing(clause.op):
        clause.text = ""
        return Clause(clause.field, clause.op)
    key = (clause.field, clause.op, clause.text)
    if key in known:
        return Clause(clause.field, clause.op, known[key])
    try:
        return Clause(clause.field, clause.op, spoken.read(clause.field, clause.op, clause.text))
    except Unread as error:
        clause.problem = error.problem
        return None
