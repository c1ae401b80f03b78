"""Name all that is wrong with an indicator: conditions, cohort, breakdowns, what it shows, and its examples."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from portal.core.conditions import Condition, FieldType, parse
from portal.core.conditions.model import Field, Today, atoms
from portal.core.conditions.operators import OPERATORS
from portal.core.errors import Problem, msg
from portal.core.facts import facts
from portal.core.indicators.examples import check_example
from portal.core.indicators.sorts import BREAKDOWNS, CONCLUDED, COUNT, DATED, MEDIAN, PARTS, RATE, SORTS, Sort
from portal.core.pointer import join
from portal.core.values import DATE

CONDITIONS = ("numerator", "denominator")


def known_fields(of: str, columns: Mapping[str, FieldType]) -> dict[str, FieldType]:
    """Return the facts that the conditions of an indicator may name: those of its rows, and the record's fields."""
    sort = SORTS[of]
    return {**facts(sort.reads), **(columns if sort.fields else {})}


def check_indicator(
    definition: Mapping[str, Any], columns: Mapping[str, FieldType] | None, *, file: str = ""
) -> list[Problem]:
    """Return what is wrong with an indicator that fits its schema.

    ``columns`` are the fields of its records that may be read, such as ``/data/outcome``; None: not known, any may be.
    """
    sort = SORTS[definition["of"]]
    known = None if columns is None else known_fields(sort.name, columns)
    problems: list[Problem] = []
    for name in CONDITIONS:
        if name in definition:
            condition, found = parse(
                definition[name], fields=known, file=file, pointer=f"/{name}", parameters={}, counts=False
            )
            problems += found
            if condition is not None:
                problems += _beyond(condition, columns or {}, file)
    return [
        *problems,
        *_cohort(definition, sort, columns, file),
        *_shown(definition, sort, file),
        *_broken_down(definition, sort, file),
        *(
            problem
            for key, one in definition.get("examples", {}).items()
            for problem in check_example(one, file, join(["examples", key]))
        ),
    ]


def _beyond(condition: Condition, columns: Mapping[str, FieldType], file: str) -> Iterator[Problem]:
    """Yield each comparison that the database can't say, or that would be another one tomorrow."""
    for atom in atoms(condition):
        known = OPERATORS.get(atom.op)
        field = columns.get(atom.subject.name) if isinstance(atom.subject, Field) else None
        # Days in a document are texts there: the database tells whether there is one, and takes a cohort by them.
        day = field is not None and field.kind == DATE and known is not None and known.operand != "nothing"
        if isinstance(atom.subject, Field) and (known is None or not known.sql or day):
            params = {"op": atom.op, "known": " ".join(one.name for one in OPERATORS.values() if one.sql)}
            message = msg("The database can't say %(op)s")
            yield Problem(
                "indicator.sql", message, params, file, f"{atom.pointer}/op", msg("Use one of: %(known)s")
            )
        if isinstance(atom.operand, Today):
            message = msg("An indicator compares with no day counted from today: the figure of a month stays")
            remedy = msg("Use the cohort, or /course/overdue")
            yield Problem("indicator.today", message, {}, file, f"{atom.pointer}/value", remedy)


def _cohort(
    definition: Mapping[str, Any], sort: Sort, columns: Mapping[str, FieldType] | None, file: str
) -> Iterator[Problem]:
    cohort, day = definition["cohort"], definition.get("day")
    if cohort not in sort.cohorts:
        params = {"cohort": cohort, "of": sort.name, "known": " ".join(sorted(sort.cohorts))}
        message = msg("There is no cohort %(cohort)s of %(of)s")
        yield Problem("indicator.cohort", message, params, file, "/cohort", msg("Use one of: %(known)s"))
    if (cohort == DATED) != (day is not None):
        message = msg("The cohort dated names its field under day, and no other cohort has one")
        yield Problem("indicator.day", message, {}, file, "/day" if day else "/cohort")
    elif day is not None and columns is not None and (day not in columns or columns[day].kind != "date"):
        days = [name for name, kind in columns.items() if kind.kind == "date"]
        params = {"day": day, "known": " ".join(days) or "–"}
        message = msg("%(day)s is no field with a day")
        yield Problem("indicator.day", message, params, file, "/day", msg("Use one of: %(known)s"))
    if sort.fields != ("entity" in definition):
        message = (
            msg("Say under entity of which type the records are")
            if sort.fields
            else msg("%(of)s belong to no type of records: take entity out")
        )
        yield Problem("indicator.entity", message, {"of": sort.name}, file, "" if sort.fields else "/entity")


def _shown(definition: Mapping[str, Any], sort: Sort, file: str) -> Iterator[Problem]:
    shows = definition["shows"]
    if (shows == RATE) != ("numerator" in definition):
        message = (
            msg("A rate counts two: say under numerator which of the base are counted")
            if shows == RATE
            else msg("Only a rate has a numerator; the condition of a count stands under denominator")
        )
        yield Problem("indicator.numerator", message, {}, file, "" if shows == RATE else "/numerator")
    if shows == MEDIAN and (sort.name != "record" or definition["cohort"] != CONCLUDED):
        message = msg(
            "A median is taken of the days from acceptance to conclusion: of records that were concluded"
        )
        yield Problem("indicator.median", message, {}, file, "/shows")
    if (shows == PARTS) != ("by" in definition):
        message = msg("A whole with parts says under by what its parts are, and nothing else does")
        yield Problem("indicator.by", message, {}, file, "/by" if "by" in definition else "/shows")
    if "better" in definition and shows in (COUNT, PARTS):
        message = msg(
            "A count is no target: fewer matters, lawsuits or refusals are neither better nor worse"
        )
        yield Problem("indicator.target", message, {}, file, "/better", msg("Take it out"))
    if definition.get("better") == "high" and shows == RATE and not definition.get("pairs"):
        message = msg("A rate that is to be high is shown with others that tell how it came about")
        yield Problem("indicator.pairs", message, {}, file, "/better", msg("Name them under pairs"))


def _broken_down(definition: Mapping[str, Any], sort: Sort, file: str) -> Iterator[Problem]:
    named = [(f"/breakdowns/{index}", name) for index, name in enumerate(definition.get("breakdowns", ()))]
    if "by" in definition:
        named.append(("/by", definition["by"]))
    for where, name in named:
        if name not in sort.breakdowns:
            params = {
                "name": name,
                "of": sort.name,
                "known": " ".join(one for one in BREAKDOWNS if one in sort.breakdowns),
            }
            message = msg("%(of)s can't be broken down by %(name)s")
            yield Problem("indicator.breakdown", message, params, file, where, msg("Use one of: %(known)s"))
