"""The copy of everything kept about one person, for that person: by a whole number, for a stated ground, noted.

Nothing of it is shown on a screen, neither what there is nor how much. What is about others is masked; texts of
others about a matter are left out, and so is a protected matter in which the person is not the one who came.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.core import pointer as pointers
from portal.core.access import ADD, Access, Origin
from portal.core.acts import DISCLOSE, HAND_OVER
from portal.core.errors import InvalidInput, Problem, TooMany, msg
from portal.core.masks import mask
from portal.core.values import is_missing
from portal.core.zone import LOCAL
from portal.persistence.models import AuditEntry, Record, RecordTerm, SubjectRequest, Unit
from portal.persistence.scope import as_system
from portal.persistence.scope.conditions import subtree
from portal.services.archive.subject_files import NAME, OwnFile, Packed, own_files
from portal.services.bundles import Bundle
from portal.services.lookup.standing import Matter
from portal.services.records.acts.looked import Read
from portal.services.records.acts.performing import look
from portal.services.records.finding.reading import history
from portal.services.records.finding.same_matter import SHORTEST, same_settings, whole_numbers
from portal.services.records.papers.reading import Reader as PaperReader
from portal.services.records.papers.wording import Wording, is_nothing
from portal.services.records.privacy.people_index import subject_of
from portal.services.records.privacy.record_encryption import opened_entries
from portal.services.records.privacy.withheld import withheld

if TYPE_CHECKING:
    from portal.services.portal import Portal, Work

THING = "subject"
ACTION = "export_subject"
# On which ground, and how it was made sure that the person is the one: nothing else is kept of the request.
GROUNDS: Mapping[str, str] = {
    "access": msg("The person asks to see or copy it (Personal Information Protection Law, article 45)"),
    "correct": msg("The person asks in order to have something corrected (article 46)"),
    "delete": msg("The person asks in order to have something deleted (article 47)"),
}
PROOFS: Mapping[str, str] = {
    "id_card": msg("Identity card seen at the window"),
    "other_document": msg("Another document with a photograph seen at the window"),
    "agent": msg("Agent with a written authority and both documents"),
}
MOST, PER_HOUR, HOUR = 500, 20, dt.timedelta(hours=1)
_MASKS = ("phone", "id")
_TEXTS = frozenset({"textarea"})


@dataclass
class Told:
    """One record as the person may have it: what it is, its facts, its course, its papers, who was shown it."""

    etype: str
    uid: str
    kind: str
    number: str
    unit: str
    facts: list[tuple[str, str]] = field(default_factory=list)
    course: list[tuple[str, str]] = field(default_factory=list)
    papers: list[tuple[str, list[tuple[str, str]]]] = field(default_factory=list)
    shown: list[tuple[str, str]] = field(default_factory=list)
    files: list[OwnFile] = field(default_factory=list)
    # How many files of the matter are not theirs alone: those are looked at together at the window.
    others: int = 0


@dataclass
class Copy:
    """Everything that is kept about one person, with the number of the request and the files by their names."""

    request: str
    at: dt.datetime
    told: list[Told]
    files: dict[str, bytes]


def copy_for(uow: Work, unit: Unit, number: str, ground: str, proof: str) -> Copy:
    """Return what is kept about the person of a whole number, and keep that it was asked; part of the transaction."""
    uow.access.require(THING, ADD, unit.path)
    numbers = _checked(number, ground, proof)
    _need_pause(uow)
    made = SubjectRequest(
        uid=uuid.uuid4().hex,
        subject=subject_of(uow.portal.keys, number),
        unit_id=unit.id,
        unit_path=unit.path,
        ground=ground,
        proof=proof,
        at=uow.now,
        by_id=uow.access.user_id,
        by_name=uow.access.name,
    )
    uow.add(made)
    uow.session.flush()
    uow.audit(
        ACTION,
        made,
        kind="subject",
        object_id=made.subject,
        unit_path=unit.path,
        after={"ground": ground, "proof": proof},
    )
    roots = uow.access.paths(THING, ADD)
    with as_system(uow.session, "what is kept about the person who asks, whoever hands it over"):
        found, packed = _records(uow.portal, uow.session, numbers, roots), Packed({})
        told = [one for record in found for one in _told(uow.portal, uow.session, record, numbers, packed)]
    return Copy(made.uid[:8].upper(), uow.now, told, packed.contents)


def note_copies(portal: Portal, access: Access, origin: Origin, made: Copy) -> bool:
    """Note at each record that its person was given it; return whether the audit log took it."""
    reads = [
        Read(HAND_OVER.action, one.etype, one.uid, detail={"request": made.request, "files": len(one.files)})
        for one in made.told
    ]
    return look(portal, access, origin, reads)


def _checked(number: str, ground: str, proof: str) -> dict[str, set[str]]:
    """Return the numbers by their sort; raise InvalidInput where something is missing."""
    found = {kind: set(whole_numbers(kind, number)) for kind in _MASKS}
    problems = []
    if not any(found.values()) or len(number) > 40:
        shortest = SHORTEST["phone"]
        text = msg("Enter the whole telephone or identity number, %(shortest)s digits at least")
        problems.append(Problem("subject.number", text, {"shortest": shortest}, pointer="/number"))
    if ground not in GROUNDS:
        problems.append(Problem("subject.ground", msg("Choose the ground"), pointer="/ground"))
    if proof not in PROOFS:
        text = msg("Say how you made sure who the person is")
        problems.append(Problem("subject.proof", text, pointer="/proof"))
    if problems:
        raise InvalidInput("subject.invalid", msg("Please correct what is marked"), problems=problems)
    return found


def _need_pause(uow: Work) -> None:
    """Raise TooMany where one person asked very often within an hour."""
    counted = select(func.count(), func.min(SubjectRequest.at)).where(
        SubjectRequest.by_id == uow.access.user_id, SubjectRequest.at > uow.now - HOUR
    )
    count, first = uow.session.execute(counted).one()
    if count >= PER_HOUR:
        wait = int(((first or uow.now) + HOUR - uow.now).total_seconds())
        text = msg("%(count)s requests were answered within an hour. Go on later.")
        raise TooMany("subject.many", text, {"count": count}, retry_after=max(wait, 1))


def _records(
    portal: Portal, session: Session, numbers: Mapping[str, set[str]], roots: tuple[str, ...]
) -> list[Record]:
    digests = [
        digest
        for kind, texts in numbers.items()
        for text in sorted(texts)
        for digest in portal.keys.digests(kind, text)
    ]
    query = (
        select(Record)
        .join(RecordTerm, RecordTerm.record_id == Record.id)
        .where(RecordTerm.digest.in_(digests), subtree(Record.unit_path, roots))
        .order_by(Record.created_at, Record.id)
        .distinct()
        .limit(MOST)
    )
    return list(session.scalars(query))


def _told(
    portal: Portal, session: Session, record: Record, numbers: Mapping[str, set[str]], packed: Packed
) -> Iterator[Told]:
    """Yield a record with its parts as the person may have them; nothing where it is not theirs to have."""
    matter = Matter.of(portal, session, record)
    person = _Person.in_record(matter, numbers)
    if not person.groups:
        return
    if matter.rules is not None and not person.came and matter.is_reserved(portal.clock.today()):
        return
    yield _one(portal, session, matter, person, packed)
    parts = select(Record).where(Record.parent_id == record.id).order_by(Record.id).limit(MOST)
    for part in session.scalars(parts):
        inner = Matter.of(portal, session, part)
        if not any(one.mask in _MASKS for one in inner.bundle.protected(part.etype)):
            yield _one(portal, session, inner, _Person(frozenset(), person.came, person.names), packed)


@dataclass(frozen=True, slots=True)
class _Person:
    """Where the person stands in one record: the groups of fields that are theirs, and whether they came with it."""

    groups: frozenset[str]
    came: bool
    names: frozenset[str] = frozenset()

    @classmethod
    def in_record(cls, matter: Matter, numbers: Mapping[str, set[str]]) -> _Person:
        bundle, etype = matter.bundle, matter.record.etype
        by = set((same_settings(bundle, etype) or {}).get("known", {}).get("by", ()))
        groups, came = set(), not by
        for one in bundle.protected(etype):
            for at, value in pointers.found(matter.data, one.pointer):
                if one.mask in _MASKS and numbers[one.mask] & set(whole_numbers(one.mask, value)):
                    groups.add(_group(bundle, etype, at))
                    came = came or one.pointer in by
        names = (
            str(value)
            for one in bundle.protected(etype)
            if one.mask == NAME
            for at, value in pointers.found(matter.data, one.pointer)
            if not is_missing(value) and _group(bundle, etype, at) in groups
        )
        return cls(frozenset(groups), came and bool(groups), frozenset(names))


def _group(bundle: Bundle, etype: str, at: str) -> str:
    """Return which fields belong to one person: those of a row, of an object, or those whose names begin alike."""
    above, _, name = at.rpartition("/")
    if above:
        return above
    flat = (one.pointer.rpartition("/") for one in bundle.protected(etype))
    begins = Counter(each.partition("_")[0] for parent, _, each in flat if not parent and "_" in each)
    first = name.partition("_")[0]
    return first if "_" in name and begins[first] > 1 else ""


def _one(portal: Portal, session: Session, matter: Matter, person: _Person, packed: Packed) -> Told:
    record, bundle = matter.record, matter.bundle
    unit = session.get(Unit, record.unit_id)
    texts = bundle.texts()
    told = Told(
        record.etype,
        record.uid,
        texts(bundle.entity(record.etype).title),
        record.code or "",
        unit.name if unit else "",
    )
    told.facts = list(_facts(session, matter, person, portal.clock.today()))
    cycle = bundle.lifecycle_of(record.etype)
    titles = {one.id: texts(one.title) for one in cycle.stages} if cycle else {}
    told.course = [(_day(record.created_at), "登记")] + [
        (_day(one.at), titles[one.to_stage])
        for one in history(portal, session, record)[::-1]
        if one.to_stage in titles and one.to_stage != one.from_stage
    ]
    papers = PaperReader(portal, session, record)
    told.papers = list(_papers(papers, matter, person))
    own, others = own_files(
        session, matter, papers, came=person.came and bool(person.groups), names=person.names
    )
    told.files = [packed.add(session, matter, file, title) for title, file in own]
    told.others = others if person.came else 0
    told.shown = _shown(portal, session, record)
    return told


def _facts(session: Session, matter: Matter, person: _Person, today: dt.date) -> Iterator[tuple[str, str]]:
    """Yield the facts in words: the person's own in clear, those of others masked, and no text of another party."""
    bundle, etype = matter.bundle, matter.record.etype
    wording, masks = Wording(session, bundle), {one.pointer: one.mask for one in bundle.protected(etype)}
    # Of what is kept from the other side not even the district is told.
    masks |= dict.fromkeys(withheld(bundle, etype, matter.data, today), "text")
    for where, info in bundle.fields(etype).items():
        if info.widget == "file" or (info.widget in _TEXTS and not person.came and where not in masks):
            continue
        for at, value in pointers.found(matter.data, where):
            if is_missing(value):
                continue
            own = where not in masks or _group(bundle, etype, at) in person.groups
            said = wording.said(value if own else mask(masks[where], value), info.type, info, info.taxonomy)
            if not is_nothing(said):
                yield info.label, _text(said)


def _papers(
    papers: PaperReader, matter: Matter, person: _Person
) -> Iterator[tuple[str, list[tuple[str, str]]]]:
    """Yield the papers of a record: what they are; and what they state, where the person came with the matter."""
    bundle, etype = matter.bundle, matter.record.etype
    masks = {one.pointer: one.mask for one in bundle.protected(etype)}
    for paper in papers.all:
        head = " ".join(one for one in (paper.title, paper.row.number, _date(paper.row.issued_on)) if one)
        stated = []
        for one in paper.statement.fields if person.came and not paper.is_void else ():
            where = one.source.removeprefix("/data") if one.source.startswith("/data/") else ""
            kept = one.personal or one.source.startswith("/parties/")
            theirs = where not in masks or _group(bundle, etype, where) in person.groups
            if not one.nothing and not kept and theirs:
                stated.append((one.title, one.text))
        yield head, stated


def _shown(portal: Portal, session: Session, record: Record) -> list[tuple[str, str]]:
    """Return when personal data of a record were shown, and for what."""
    query = select(AuditEntry).where(AuditEntry.object_id == record.uid, AuditEntry.action == DISCLOSE.action)
    found = opened_entries(portal.keys, session, session.scalars(query.order_by(AuditEntry.id).limit(MOST)))
    return [(_day(one.at), one.reason) for one in found]


def _text(said: Any) -> str:
    if isinstance(said, dict):
        return str(said["said"])
    return "、".join(said) if isinstance(said, list) else str(said)


def _day(when: dt.datetime) -> str:
    return _date(when.astimezone(LOCAL).date())


def _date(day: dt.date) -> str:
    return f"{day.year}年{day.month}月{day.day}日"
