"""The page of a mapping: columns to what they fill in, texts to what they stand for, values for every row."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping as Of
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from sqlalchemy.orm import Session

from portal.core.errors import msg
from portal.core.forms.controls import NO, YES
from portal.core.importing import Mapping, Target, suggested
from portal.core.importing.cells import is_nothing
from portal.core.importing.mapping import EMPTY
from portal.persistence.models import ImportFile, ImportSource
from portal.services import importing
from portal.services.importing.finding import targets_at
from portal.services.importing.meaning import Meaning
from portal.web.language import translate

if TYPE_CHECKING:
    from portal.services.portal import Portal

SAMPLES, MOST_TEXTS, MOST_SAMPLE = 3, 60, 24
# A column of more different texts, of which nobody has said what it is, may hold names: none of them is shown.
MOST_UNKNOWN = 20
LEAVE = "-"
# What files and mappings say for yes, whatever the page calls it.
_TRUE = "是"
_DIGITS = re.compile(r"\d{7,}")
_PARTS = re.compile(r"[、，,;；|/\n]")


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the file with what it fills in, and some of its texts."""

    at: int
    heading: str
    targets: tuple[str, ...]
    guessed: bool
    samples: str


@dataclass(frozen=True, slots=True)
class Text:
    """A text of a column, how often it stands there, and what it stands for."""

    at: str
    text: str
    count: int
    chosen: str
    guessed: bool


@dataclass(frozen=True, slots=True)
class Coded:
    """A target whose texts stand for codes: those that name nothing by themselves, and how many do."""

    at: int
    target: Target
    title: str
    texts: tuple[Text, ...]
    understood: int
    more: int
    options: tuple[tuple[str, str], ...]

    @property
    def is_chosen(self) -> bool:
        """Tell whether a code is chosen from a short list; otherwise it is typed."""
        return self.target.chosen


class MappingPage:
    """What the page shows of a source's mapping for one file, and what it sends."""

    def __init__(
        self, portal: Portal, session: Session, source: ImportSource, file: ImportFile, lang: str
    ) -> None:
        self.portal, self.session, self.source, self.file = portal, session, source, file
        self.setting = importing.setting_of(portal, session, source)
        self.targets = targets_at(self.setting.bundle, source.etype, lang)
        self.headings: list[str] = file.layout["headings"]
        self.meaning = Meaning(
            self.setting.bundle,
            source.etype,
            portal.choices.at(session, self.setting.bundle.release_id),
            self.setting.unit.path,
            self.setting.centre.unit_path,
        )
        self.texts = self.setting.bundle.texts(lang)
        self.refused: list[str] = []

    @property
    def mapping(self) -> Mapping:
        """Return the mapping as it is kept."""
        return self.setting.mapping

    @cached_property
    def seen(self) -> dict[str, Counter[str]]:
        """Return the texts of each column."""
        return importing.seen_values(self.portal.keys, self.session, self.file, self.headings)

    def title(self, target: Target) -> str:
        """Return what a target is called on the page."""
        return translate(target.title) if target.ours else target.title

    @property
    def groups(self) -> list[tuple[str, list[tuple[str, str]]]]:
        """Return what a column can fill in: what the record itself has, then the fields of the form."""
        own = [(one.name, self.title(one)) for one in self.targets.values() if one.ours]
        fields = [(one.name, self._with_mark(one)) for one in self.targets.values() if not one.ours]
        return [(translate(msg("The record")), own), (translate(msg("Fields of the form")), fields)]

    def _with_mark(self, target: Target) -> str:
        return f"{target.title} *" if target.needed and not target.listed else target.title

    @cached_property
    def columns(self) -> list[Column]:
        """Return the columns of the file; those that nobody mapped yet with what they are probably about."""
        known = self.mapping.columns
        fresh = [head for head in self.headings if head not in known]
        taken = {name for names in known.values() for name in names}
        guesses = suggested((one for one in self.targets.values() if one.name not in taken), fresh)
        first = not known
        return [
            Column(
                at,
                head,
                known.get(head) or (guesses.get(head, ()) if first else ()),
                head not in known and first and head in guesses,
                self._samples(head, known.get(head) or guesses.get(head, ())),
            )
            for at, head in enumerate(self.headings)
        ]

    def _samples(self, heading: str, names: tuple[str, ...]) -> str:
        """Return some texts of a column, none of a field that holds personal data."""
        if any((info := self.targets[name].info) is not None and info.sensitivity for name in names):
            return translate(msg("(personal data)"))
        if not names and len(self.seen[heading]) > MOST_UNKNOWN:
            return translate(msg("(%(count)s different texts)")) % {"count": len(self.seen[heading])}
        texts = (text[:MOST_SAMPLE] for text in list(self.seen[heading])[:SAMPLES])
        return "、".join(_DIGITS.sub(lambda found: found[0][:3] + "****", text) for text in texts)

    @cached_property
    def fixed(self) -> list[tuple[Target, str, str, list[tuple[str, str]]]]:
        """Return the targets that every row may be given one value of: needed ones without a column, and kept ones."""
        mapped = {name for column in self.columns for name in column.targets}
        wanted = [
            one
            for one in self.targets.values()
            if one.name in self.mapping.fixed or (one.needed and not one.listed and one.name not in mapped)
        ]
        return [
            (
                one,
                self.title(one),
                self._shown(one, self.mapping.fixed.get(one.name, "")),
                self._choices(one) if one.chosen else [],
            )
            for one in wanted
        ]

    @cached_property
    def others(self) -> list[tuple[str, str]]:
        """Return the further fields that every row may be given one value of."""
        shown = {one.name for one, *_ in self.fixed}
        return [
            (one.name, self.title(one))
            for one in self.targets.values()
            if not one.listed and not one.ours and one.name not in shown
        ]

    @cached_property
    def coded(self) -> list[Coded]:
        """Return the targets whose texts stand for codes, of the columns as they are mapped."""
        found = []
        for at, target in enumerate(one for one in self.targets.values() if one.coded):
            texts = self._texts(target)
            if texts:
                found.append(self._coded(at, target, texts))
        return found

    def _texts(self, target: Target) -> Counter[str]:
        texts: Counter[str] = Counter()
        for heading in self.mapping.headings_of(target.name):
            for text, count in self.seen.get(heading, {}).items():
                parts = _PARTS.split(text) if target.kind == "codes" else [text]
                for part in filter(None, map(str.strip, parts)):
                    if not is_nothing(part):
                        texts[part] += count
        return texts

    def _coded(self, at: int, target: Target, texts: Counter[str]) -> Coded:
        said = self.mapping.values.get(target.name, {})
        open_ = [text for text in texts if text in said or len(self.meaning(target, text)) != 1]
        shown = tuple(
            self._text(f"{at}.{number}", target, text, texts[text], said)
            for number, text in enumerate(open_[:MOST_TEXTS])
        )
        options = tuple(self._choices(target))
        return Coded(
            at,
            target,
            self.title(target),
            shown,
            len(texts) - len(open_),
            max(0, len(open_) - MOST_TEXTS),
            options,
        )

    def _text(self, at: str, target: Target, text: str, count: int, said: Of[str, str]) -> Text:
        if text in said:
            return Text(
                at, text, count, LEAVE if said[text] == EMPTY else self._shown(target, said[text]), False
            )
        guess = self.meaning.like(target, text)
        return Text(at, text, count, self._shown(target, guess), bool(guess))

    def _choices(self, target: Target) -> list[tuple[str, str]]:
        """Return the codes with their titles: in the language of the page where one is chosen, as typed where it is."""
        found = self.meaning.options(target)
        if target.kind == "flag":
            return [(code, translate(YES if code == _TRUE else NO)) for code, _ in found]
        return [(code, self.texts(title)) for code, title in found] if target.chosen else found

    def _shown(self, target: Target, code: str) -> str:
        """Return a code as its control shows it: itself in a list, in words where it is typed."""
        if not code or target.chosen or not target.coded:
            return code
        return dict(self.meaning.options(target)).get(code, code)

    def read(self, form: Of[str, str]) -> dict[str, Any]:
        """Return the mapping that the page sent; what names nothing is told in ``refused`` and left out."""
        kept = {
            head: list(names) for head, names in self.mapping.columns.items() if head not in self.headings
        }
        columns = {
            head: [name for part in ("c", "d") if (name := form.get(f"{part}{at}", ""))]
            for at, head in enumerate(self.headings)
        }
        fixed = {}
        for target in self.targets.values():
            value = form.get(f"f:{target.name}", "").strip()
            if value:
                fixed[target.name] = self._code(target, value)
        other, value = form.get("other", ""), form.get("other_value", "").strip()
        if other in self.targets and value:
            fixed[other] = self._code(self.targets[other], value)
        return {
            "columns": kept | columns,
            "values": self._values(form),
            "fixed": {name: value for name, value in fixed.items() if value},
            "sheet": self.file.sheet if self.file.layout.get("others") else self.mapping.sheet,
        }

    def _values(self, form: Of[str, str]) -> dict[str, dict[str, str]]:
        values = {name: dict(found) for name, found in self.mapping.values.items()}
        for one in self.coded:
            known = values.setdefault(one.target.name, {})
            for text in one.texts:
                sent = form.get(f"v{text.at}", "").strip()
                if form.get(f"t{text.at}") != text.text:
                    continue
                known.pop(text.text, None)
                if sent == LEAVE:
                    known[text.text] = EMPTY
                elif sent:
                    code = self._code(one.target, sent)
                    if code:
                        known[text.text] = code
        return values

    def _code(self, target: Target, text: str) -> str:
        """Return the code that was chosen or typed; empty, with the reason told, where it names nothing."""
        if not target.coded:
            return text
        titles = {title: code for code, title in self.meaning.options(target)}
        found = self.meaning(target, titles.get(text, text))
        if len(found) == 1:
            return found[0]
        self.refused.append(
            translate(msg("“%(text)s” is nothing that “%(field)s” can be: choose one from the list"))
            % {"text": text, "field": self.title(target)}
        )
        return ""
