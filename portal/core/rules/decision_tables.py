"""Rules as a table: a row for each rule, a column for each input that rules compare; there and back as texts.

A cell says how the input of its column is compared, as the lines of the rule's sentence do: “is at least 5”; two
comparisons of one input stand in one cell, with a bar between them. An empty cell asks nothing. So a table can be
worked on in a spreadsheet and pasted again; rules that no row can say stay out of it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from portal.core.conditions.operators import OPERATORS
from portal.core.errors import Problem, msg
from portal.core.rules.sentences import Clause, Line, Sentence, operators_for, phrase
from portal.core.rules.spoken import Spoken, Unread

ANY_VALUE = msg("any")
RULE = msg("Rule")
BAR = " | "
MAX_ROWS = 500


@dataclass(frozen=True, slots=True)
class Row:
    """One rule: its identifier, its title, and a text for each column."""

    rule: str
    title: str
    cells: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class DecisionTable:
    """The rules that rows can say; ``others`` are those that need more than a row."""

    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    others: tuple[str, ...] = ()

    @classmethod
    def of(cls, spoken: Spoken, order: Sequence[str]) -> DecisionTable:
        """Return the table of a rule set, its rules in an order."""
        rules = spoken.definition["rules"]
        sentences = {name: Sentence.of(rules[name].get("when")) for name in order}
        fitting = [name for name in order if _fits(sentences[name])]
        used = [c.field for name in fitting for line in sentences[name].lines for c in line.clauses]
        columns = tuple(name for name in spoken.definition["inputs"] if name in used)
        rows = tuple(
            Row(
                name,
                spoken.texts(rules[name].get("title"), name),
                tuple(_cell(sentences[name], one, spoken) for one in columns),
            )
            for name in fitting
        )
        return cls(columns, rows, tuple(name for name in order if name not in fitting))

    def texts(self, spoken: Spoken) -> list[list[str]]:
        """Return the table with its headings, as a spreadsheet holds it."""
        heads = [spoken.translate(RULE), *(spoken.title(name) for name in self.columns)]
        return [heads, *([row.title, *row.cells] for row in self.rows)]


@dataclass(frozen=True, slots=True)
class Pasted:
    """What a pasted table says: conditions by rule, titles of rows that no rule has, and what could not be read."""

    conditions: Mapping[str, Any]
    new: Sequence[tuple[str, Any]]
    problems: Sequence[Problem]


def pasted(text: str, spoken: Spoken, table: DecisionTable) -> Pasted:
    """Read cells of a spreadsheet: headings in the first line, a rule in each other one."""
    lines = [line.split("\t") for line in text.replace("\r\n", "\n").strip("\n").split("\n") if line.strip()]
    if len(lines) < 2 or len(lines[0]) < 2:
        message = msg("Paste the headings and at least one row, as a spreadsheet copies them")
        return Pasted({}, (), [Problem("rules.pasted", message)])
    columns = [spoken.input_named(head.strip()) for head in lines[0][1:]]
    problems = [
        Problem("rules.column", msg("There is no input “%(value)s”"), {"value": head[:80]})
        for head, column in zip(lines[0][1:], columns, strict=True)
        if column is None
    ]
    titles = {row.title: row.rule for row in table.rows}
    found: dict[str, Any] = {}
    new: list[tuple[str, Any]] = []
    for number, cells in enumerate(lines[1 : MAX_ROWS + 1], start=2):
        title, read = cells[0].strip(), []
        if title in titles and _as_before(table, titles[title], columns, cells[1:]):
            continue
        for column, cell in zip(columns, cells[1:], strict=False):
            try:
                read += _read(cell, column, spoken) if column is not None else []
            except Unread as error:
                params = {"row": number, "column": spoken.title(column or ""), "value": cell.strip()[:80]}
                message = msg("Row %(row)s, %(column)s: “%(value)s” can't be read")
                problems.append(Problem(error.problem.code, message, params))
        lines_of_rule = tuple(Line((clause,)) for clause in read)
        if title in titles:
            found[titles[title]] = Sentence(lines_of_rule, len(lines_of_rule) > 1).to_json()
        elif title:
            new.append((title, Sentence(lines_of_rule, len(lines_of_rule) > 1).to_json()))
        else:
            params = {"row": number}
            problems.append(Problem("rules.row", msg("Row %(row)s names no rule"), params))
    return Pasted(found, new, problems)


def _as_before(table: DecisionTable, rule: str, columns: Sequence[str | None], cells: Sequence[str]) -> bool:
    """Tell whether the cells of a row say what the rule says already."""
    now = next(dict(zip(table.columns, row.cells, strict=True)) for row in table.rows if row.rule == rule)
    said = dict(zip(columns, (cell.strip() for cell in cells), strict=False))
    return all(said.get(name, "") == cell for name, cell in now.items()) and not any(
        cell for name, cell in said.items() if name not in now
    )


def _fits(sentence: Sentence) -> bool:
    return all(line.kept is None and not line.joined for line in sentence.lines)


def _cell(sentence: Sentence, name: str, spoken: Spoken) -> str:
    clauses = [line.clauses[0] for line in sentence.lines if line.clauses[0].field == name]
    return BAR.join(_said(clause, spoken) for clause in clauses)


def _said(clause: Clause, spoken: Spoken) -> str:
    words = phrase(clause.op, spoken.translate)
    return words if clause.value is None else f"{words} {spoken.value(clause.field, clause.value)}"


def _read(cell: str, name: str, spoken: Spoken) -> list[Clause]:
    text = cell.strip()
    if text in ("", spoken.translate(ANY_VALUE), ANY_VALUE):
        return []
    return [_clause(part.strip(), name, spoken) for part in text.split("|")]


def _clause(text: str, name: str, spoken: Spoken) -> Clause:
    """Return the comparison that a cell says; a value alone means equality, or membership in a taxonomy."""
    kind = spoken.definition["inputs"][name].get("type", "string")
    known = sorted(operators_for(kind), key=lambda one: -len(phrase(one.name, spoken.translate)))
    for operator in known:
        words = phrase(operator.name, spoken.translate)
        rest = text.removeprefix(words)
        if rest != text and (not rest or rest[0] == " " or operator.operand != "nothing"):
            if operator.operand == "nothing" and rest.strip():
                continue
            return Clause(name, operator.name, spoken.read(name, operator.name, rest))
    plain = "under" if kind in ("taxonomy", "unit") else "has" if kind == "strings" else "eq"
    assert plain in OPERATORS
    return Clause(name, plain, spoken.read(name, plain, text))
