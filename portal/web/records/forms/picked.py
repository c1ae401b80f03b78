"""What a person means by what they typed into a picker: the one choice of that name, or some to choose from."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cached_property
from itertools import islice
from typing import Any
from urllib.parse import urlencode

from portal.core.errors import msg
from portal.core.forms import CompiledForm, FieldError, FieldInfo
from portal.core.forms.formats import is_uid
from portal.core.picking import Choice, Index, normal
from portal.core.pointer import pattern_of, values
from portal.core.widgets import UNITS
from portal.services import records
from portal.services.bundles import Bundle
from portal.services.picking import CODED_AS, coded, coded_as, term_index, wanted_at
from portal.web.forms.picker import ASKED, PICK, WORDS, Offered, Offers
from portal.web.language import translate
from portal.web.words.here import Here
from portal.web.words.picking import record_rows, record_titles, term_rows, unit_index, unit_rows
from portal.web.words.screen import Screen

SHOWN = 10
# Each text that is no code is searched for among all choices: more than a person reads at once are not.
MOST_SEARCHED = 20
SOME = WORDS["some"]
NONE = msg("No entry has the name “%(name)s”: type a part of a name, its pinyin or its code")


class Picking:
    """The pickers of one form of a release."""

    def __init__(self, now: Here, bundle: Bundle, form_id: str) -> None:
        self.now, self.bundle, self.form_id = now, bundle, form_id
        self._units: dict[str, bool] = {}
        self._titles: dict[str, str] = {}
        self._registers: dict[str, Index] = {}
        self._searched = 0

    def look_up(self, codes: Iterable[str]) -> None:
        """Learn which of some texts are codes of units, in one statement."""
        new = {code for code in codes if code and code not in self._units}
        if new:
            found = self.now.units(new)
            self._units |= {code: code in found for code in new}

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
        """Return where the choices of each picker of units and of records are asked for, by its pattern."""
        found = {}
        for pattern, info in self.fields.items():
            if coded_as(info) == "unit":
                found[pattern] = units_address(self.wanted(info))
            elif coded_as(info) == "record":
                found[pattern] = records_address(self.bundle, self.form_id, info)
        return found

    def meant(self, pairs: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
        """Return what was sent with codes in the place of names that one choice has alone, and of what was ticked."""
        sent = list(pairs)
        if not self.fields:
            return sent
        answers = {name: value for name, value in sent if name.endswith((PICK, ASKED))}
        self.look_up(
            value.strip() for name, value in sent if name.startswith("/") and self._of_units(pattern_of(name))
        )
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
        """Yield what names no choice, or several, the first twenty: nothing is taken by guessing."""
        return islice(self._unmeant(form, data, original), MOST_SEARCHED)

    def _unmeant(self, form: CompiledForm, data: Any, original: Any) -> Iterator[FieldError]:
        fields = self.fields.values()
        self.look_up(text for _, text, _ in coded(data, fields, "unit"))
        for kind in CODED_AS:
            held = {info.pointer: _held(original, info) for info in fields if coded_as(info) == kind}
            for where, text, info in coded(data, fields, kind):
                if self._known(info, text) or text in held[info.pointer]:
                    continue
                said, _ = self._offered(info, text)
                yield FieldError(where, "form.choice", *said, form.label(where))

    def offers(self, pattern: str, text: str) -> Offers | None:
        """Return the choices that may be meant by a text that is no code; None where nothing is found.

        Below the first twenty such controls of a page nothing is searched for.
        """
        info = self.fields.get(pattern)
        if info is None or self._known(info, text) or self._searched >= MOST_SEARCHED:
            return None
        self._searched += 1
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
            self.look_up([text])
            return self._units.get(text, False)
        if coded_as(info) == "record":
            return text in self._records([text])
        taxonomy = self.bundle.taxonomies.get(info.taxonomy)
        return taxonomy is None or text in taxonomy

    def _of_units(self, pattern: str) -> bool:
        info = self.fields.get(pattern)
        return info is not None and coded_as(info) == "unit"

    def _index(self, info: FieldInfo) -> Index:
        if coded_as(info) == "unit":
            return unit_index(self.now, self.wanted(info))
        if coded_as(info) == "record":
            return self._register(info)
        return term_index(self.bundle, info.taxonomy, self.now.lang)

    def _rows(self, info: FieldInfo, choices: list[Choice]) -> list[dict[str, Any]]:
        if coded_as(info) == "unit":
            return unit_rows(self.now, self.wanted(info), choices)
        return record_rows(choices) if coded_as(info) == "record" else term_rows(choices)

    def title(self, uid: str) -> str | None:
        """Return the title of a record that a field names; None for one that the person may not see."""
        return self._records([uid]).get(uid)

    def _records(self, uids: Iterable[str]) -> dict[str, str]:
        new = [uid for uid in uids if uid not in self._titles and is_uid(uid)]
        self._titles |= record_titles(self.now, new)
        return self._titles

    def _register(self, info: FieldInfo) -> Index:
        """Return the records that a field may name, read once for the page."""
        if info.pointer not in self._registers:
            now = self.now
            self._registers[info.pointer] = records.record_index(now.portal, now.session, self.bundle, info)
        return self._registers[info.pointer]


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


def records_address(bundle: Bundle, form_id: str, info: FieldInfo) -> str:
    """Return where the records that a field of a form may name are looked up."""
    asked = urlencode({"release": bundle.release_id, "field": info.pointer})
    return f"/lookup/records/{form_id}?{asked}"


def units_address(wanted: str) -> str:
    """Return where units of a sort are looked up."""
    return "/lookup/units" + ("" if wanted == UNITS else f"?of={wanted}")


def _held(original: Any, info: FieldInfo) -> frozenset[str]:
    """Return the codes that a record holds at a field, in whichever row."""
    held = values(original, info.pointer) if original is not None else ()
    every = (text for one in held for text in (one if isinstance(one, list) else [one]))
    return frozenset(text for text in every if isinstance(text, str))
