"""Taxonomies: trees of terms, such as dispute types, with local leaves mapped to shared terms."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from portal.core.picking import Choice
from portal.core.text import Text

Label = Callable[[Text], str]


def source_text(text: Text) -> str:
    """Return ``text`` as written in the pack, for use where no language was chosen."""
    return text if isinstance(text, str) else next(iter(text.values()), "")


@dataclass(frozen=True, slots=True)
class Term:
    """One term of a taxonomy and what usually follows from it."""

    code: str
    title: Text
    parent: str | None = None
    order: float = 0
    hidden: bool = False
    same_as: str | None = None
    route: str | None = None
    deadline: str | None = None
    deadlines: tuple[str, ...] = ()
    ladder: tuple[str, ...] = ()
    departments: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()

    @classmethod
    def from_definition(cls, code: str, definition: Mapping[str, Any]) -> Term:
        """Build a term from its entry in ``taxonomies/<id>.json``."""
        return cls(
            code=code,
            title=definition.get("title", code),
            parent=definition.get("parent"),
            order=definition.get("order", 0),
            hidden=bool(definition.get("hidden", False)),
            same_as=definition.get("same_as"),
            route=definition.get("route"),
            deadline=definition.get("deadline"),
            deadlines=tuple(definition.get("deadlines", ())),
            ladder=tuple(definition.get("ladder", ())),
            departments=tuple(definition.get("departments", ())),
            aliases=tuple(definition.get("aliases", ())),
        )


@dataclass(frozen=True)
class Taxonomy:
    """A tree of terms; one with ``same_as`` also stands under that shared term, in rules and statistics."""

    id: str
    name: Text
    terms: Mapping[str, Term]
    _children: Mapping[str | None, tuple[Term, ...]] = field(repr=False, compare=False)
    # What each code that was asked about stands under: rules ask about the same few again and again.
    _above: dict[str, set[str]] = field(default_factory=dict, init=False, repr=False, compare=False)

    @classmethod
    def from_definition(cls, definition: Mapping[str, Any], taxonomy_id: str = "") -> Taxonomy:
        """Build a taxonomy; a term whose parent does not exist becomes a root."""
        raw = definition.get("terms", {})
        terms = {code: Term.from_definition(code, entry) for code, entry in raw.items()}
        groups: dict[str | None, list[Term]] = {}
        for term in terms.values():
            groups.setdefault(term.parent if term.parent in terms else None, []).append(term)
        children = {
            parent: tuple(sorted(group, key=lambda term: (term.order, term.code)))
            for parent, group in groups.items()
        }
        return cls(taxonomy_id, definition.get("title", taxonomy_id), terms, children)

    def __contains__(self, code: object) -> bool:
        return code in self.terms

    def __iter__(self) -> Iterator[Term]:
        """Yield all terms, each after its parent, in the order of the tree."""
        return self._walk(None, frozenset())

    def _walk(self, parent: str | None, above: frozenset[str]) -> Iterator[Term]:
        for term in self._children.get(parent, ()):
            if term.code not in above:
                yield term
                yield from self._walk(term.code, above | {term.code})

    def term(self, code: str) -> Term | None:
        """Return the term ``code``, or None."""
        return self.terms.get(code)

    def codes(self) -> tuple[str, ...]:
        """Return all codes, hidden ones too."""
        return tuple(self.terms)

    def below(self, code: str) -> tuple[str, ...]:
        """Return the codes that stand under one, itself among them; none for an unknown code."""
        return tuple(other for other in self.terms if self.is_under(other, code))

    def title(self, code: str) -> str:
        """Return the title of ``code`` as written in the pack; the code itself where it is unknown."""
        return source_text(self.terms[code].title) if code in self.terms else code

    def children(self, code: str | None = None, *, hidden: bool = False) -> list[Term]:
        """Return the terms right below ``code`` (the roots for None), hidden ones only on request."""
        return [term for term in self._children.get(code, ()) if hidden or not term.hidden]

    def ancestors(self, code: str) -> tuple[str, ...]:
        """Return the codes above ``code``, nearest first; an endless loop of parents is cut."""
        return tuple(self._line(code))[1:]

    def _line(self, code: str) -> Iterator[str]:
        seen: set[str] = set()
        current: str | None = code
        while current is not None and current in self.terms and current not in seen:
            seen.add(current)
            yield current
            current = self.terms[current].parent

    def is_under(self, code: str, ancestor: str) -> bool:
        """Tell whether ``code`` is ``ancestor`` or stands below it, by its own line or by ``same_as``."""
        above = self._above.get(code)
        if above is None:
            above = self._reach(code, set())
            if code in self.terms:
                self._above[code] = above
        return ancestor in above

    def _reach(self, code: str, seen: set[str]) -> set[str]:
        for step in self._line(code):
            if step in seen:
                break
            seen.add(step)
            shared = self.terms[step].same_as
            if shared is not None:
                self._reach(shared, seen)
        return seen

    def label(self, code: str, texts: Label = source_text, separator: str | None = None) -> str:
        """Return the title of ``code``; with a ``separator`` the titles of its whole line, topmost first."""
        if code not in self.terms:
            return code
        line = [code] if separator is None else [*reversed(self.ancestors(code)), code]
        return (separator or "").join(texts(self.terms[step].title) for step in line)

    def choices(self, texts: Label = source_text, separator: str = " › ") -> Iterator[Choice]:
        """Yield the visible terms as choices, found by their titles in the source language and in that of ``texts``."""
        for term in self:
            if term.hidden:
                continue
            line = [term.code, *self.ancestors(term.code)]
            lines = dict.fromkeys(
                tuple(said(self.terms[code].title) for code in reversed(line))
                for said in (texts, source_text)
            )
            shown = next(iter(lines))
            yield Choice(
                term.code,
                shown[-1],
                tuple(lines),
                separator.join(shown),
                term.aliases,
                leaf=not self.children(term.code),
            )


def taxonomies(bundle: Mapping[str, Any]) -> dict[str, Taxonomy]:
    """Return all taxonomies of a resolved bundle."""
    return {
        taxonomy_id: Taxonomy.from_definition(definition, taxonomy_id)
        for taxonomy_id, definition in bundle.get("taxonomies", {}).items()
    }
