"""What a person means by what they typed into a picker: the one choice of that name, or some to choose from."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cached_property
from typing import Any

from portal.core.errors import msg
from portal.core.forms import CompiledForm, FieldError, FieldInfo
from portal.core.picking import Choice, Index, normal
from portal.core.pointer import pattern_of, values
from portal.core.widgets import UNITS
from portal.services.bundles import Bundle
from portal.services.picking import coded, coded_as, term_index, wanted_at
from portal.web.forms.picker import ASKED, PICK, WORDS, Offered, Offers
from portal.web.language import translate
from portal.web.words.here import Here
from portal.web.words.picking import term_rows, unit_index, unit_rows
from portal.web.words.screen import Screen

SHOWN = 10
SOME = msg("No entry has the name “%(name)s”: choose one of those found, or type another name")
NONE = msg("No entry has the name “%(name)s”: type a part of a name, its pinyin or its code")


class Picking:
    """The pickers of one form of a release."""

    def __init__(self, now: Here, bundle: Bundle, form_id: str) -> None:
        self.now, self.bundle, self.form_id = now, bundle, form_id

    @cached_property
    def fields(self) -> dict[str, FieldInfo]:
        """Return the fields with a picker, by the pattern of each of their controls."""
        known = self.bundle.fields(self.form_id, self.now.lang).values()
        return {
            info.pointer + ("/*" if info.type == "strings" else ""): info for info in known if coded_as(info)
        }

    def wanted(self, info: FieldInfo) -> str:
        """Return the sort of units that a field takes."""
        return wanted_at(self.bundle, self.form_id, info)

    def addresses(self) -> dict[str, str]:
        """Return where the choices of each picker of units are asked for, by its pattern."""
        return {
            pattern: units_address(self.wanted(info))
            for pattern, info in self.fields.items()
            if coded_as(info) == "unit"
        }

    def meant(self, pairs: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
        """Return what was sent with codes in the place of names that one choice has alone, and of what was ticked."""
        sent = list(pairs)
        if not self.fields:
            return sent
        answers = {name: value for name, value in sent if name.endswith((PICK, ASKED))}
        found = []
        for name, value in sent:
            if name.endswith((PICK, ASKED)):
                continue
            info = self.fields.get(pattern_of(name)) if name.startswith("/") else None
            if info is not None and value.strip():
                value = self._code(
                    info, value.strip(), answers.get(name + PICK, ""), answers.get(name + ASKED)
                )
            found.append((name, value))
        return found

    def errors(self, form: CompiledForm, data: Any, original: Any) -> Iterator[FieldError]:
        """Yield what names no choice, or several: nothing is taken by guessing."""
        for kind in ("unit", "taxonomy"):
            for where, text, info in coded(data, self.fields.values(), kind):
                if self._known(info, text) or _held(original, info, text):
                    continue
                said, _ = self._offered(info, text)
                yield FieldError(where, "form.choice", *said, form.label(where))

    def offers(self, pattern: str, text: str) -> Offers | None:
        """Return the choices that may be meant by a text that is no code; None where nothing is found."""
        info = self.fields.get(pattern)
        if info is None or self._known(info, text):
            return None
        (message, params), choices = self._offered(info, text)
        if not choices:
            return None
        rows = self._rows(info, choices)
        offered = [Offered(row["code"], row["shown"], row["note"]) for row in rows]
        return Offers(translate(message, **params), offered)

    def _offered(self, info: FieldInfo, text: str) -> tuple[tuple[str, dict[str, Any]], list[Choice]]:
        index = self._index(info)
        named = index.named(text)
        if len(named) > 1:
            return (WORDS["same"], {"n": len(named), "name": text[:60]}), named
        found = [one.choice for one in index.search(text, SHOWN)]
        return (SOME if found else NONE, {"name": text[:60]}), found

    def _code(self, info: FieldInfo, text: str, picked: str, asked: str | None) -> str:
        if self._known(info, text):
            return text
        index = self._index(info)
        if picked and asked is not None and normal(asked) == normal(text) and picked in index:
            return picked
        named = index.named(text)
        return named[0].code if len(named) == 1 else text

    def _known(self, info: FieldInfo, text: str) -> bool:
        """Tell whether a text is a code at all, whether or not it may be chosen."""
        if coded_as(info) == "unit":
            return bool(self.now.units([text]))
        taxonomy = self.bundle.taxonomies.get(info.taxonomy)
        return taxonomy is None or text in taxonomy

    def _index(self, info: FieldInfo) -> Index:
        if coded_as(info) == "unit":
            return unit_index(self.now, self.wanted(info))
        return term_index(self.bundle, info.taxonomy, self.now.lang)

    def _rows(self, info: FieldInfo, choices: list[Choice]) -> list[dict[str, Any]]:
        if coded_as(info) == "unit":
            return unit_rows(self.now, self.wanted(info), choices)
        return term_rows(choices)


def named_filters(now: Here, screen: Screen, pairs: Iterable[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    """Yield the filters of a list with codes in the place of names that one choice has alone."""
    for key, value in pairs:
        known = screen.find(key)
        filtered = known.of.filter if known is not None else ""
        index: Index | None = None
        if known is not None and filtered == "terms" and known.taxonomy in screen.bundle.taxonomies:
            if value not in screen.bundle.taxonomies[known.taxonomy]:
                index = term_index(screen.bundle, known.taxonomy, now.lang)
        elif filtered in ("units", "home") and value.strip() and not now.units([value.strip()]):
            index = unit_index(now, UNITS)
        named = index.named(value) if index is not None else []
        yield key, named[0].code if len(named) == 1 else value


def units_address(wanted: str) -> str:
    """Return where units of a sort are looked up."""
    return "/lookup/units" + ("" if wanted == UNITS else f"?of={wanted}")


def _held(original: Any, info: FieldInfo, text: str) -> bool:
    held = values(original, info.pointer) if original is not None else ()
    return any(text == one or (isinstance(one, list) and text in one) for one in held)
