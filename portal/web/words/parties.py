"""The parties of a matter in one list: those that its form names and those that are records of their own.

Which fields tell a party is the release's to say (``parties`` of a form); nothing here knows a field by its name.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from portal.core import pointer as pointers
from portal.core.disclosure import Level
from portal.core.errors import msg
from portal.core.parties import EVERY, entries_of, fields_of_party
from portal.core.values import is_missing
from portal.services import records
from portal.services.bundles import Bundle
from portal.web.language import translate
from portal.web.words.case import Case
from portal.web.words.cells import in_words, place_names
from portal.web.words.links import record_url
from portal.web.words.screen import Field, Screen, screen_of

AGREES, REFUSES, ASKED, UNASKED = "agrees", "refuses", "asked", "unasked"


@dataclass(frozen=True, slots=True)
class Party:
    """One party: name and role, how it is related, whether it consents to mediation, and what else is known of it.

    ``says`` stands beneath the name, ``details`` fold out, and so do those ``withheld``, which are not printed;
    ``clear`` is the whole name, by which one party that stands in two places is told, and never shown.
    """

    name: str
    role: str
    relation: str = ""
    consent: str = ""
    stand: str = ""
    says: tuple[str, ...] = ()
    details: tuple[tuple[str, str], ...] = ()
    withheld: tuple[tuple[str, str], ...] = ()
    url: str = ""
    clear: str = field(default="", repr=False)


def declared(bundle: Bundle, form_id: str) -> list[Mapping[str, Any]]:
    """Return the entries of ``parties`` of a form, in order; none where it tells of no party."""
    return entries_of(bundle.raw["forms"].get(form_id, {}))


def party_types(case: Case) -> list[str]:
    """Return the types of records below this one that are parties, as far as the person may list them."""
    bundle, access = case.screen.bundle, case.now.access
    return [
        one.id
        for one in bundle.entities()
        if one.parent == case.record.etype
        and not one.hidden
        and declared(bundle, one.id)
        and access.can(one.id, "list")
    ]


def told_by_form(case: Case) -> frozenset[str]:
    """Return the fields at the top of the record's form that the list of its parties shows instead of the facts."""
    if case.screen.entity.parent is not None:
        return frozenset()
    named: set[str] = set()
    for entry in declared(case.screen.bundle, case.record.etype):
        rows, every, _ = str(entry["name"]).partition(EVERY)
        # Of rows the list shows every field.
        named |= {where for where in case.screen.infos if every and where.startswith(rows + EVERY)}
        named |= {*_named(entry)}
    tops: dict[str, bool] = {}
    for where in case.screen.infos:
        top = "/" + pointers.escape(pointers.split(where)[0])
        tops[top] = tops.get(top, True) and where in named
    return frozenset(top for top, whole in tops.items() if whole)


def parties_of(case: Case, children: Iterable[Any]) -> list[Party]:
    """Return the parties of a record, each once: where a record of its own has the same name, that one tells more."""
    found = list(_of_form(case))
    for child in _of_records(case, children):
        same = next((one for one in found if one.clear and one.clear == child.clear and not one.url), None)
        if same is None:
            found.append(child)
            continue
        merged = replace(
            child,
            role=same.role or child.role,
            relation=child.relation or same.relation,
            consent=child.consent if child.stand != UNASKED else same.consent,
            stand=child.stand if child.stand != UNASKED else same.stand,
            says=tuple(dict.fromkeys((*same.says, *child.says))),
            details=same.details or child.details,
            withheld=same.withheld or child.withheld,
        )
        found[found.index(same)] = merged
    return [*_told_apart(_with_answers(case, found))]


def _told_apart(found: Iterable[Party]) -> Iterator[Party]:
    """Yield the parties, those of one masked name numbered in their order: two brothers are both 张*."""
    parties = list(found)
    alike: dict[str, set[str]] = {}
    for one in parties:
        alike.setdefault(one.name, set()).add(one.clear)
    numbers: dict[str, int] = {}
    for one in parties:
        if len(alike[one.name]) < 2 or one.name == one.clear:
            yield one
            continue
        numbers[one.name] = number = numbers.get(one.name, 0) + 1
        yield replace(one, name=f"{one.name}（{number}）")


def _with_answers(case: Case, found: Iterable[Party]) -> Iterator[Party]:
    """Yield the parties with what they answered in a session: no agreement there covers a refusal."""
    now, bundle = case.now, case.screen.bundle
    said = records.consents_in_parts(
        now.portal, now.session, case.record, bundle, case.view.clear, case.children
    )
    for party in found:
        answer = said.get(party.clear)
        if answer is None or not party.stand or (answer.agrees and party.stand == REFUSES):
            yield party
            continue
        screen = screen_of(bundle, answer.etype, now.lang)
        field = screen.fields.get(answer.at)
        words = answer.value if field is None else in_words(screen, field, answer.value)
        yield replace(party, consent=words, stand=AGREES if answer.agrees else REFUSES)


def _of_form(case: Case) -> Iterator[Party]:
    told = _Told(case, case.screen, case.view)
    for entry in declared(case.screen.bundle, case.record.etype):
        rows, every, _ = str(entry["name"]).partition(EVERY)
        count = len(pointers.get(case.view.clear, rows) or ()) if every else 1
        for index in range(count):
            party = told.party(entry, index)
            if party is not None:
                yield party


def _of_records(case: Case, children: Iterable[Any]) -> Iterator[Party]:
    views = records.Views(case.now.portal, case.now.session)
    for child in children:
        screen = screen_of(case.screen.bundle, child.etype, case.now.lang)
        told = _Told(case, screen, views.of(child))
        for entry in declared(case.screen.bundle, child.etype):
            party = told.party(entry, 0)
            if party is not None:
                yield replace(party, url=record_url(child.etype, child.uid))


class _Told:
    """Reads the parties that one record tells of, as its reader may see them."""

    def __init__(self, case: Case, screen: Screen, view: records.RecordView) -> None:
        self.case, self.screen, self.view = case, screen, view

    def party(self, entry: Mapping[str, Any], index: int) -> Party | None:
        """Return the party of one entry, the ``index``-th of its rows; None where there is nobody."""
        clear = pointers.get(self.view.clear, _at(entry["name"], index))
        if is_missing(clear):
            return None
        consent, stand = self._consent(entry, index)
        role = self._text(entry.get("role"), index) or self.screen.texts(entry.get("title"))
        says = (self._text(where, index) for where in entry.get("says", ()))
        return Party(
            self._text(entry["name"], index) or translate(msg("not shown to you")),
            role,
            self._text(entry.get("relation"), index),
            consent,
            stand,
            tuple(text for text in says if text),
            tuple(self._details(entry, index, withheld=False)),
            tuple(self._details(entry, index, withheld=True)),
            clear=str(clear).strip(),
        )

    def _consent(self, entry: Mapping[str, Any], index: int) -> tuple[str, str]:
        where = entry.get("consent")
        if where is None:
            return "", ""
        value = pointers.get(self.view.clear, _at(where, index))
        if is_missing(value):
            return translate(msg("Not asked yet")), UNASKED
        if self.view.plan.level(where) < Level.READ:
            return self._text(where, index), ASKED
        stand = next((name for name in (AGREES, REFUSES) if value in entry.get(name, ())), ASKED)
        return self._text(where, index), stand

    def _details(self, entry: Mapping[str, Any], index: int, *, withheld: bool) -> Iterator[tuple[str, str]]:
        named = {*_named(entry)} - set(entry.get("details", ()))
        rows, every, _ = str(entry["name"]).partition(EVERY)
        own = [where for where in self.screen.infos if every and where.startswith(rows + EVERY)]
        for where in dict.fromkeys([*entry.get("details", ()), *own]):
            other = where in named or (where in self.view.withheld) is not withheld
            text = "" if other else self._text(where, index)
            if text:
                info = self.screen.infos.get(where)
                yield (info.label if info else self.screen.form.label(where)), text

    def _text(self, where: str | None, index: int) -> str:
        """Return the value at a place in words, masked like all of the record."""
        if where is None or self.view.plan.level(where) is Level.HIDDEN:
            return ""
        value = pointers.get(self.view.data, _at(where, index))
        if is_missing(value):
            return ""
        field = self.screen.fields.get(where)
        if field is None or self.view.plan.level(where) is Level.MASKED:
            return in_words(self.screen, Field("", "", "text"), value)
        if field.kind == "unit":
            return place_names(self.case.now, [value]).get(str(value), str(value))
        return in_words(self.screen, field, value)


def _named(entry: Mapping[str, Any]) -> Iterator[str]:
    return (where for _, where in fields_of_party(entry))


def _at(where: str, index: int) -> str:
    """Return the pointer of a place in the row of a party."""
    return str(where).replace(EVERY, f"/{index}", 1)
