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
from portal.core.errors import Problem, Words, msg
from portal.core.packs.check.fields import known_fields, known_options
from portal.core.packs.contents import divisions_of
from portal.core.packs.places import said
from portal.core.packs.resolve import Resolved
from portal.core.taxonomy import Taxonomy, taxonomies

# What the things of a section are called, by the section's pointer.
_KINDS = {
    "/departments": msg("departments"),
    "/roles": msg("roles"),
    "/routes": msg("routes"),
    "/deadlines": msg("periods"),
    "/documents": msg("documents"),
    "/events": msg("events"),
    "/tasks": msg("tasks"),
    "/indicators": msg("indicators"),
    "/forms": msg("forms"),
    "/rules": msg("rule sets"),
    "/lifecycles": msg("courses"),
    "/taxonomies": msg("lists of types"),
    "/taxonomies/dispute/terms": msg("types of disputes"),
    "/layout/zones": msg("zones"),
    "/layout/rooms": msg("rooms"),
    "/layout/windows": msg("windows"),
    "/layout/subcentres": msg("sub-centres"),
}
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
    _options: dict[str, Mapping[str, Mapping[str, str]]] = field(default_factory=dict)

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

    def options(self, form: str) -> Mapping[str, Mapping[str, str]]:
        """Return the options of the fields of a form that have a closed list: pointer to value to label."""
        if form not in self._options:
            self._options[form] = known_options(self.section("forms").get(form))
        return self._options[form]

    def problem(
        self,
        code: str,
        message: str,
        pointer: str,
        remedy: str = "",
        /,
        *,
        severity: str = "error",
        place: tuple[Words, ...] = (),
        **params: Any,
    ) -> Problem:
        """Return a problem at a bundle pointer, placed in the file that set it."""
        file, inner = self.resolved.place(pointer)
        return Problem(code, message, params, file, inner, remedy, severity, place)

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
            elif isinstance(value, list) and pointers.is_index(part) and int(part) < len(value):
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
        params: dict[str, Any] = {
            "target": target,
            "section": section,
            "thing": thing or section.rpartition("/")[2],
            "kind": Words(_KINDS.get(section, msg("things of this kind"))),
        }
        if target in known:
            if self.is_hidden(where) and not self.is_hidden(pointer):
                yield self.problem(
                    "reference.hidden",
                    msg("%(target)s among the %(kind)s (%(section)s) is hidden, but named here"),
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
                msg("%(target)s is named here, but %(pack)s removed it from the %(kind)s (%(section)s)"),
                pointer,
                msg("Hide it instead of removing it, or change this too"),
                pack=remover,
                **params,
            )
        else:
            close, title = meant(target, known)
            yield self.problem(
                "reference.unknown",
                msg("There is no %(target)s among the %(kind)s (%(section)s)"),
                pointer,
                did_you_mean(title) if close else msg("Correct the name, or add it to %(section)s"),
                known=close,
                title=title,
                **params,
            )


def meant(target: str, known: Mapping[str, Any]) -> tuple[str, str]:
    """Return the name that was probably meant, with its title; empty where nothing is like it.

    Writing the title in the place of the name is the commonest mistake, so titles are looked at first.
    """
    titles = {str(key): _title(thing) for key, thing in known.items()}
    by_title = [key for key, title in titles.items() if title and target.strip() == title]
    close = by_title or difflib.get_close_matches(target, titles, n=1)
    return (close[0], titles[close[0]] if titles[close[0]] != close[0] else "") if close else ("", "")


def did_you_mean(title: str) -> str:
    """Return the remedy that names what was probably meant, and how that is called on the screens."""
    return msg("Did you mean %(known)s? That is “%(title)s”") if title else msg("Did you mean %(known)s?")


def _title(thing: Any) -> str:
    if isinstance(thing, str):
        return thing
    named = (thing.get("title") or thing.get("name")) if isinstance(thing, dict) else None
    return said(named)


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
