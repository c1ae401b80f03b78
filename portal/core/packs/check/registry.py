"""The registry of semantic checks, and what each check sees."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from portal.core import pointer as pointers
from portal.core.canonical import canonical
from portal.core.conditions import FieldType
from portal.core.divisions import Division
from portal.core.errors import Problem, msg
from portal.core.packs.check.fields import known_fields
from portal.core.packs.contents import divisions_of
from portal.core.packs.resolve import Resolved
from portal.core.taxonomy import Taxonomy, taxonomies

Check = Callable[["Context"], Iterable[Problem]]
_CHECKS: list[Check] = []


def check(function: Check) -> Check:
    """Register a semantic check: a function from the context to problems. That is all it takes to add one."""
    _CHECKS.append(function)
    return function


def run_checks(context: Context) -> Iterator[Problem]:
    """Run all registered checks."""
    for function in _CHECKS:
        yield from function(context)


class Memo:
    """Remembers what was found in things that several chains share, such as the base's forms."""

    def __init__(self) -> None:
        self._found: dict[tuple[str, str], list[Problem]] = {}

    def once(self, kind: str, inputs: Any, find: Callable[[], Iterable[Problem]]) -> list[Problem]:
        """Return what ``find`` finds; it is called once for equal ``inputs``."""
        key = (kind, canonical(inputs))
        if key not in self._found:
            self._found[key] = list(find())
        return self._found[key]


@dataclass(frozen=True)
class Context:
    """A resolved bundle under check, with the things that many checks look up.

    ``broken`` are the pointers of things that do not fit their schema, such as /taxonomies/dispute: a check
    that builds something from a definition passes over these.
    """

    resolved: Resolved
    broken: frozenset[str] = frozenset()
    memo: Memo = field(default_factory=Memo)
    _fields: dict[str, Mapping[str, FieldType] | None] = field(default_factory=dict)

    @property
    def bundle(self) -> Mapping[str, Any]:
        """Return the resolved bundle."""
        return self.resolved.bundle

    def section(self, name: str) -> Mapping[str, Any]:
        """Return a section of the bundle, empty when it is not there or not a map."""
        found = self.bundle.get(name)
        return found if isinstance(found, dict) else {}

    @cached_property
    def taxonomies(self) -> dict[str, Taxonomy]:
        """Return the taxonomies of the bundle."""
        sound = {
            key: value
            for key, value in self.section("taxonomies").items()
            if pointers.join(["taxonomies", key]) not in self.broken
        }
        return taxonomies({"taxonomies": sound})

    @cached_property
    def divisions(self) -> dict[str, Division]:
        """Return the divisions of the chain by code."""
        return {row.code: row for row in divisions_of(self.resolved.chain)[0]}

    def fields(self, form: str) -> Mapping[str, FieldType] | None:
        """Return the fields of a form by data pointer; None when it is missing or broken."""
        if form not in self._fields:
            self._fields[form] = known_fields(self.section("forms").get(form))
        return self._fields[form]

    def problem(
        self,
        code: str,
        message: str,
        pointer: str,
        remedy: str = "",
        /,
        *,
        severity: str = "error",
        **params: Any,
    ) -> Problem:
        """Return a problem at a bundle pointer, placed in the file that set it."""
        file, inner = self.resolved.place(pointer)
        return Problem(code, message, params, file, inner, remedy, severity)

    def relocate(self, problems: Iterable[Problem], base: str) -> Iterator[Problem]:
        """Yield another checker's problems, whose pointers are relative to ``base``, where they belong."""
        for problem in problems:
            file, inner = self.resolved.place(base + problem.pointer)
            yield replace(problem, file=file, pointer=inner)

    def is_hidden(self, pointer: str) -> bool:
        """Tell whether the thing at ``pointer``, or one that holds it, is hidden."""
        value: Any = self.bundle
        for part in pointers.split(pointer):
            if isinstance(value, dict):
                value = value.get(part)
            elif isinstance(value, list) and part.isdigit() and int(part) < len(value):
                value = value[int(part)]
            else:
                return False
            if isinstance(value, dict) and value.get("hidden") is True:
                return True
        return False

    def refer(self, target: Any, section: str, pointer: str, *, thing: str = "") -> Iterator[Problem]:
        """Yield a problem when ``target``, named at ``pointer``, is not among the things at ``section``.

        ``section`` is a bundle pointer to a map of things, such as /departments or /layout/rooms.
        """
        if not isinstance(target, str):
            return
        known = pointers.get(self.bundle, section)
        known = known if isinstance(known, dict) else {}
        where = pointers.join([target], section)
        params = {"target": target, "section": section, "thing": thing or section.rpartition("/")[2]}
        if target in known:
            if self.is_hidden(where) and not self.is_hidden(pointer):
                yield self.problem(
                    "reference.hidden",
                    msg("%(target)s in %(section)s is hidden, but named here"),
                    pointer,
                    msg("Hide this too, or name another one"),
                    severity="warning",
                    **params,
                )
            return
        remover = self.resolved.origins.removed_by(where)
        if remover:
            yield self.problem(
                "reference.removed",
                msg("%(target)s is named here, but %(pack)s removed it from %(section)s"),
                pointer,
                msg("Hide it instead of removing it, or change this too"),
                pack=remover,
                **params,
            )
        else:
            close = difflib.get_close_matches(target, known, n=1)
            yield self.problem(
                "reference.unknown",
                msg("There is no %(target)s in %(section)s"),
                pointer,
                msg("Did you mean %(close)s?")
                if close
                else msg("Correct the name, or add it to %(section)s"),
                close="".join(close),
                **params,
            )


def items(value: Any) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield the entries of a map of things, passing over what is not well formed (the schema reports it)."""
    if isinstance(value, dict):
        for key, member in value.items():
            if isinstance(member, dict):
                yield key, member


def entries(value: Any) -> Iterator[tuple[int, Any]]:
    """Yield the entries of a list with their places; nothing for what is no list."""
    if isinstance(value, list):
        yield from enumerate(value)
