"""What a paper would state: every field of its document, read as the person who issues it sees the record.

A masked value stays masked on the paper, and a hidden one says nothing: what that person may not see can't get out by
a paper. Each field keeps whether it was stated in clear, so that readers get no more than they may see either.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from sqlalchemy.orm import Session

from portal.core import pointer as pointers
from portal.core.actors import EVERY_PARTY, Actor
from portal.core.disclosure import Level
from portal.core.documents import DocumentField, DocumentType
from portal.core.values import is_missing
from portal.persistence.models import Attachment, Record, Referral, Unit
from portal.persistence.scope import owned
from portal.services.bundles import Bundle
from portal.services.records.finding.reading import history
from portal.services.records.finding.rows_of_record import rows_of
from portal.services.records.handling.clocks.reading import clocks_of
from portal.services.records.papers.parties import NAME, Parties
from portal.services.records.papers.wording import Said, Wording, is_nothing
from portal.services.records.privacy.answers import answers_of
from portal.services.records.privacy.disclosure import RecordView, view_of
from portal.services.records.privacy.withheld import SAID
from portal.services.units.centres import CentreRef, centre_at

if TYPE_CHECKING:
    from portal.services.portal import Portal

MOST_PARTS = 200
MOST_ASKED = 2000
_REFERRALS = owned(Referral, Referral.id.desc())
_FILES = owned(Attachment, Attachment.id)
_SEALS = "（盖章）"


@dataclass(frozen=True, slots=True)
class Stated:
    """One thing that a paper states. ``shown`` tells that it stands there in clear."""

    id: str
    title: str
    said: Said
    source: str = ""
    shown: bool = True
    typed: bool = False
    required: bool = False
    kind: str = "string"
    personal: bool = False
    preset: str = ""

    @property
    def spare(self) -> bool:
        """Tell whether the record should say it and does not: the person may write it, and need not."""
        return self.typed and bool(self.source) and not self.required

    @property
    def nothing(self) -> bool:
        """Tell whether it says nothing."""
        return is_nothing(self.said)

    @property
    def text(self) -> str:
        """Return it in one line."""
        if isinstance(self.said, dict):
            return str(self.said["said"])
        return "、".join(self.said) if isinstance(self.said, list) else self.said


@dataclass(frozen=True, slots=True)
class Person:
    """The signer or receiver of a paper, in words; ``personal`` where a party is named."""

    words: str
    names: tuple[str, ...] = ()
    personal: bool = False
    clear: bool = True

    @property
    def each(self) -> tuple[str, ...]:
        """Return the names of parties, and what is not a party in words."""
        return self.names or (self.words,)

    @property
    def text(self) -> str:
        """Return who it is, with the names of parties."""
        return f"{self.words}：{'、'.join(self.names)}" if self.names else self.words


@dataclass
class Statement:
    """All that a paper states beside its number and day."""

    fields: list[Stated] = field(default_factory=list)
    to: list[Person] = field(default_factory=list)
    signs: list[Person] = field(default_factory=list)
    code: str = ""
    centre: str = ""
    unit: str = ""

    @property
    def masked(self) -> list[Stated]:
        """Return what is not stated in clear, since the person does not see it so."""
        return [one for one in self.fields if not one.shown]

    @property
    def not_clear(self) -> list[str]:
        """Return what is not stated in clear in words, parties who receive or sign it too."""
        people = (one.words for one in (*self.to, *self.signs) if not one.clear)
        return list(dict.fromkeys([*(one.title for one in self.masked), *people]))

    @property
    def missing(self) -> list[Stated]:
        """Return what has to be stated and is not."""
        return [one for one in self.fields if one.required and one.nothing]


class Stating:
    """Reads what papers about one record state, for the session's person."""

    def __init__(
        self,
        portal: Portal,
        session: Session,
        record: Record,
        *,
        answers: tuple[str, Mapping[str, Any]] | None = None,
    ) -> None:
        self.portal, self.session, self.record = portal, session, record
        self.view: RecordView = view_of(portal, session, record)
        self.bundle: Bundle = self.view.bundle
        self.wording = Wording(session, self.bundle)
        self._fresh = answers

    @cached_property
    def centre(self) -> CentreRef | None:
        """Return the centre of the record."""
        return centre_at(self.session, self.record.centre_id)

    def statement(self, document: DocumentType, asked: Mapping[str, str]) -> Statement:
        """Return what a paper states, with what the person typed for it."""
        return Statement(
            [self._field(document, one, asked.get(one.id, one.preset)) for one in document.fields],
            [self.person(one) for one in document.to],
            [self.person(one) for one in document.signatures],
            self.record.code or "",
            self.centre.name if self.centre is not None else "",
            self._unit_name(self.record.handler_unit_id or self.record.unit_id),
        )

    def _field(self, document: DocumentType, one: DocumentField, typed: str) -> Stated:
        title = self.wording.texts(one.title)
        said: Said = [] if one.kind == "strings" else ""
        shown = True
        if one.source:
            value, info, shown = self._read(document, one.source)
            said = self.wording.said(value, one.kind, info, one.taxonomy)
        if not is_nothing(said) or not shown:
            return Stated(one.id, title, said, one.source, shown, False, one.required, one.kind)
        own = typed.strip()[:MOST_ASKED]
        return Stated(
            one.id,
            title,
            self._typed(own, one),
            one.source,
            typed=True,
            required=one.required,
            kind=one.kind,
            personal=one.personal,
            preset=one.preset,
        )

    def _typed(self, words: str, one: DocumentField) -> Said:
        """Return what a person typed for a field: a line for each entry of a list."""
        if one.kind == "strings":
            return [line.strip() for line in words.splitlines() if line.strip()]
        if one.kind == "boolean" and words in ("true", "false"):
            return self.wording.said(words == "true", "boolean")
        return self.wording.said(words, one.kind, None, one.taxonomy) if words else ""

    def _read(self, document: DocumentType, source: str) -> tuple[Any, Any, bool]:
        """Return what stands at a pointer as the person sees it, its field, and whether that is in clear."""
        root, _, rest = source[1:].partition("/")
        where = f"/{rest}"
        match root:
            case "data":
                return self._data(self.view, self.record.etype, where)
            case "form":
                return self._answer(document.form, where)
            case "parties":
                return self._parties("/" + rest.partition("/")[2])
            case _:
                return self._fact(root, rest), None, True

    def _data(self, view: RecordView, etype: str, where: str) -> tuple[Any, Any, bool]:
        info = self.bundle.fields(etype).get(where)
        found = _at(view.data, where)
        if info is not None and info.widget == "file":
            found = self._file_names(found)
        empty = is_missing(_at(view.clear, where))
        if where in view.withheld and not empty:
            return [SAID] if "*" in pointers.split(where) else SAID, None, True
        return found, info, empty or view.plan.level(where) >= Level.READ

    def _file_names(self, uids: Any) -> list[str]:
        named = {one.uid: one.name for one in rows_of(self.session, self.record, _FILES)}
        return [named[one] for one in (uids if isinstance(uids, list) else [uids]) if one in named]

    def _answer(self, form: str, where: str) -> tuple[Any, Any, bool]:
        info = self.bundle.fields(form).get(where) if form in self.bundle.raw["forms"] else None
        if self._fresh is not None and self._fresh[0] == form:
            return _at(self._fresh[1], where), info, True
        found = next((one for one in self._answers if one.form_id == form), None)
        if found is None:
            return None, info, True
        value = _at(found.data, where)
        return value, info, found.plan.level(where) >= Level.READ

    @cached_property
    def _answers(self) -> list[Any]:
        events = history(self.portal, self.session, self.record)
        return answers_of(self.portal, self.session, self.view, events)

    @cached_property
    def parties(self) -> Parties:
        """Return what names the parties of the record."""
        return Parties(self.portal, self.session, self.view)

    def _parties(self, where: str) -> tuple[Any, Any, bool]:
        if where == NAME:
            found = self.parties.named()
            return [one.shown for one in found if one.shown], None, all(one.clear for one in found)
        views = [one for one in self.parties.views if where in self.bundle.fields(one.record.etype)]
        values, shown, info = [], True, None
        for view in views:
            value, info, clear = self._data(view, view.record.etype, where)
            values += [] if is_missing(value) else [value]
            shown = shown and clear
        return values, info, shown

    def _fact(self, root: str, name: str) -> Any:
        if root == "record":
            return self._of_record(name)
        if root == "referral":
            return self._of_referral(name)
        if root == "clock":
            clocks = clocks_of(self.portal, self.session, self.record)
            return getattr(clocks[0].row, name, None) if clocks else None
        centre = self.centre
        if root != "centre" or centre is None:
            return None
        return {"name": centre.name, "agency": centre.agency, "unit": centre.unit_code}.get(name)

    def _of_record(self, name: str) -> Any:
        record = self.record
        if name in ("unit", "handler"):
            handler = record.handler_unit_id or record.unit_id
            return self._unit_name(record.unit_id if name == "unit" else handler)
        if name == "created_by":
            return record.created_by_name
        if name == "stage":
            cycle = self.bundle.lifecycle_of(record.etype)
            found = next((one for one in (cycle.stages if cycle else ()) if one.id == record.stage), None)
            return self.wording.texts(found.title) if found is not None else record.stage
        if name == "dispute_type":
            return self.wording.said(record.dispute_type, "taxonomy", None, "dispute")
        return getattr(record, name, None)

    def _of_referral(self, name: str) -> Any:
        rows = rows_of(self.session, self.record, _REFERRALS)
        found = next((one for one in rows if one.lead), rows[0] if rows else None)
        if found is None:
            return None
        if name in ("to_unit", "from_unit"):
            return self._unit_name(found.to_unit_id if name == "to_unit" else found.from_unit_id)
        if name == "route":
            route = self.bundle.raw.get("routes", {}).get(found.route, {})
            return self.wording.texts(route.get("title")) or found.route
        return getattr(found, name, None)

    def _unit_name(self, unit_id: int | None) -> str:
        unit = self.session.get(Unit, unit_id) if unit_id else None
        return unit.name if unit is not None else ""

    def person(self, actor: Actor) -> Person:
        """Return the signer or receiver of a paper, in words."""
        texts = self.wording.texts
        match actor.kind:
            case "role":
                role = self.bundle.roles.get(str(actor.name), {})
                return Person(texts(role.get("title")) or str(actor.name))
            case "unit":
                return Person(self._unit(str(actor.name)))
            case "seal":
                return Person(f"{self._unit(str(actor.name))}{_SEALS}")
            case "party":
                role = str(actor.name)
                found = [one for one in self.parties.named() if role in (EVERY_PARTY, one.role)]
                names = tuple(one.shown for one in found if one.shown)
                clear = all(one.clear for one in found)
                return Person(self._role_of_party(role), names, personal=True, clear=clear)
            case _:
                return Person(texts(actor.name))

    def _unit(self, which: str) -> str:
        if which == "centre":
            return self.centre.name if self.centre is not None else ""
        if which == "sender":
            return self._of_referral("from_unit") or ""
        return self._unit_name(self.record.handler_unit_id or self.record.unit_id)

    def _role_of_party(self, role: str) -> str:
        if role == EVERY_PARTY:
            return "各方当事人"
        for one in self.bundle.entities():
            info = self.bundle.fields(one.id).get("/role") if one.parent == self.record.etype else None
            label = next((label for value, label in (info.options if info else ()) if value == role), "")
            if label:
                return str(label)
        return role


def _at(data: Mapping[str, Any], where: str) -> Any:
    """Return what stands at a pointer; of one with ``*`` a list."""
    if "*" in pointers.split(where):
        return [one for one in pointers.values(data, where) if not is_missing(one)]
    return pointers.get(data, where)


def rows_in_words(fields: Iterable[Stated]) -> list[str]:
    """Return each thing that a paper states on a line of its own."""
    return [f"{one.title}：{one.text}" for one in fields if not one.nothing]
