"""The texts of a draft in its languages: what is missing in each, as a table for translators, and back as changes.

Chinese is the language in which a configuration is written; alone it is complete. Another language belongs to it when
the settings offer it. A text that is said in several places has one line, and one translation.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from portal.core import pointer as pointers
from portal.core.drafts.commands import Change
from portal.core.errors import Problem, msg
from portal.core.packs.check.texts import all_texts
from portal.core.text import DEFAULT_LANGUAGE

SECTION = "translations"
# As long as the place of a command may be.
MOST_PLACE = 480
_CHINESE = re.compile(r"[\u3400-\u9fff]")


@dataclass
class Wording:
    """One Chinese text: the part in which it stands first, and what it is in other languages.

    ``plain`` tells that it is translated by the list of translations; ``places`` are those where a text holds its
    translations itself.
    """

    source: str
    part: str
    said: dict[str, str] = field(default_factory=dict)
    plain: bool = False
    places: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Standing:
    """How far a language is: how many texts there are, and how many of them have a translation."""

    language: str
    total: int
    done: int

    @property
    def missing(self) -> int:
        """Return how many texts have none."""
        return self.total - self.done


@dataclass(frozen=True, slots=True)
class Taken:
    """What a table of translations means: the changes, the lines whose text is not there, and what is wrong."""

    changes: tuple[Change, ...]
    unknown: tuple[str, ...] = ()
    problems: tuple[Problem, ...] = ()


def languages_of(document: Mapping[str, Any]) -> list[str]:
    """Return the languages beside Chinese that the settings offer."""
    settings = document.get("settings")
    named = settings.get("languages") if isinstance(settings, Mapping) else None
    return [one for one in named or () if isinstance(one, str) and one != DEFAULT_LANGUAGE]


def wordings(document: Mapping[str, Any]) -> list[Wording]:
    """Return the Chinese texts of a draft, each once, in the order of its parts."""
    found: dict[str, Wording] = {}
    for where, text in all_texts(document):
        source = text if isinstance(text, str) else str(text.get(DEFAULT_LANGUAGE, ""))
        if not _CHINESE.search(source):
            continue
        one = found.setdefault(source, Wording(source, pointers.split(where)[0]))
        if isinstance(text, str):
            one.plain = True
        else:
            one.places.append(where)
            for lang, said in text.items():
                if lang != DEFAULT_LANGUAGE and said:
                    one.said.setdefault(lang, str(said))
    catalogues = document.get(SECTION) or {}
    for lang, catalogue in catalogues.items():
        for one in found.values():
            if one.plain and catalogue.get(one.source):
                one.said[lang] = catalogue[one.source]
    return list(found.values())


def standings(document: Mapping[str, Any]) -> list[Standing]:
    """Return how far each language is that the settings offer; none where Chinese stands alone."""
    found = wordings(document)
    return [
        Standing(lang, len(found), sum(bool(one.said.get(lang)) for one in found))
        for lang in languages_of(document)
    ]


def taken(document: Mapping[str, Any], lines: Iterable[tuple[int, str, Mapping[str, str]]]) -> Taken:
    """Return the changes that lines of a table mean: number, Chinese text, and what it says by language.

    ``document`` is the draft as the table was written from it. Only cells that say something else now become changes;
    an empty cell says nothing. Changes carry what stood then, so that whoever changed a place since is told of.
    """
    known = {one.source: one for one in wordings(document)}
    changes: dict[str, Change] = {}
    unknown: list[str] = []
    problems: list[Problem] = []
    for number, source, said in lines:
        one = known.get(source)
        if one is None:
            unknown.append(source)
            continue
        for lang, text in said.items():
            wanted = text.strip()
            if not wanted or wanted == one.said.get(lang):
                continue
            for change in changes_for(document, one, lang, wanted):
                if len(change.path) > MOST_PLACE:
                    problems.append(_too_long(number, source))
                elif change.path in changes and changes[change.path].after != change.after:
                    problems.append(_twice(number, source))
                changes[change.path] = change
    return Taken(tuple(changes.values()), tuple(dict.fromkeys(unknown)), tuple(problems))


def changes_for(document: Mapping[str, Any], one: Wording, lang: str, text: str) -> list[Change]:
    """Return the changes by which a text says something in a language."""
    paths = [pointers.join([SECTION, lang, one.source])] if one.plain else []
    paths += [pointers.join([lang], place) for place in one.places]
    found = ((path, pointers.get(document, path, None)) for path in paths)
    return [Change("replace" if before is not None else "add", path, before, text) for path, before in found]


def table_of(found: Sequence[Wording], languages: Sequence[str], names: Mapping[str, str]) -> list[list[str]]:
    """Return texts as the lines of a table: part, Chinese, and a column for each language."""
    return [
        [names.get(one.part, one.part), one.source, *(one.said.get(lang, "") for lang in languages)]
        for one in found
    ]


def _too_long(number: int, source: str) -> Problem:
    text = msg("Line %(line)s: the text is too long to be translated here: %(text)s")
    return Problem("wording.long", text, {"line": number, "text": source[:40]})


def _twice(number: int, source: str) -> Problem:
    text = msg("Line %(line)s: “%(text)s” stands in the table twice, with different translations")
    return Problem("wording.twice", text, {"line": number, "text": source[:40]})
