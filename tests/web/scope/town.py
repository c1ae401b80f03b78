"""A city with sibling counties in which every record, file, referral and account carries a mark of its own.

Who may see which mark is worked out here from the roles as the packs write them and from the tree by parent and
child, without any code of the portal that decides about access.
"""

from __future__ import annotations

import datetime as dt
import io
import json
import re
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from sqlalchemy import select
from werkzeug.security import generate_password_hash

from portal.adapters.clock import FixedClock
from portal.core.access import Access, Origin
from portal.core.acts import REGISTER
from portal.core.tasks import BY_PERSON, CENTRE
from portal.persistence.models import Attachment, Record, Referral, Unit, User
from portal.services import releases, units, users
from portal.services.portal import Portal, Work
from portal.services.reach.keeping import renew_reach
from portal.services.records.acts.performing import perform
from portal.services.records.entering.registering import Entry, Place, new_record, number
from portal.services.records.handling.tasks.owners import Place as OwnerPlace
from portal.services.records.handling.tasks.record_tasks import RecordTasks
from portal.services.records.papers.issuing import issue, types_of
from portal.services.records.papers.stating import Stating
from portal.services.records.proposing.deciding import decide
from tests.web.records.seeded_site import KEYS, PASSWORD, TODAY

ROLES: dict[str, dict[str, Any]] = json.loads(
    (Path(__file__).parents[3] / "seed" / "base" / "roles.json").read_text(encoding="utf-8")
)
ADMIN = "Admin"
# Unit -> the unit above it.
TREE = {
    "530100": None,
    "530112": "530100",
    "530112001": "530112",
    "530112002": "530112",
    "530112:people_mediation": "530112",
    "530115": "530100",
    "530115001": "530115",
    "530102": "530100",
}
CITY, XISHAN, TOWNSHIP, DEPARTMENT = "530100", "530112", "530112001", "530112:people_mediation"
JINNING, WUHUA = "530115", "530102"
ETYPES = ("case", "party", "visit", "consultation", "department", "mediator")
HASH = generate_password_hash(PASSWORD, "pbkdf2:sha256:1")
# A mark never lies within another one, and survives in addresses, headers, JSON and HTML alike.
MARK = re.compile(r"zq\d{4}[a-z]{2}x")
CASE_DATA = {
    "channel": "walk_in",
    "applicant_name": "某",
    "dispute_type": "D0301",
    "place": "530112001",
    "summary": "房屋买卖合同纠纷",
    "claim": "退还定金",
    "willing": "yes",
    "lower_tried": False,
}
KINDS = {"record": "re", "referral": "fe", "user": "us"}


@dataclass(frozen=True)
class Thing:
    """A planted record: where it lies, and the marks of what belongs to it."""

    mark: str
    etype: str
    unit: str
    uid: str
    id: int = 0
    handler: str | None = None
    parent: str | None = None
    asked: tuple[str, ...] = ()
    referrals: tuple[str, ...] = ()
    attachment: str = ""
    open: bool = True


@dataclass(frozen=True)
class Person:
    """An account with roles at units."""

    name: str
    roles: tuple[tuple[str, str], ...]
    mark: str
    id: int = 0

    def may(self, entity: str, action: str, *places: str | None) -> bool:
        """Return whether a role of the person allows something at one of the places."""
        return any(
            allows(role, entity, action) and any(inside(place, unit) for place in places if place)
            for role, unit in self.roles
        )

    def can(self, entity: str, action: str) -> bool:
        """Return whether a role of the person allows something anywhere."""
        return any(allows(role, entity, action) for role, _unit in self.roles)

    def lists(self, thing: Thing) -> bool:
        """Return whether the person finds the record in a list."""
        return self.may(thing.etype, "list", thing.unit, thing.handler, *thing.asked)

    def shows(self, thing: Thing) -> bool:
        """Return whether the person may open the record."""
        return self.may(thing.etype, "show", thing.unit, thing.handler, *thing.asked)


@dataclass
class Town:
    """What was planted, on one database."""

    things: list[Thing] = field(default_factory=list)
    people: dict[str, Person] = field(default_factory=dict)
    # Referral's mark -> its sender's and its receiver's unit, and the record's mark.
    referrals: dict[str, tuple[str, str, str]] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)

    def of(self, etype: str, unit: str) -> Thing:
        """Return the first record of a type at a unit."""
        return next(thing for thing in self.things if (thing.etype, thing.unit) == (etype, unit))

    def listed(self, person: Person, etype: str) -> set[str]:
        """Return the marks of the records of a type that the person's list holds."""
        return {thing.mark for thing in self.things if thing.etype == etype and person.lists(thing)}

    def shown(self, person: Person) -> set[str]:
        """Return the marks of the records that the person may open, files included."""
        return {thing.mark for thing in self.things if person.shows(thing)}

    def referred(self, person: Person) -> set[str]:
        """Return the marks of referrals: seen by sender, receiver, and whoever may open the record."""
        shown = self.shown(person)
        return {
            mark
            for mark, (sender, receiver, record) in self.referrals.items()
            if record in shown or person.may("case", "show", sender, receiver)
        }

    def accounts(self, person: Person) -> set[str]:
        """Return the marks of the accounts in the person's list of users, the own one included."""
        return {person.mark} | {
            other.mark
            for other in self.people.values()
            if any(person.may("user", "list", unit) for _role, unit in other.roles)
        }

    def visible(self, person: Person) -> set[str]:
        """Return every mark that any page may show to the person, but for the audit log."""
        listed = {mark for etype in ETYPES for mark in self.listed(person, etype)}
        seen = self.shown(person) | self.referred(person) | self.accounts(person)
        return listed | seen | self.colleagues(person)

    def colleagues(self, person: Person) -> set[str]:
        """Return the marks of those to whom the person may give a task: who takes steps where a record lies."""
        return {
            other.mark
            for thing in self.things
            if person.may(thing.etype, "transition", thing.unit, thing.handler, *thing.asked)
            for other in self.people.values()
            if any(
                allows(role, thing.etype, "transition") and self._deals(thing, unit)
                for role, unit in other.roles
            )
        }

    def _deals(self, thing: Thing, unit: str) -> bool:
        """Return whether a unit deals with a record, or lies between its owner and the centre."""
        line = [thing.unit]
        while line[-1] not in (XISHAN, JINNING, WUHUA, CITY):
            line.append(TREE[line[-1]] or CITY)
        return unit in (*line, thing.handler, *thing.asked)

    def audited(self, person: Person) -> set[str]:
        """Return the marks of what the log may tell an auditor about: records and referrals below own units."""
        records = {thing.mark for thing in self.things if person.may("audit", "list", thing.unit)}
        below = {
            mark
            for mark, (sender, _to, _record) in self.referrals.items()
            if person.may("audit", "list", sender)
        }
        return records | below


def inside(place: str, unit: str) -> bool:
    """Return whether a place is a unit or lies below it."""
    above: str | None = place
    while above is not None:
        if above == unit:
            return True
        above = TREE[above]
    return False


@cache
def allows(role: str, entity: str, action: str) -> bool:
    """Return whether a role, as the packs write it, allows an action."""
    return role == ADMIN or action in ROLES[role]["grants"].get(entity, ())


def text_of(answer: Any) -> str:
    """Return what an answer says: its text, or that of all parts of a file that is an archive.

    A PDF is made from such a file, which is asked for as well.
    """
    content: bytes = answer.get_data()
    if content.startswith(b"%PDF"):
        return ""
    if not content.startswith(b"PK"):
        return content.decode()
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return "\n".join(archive.read(name).decode(errors="replace") for name in archive.namelist())


def marks_in(text: str) -> set[str]:
    """Return the marks in a text."""
    return set(MARK.findall(text))


def fill_town(url: str) -> None:
    """Plant everything in a database that holds packs."""
    portal = Portal.from_url(url, FixedClock.on(TODAY), KEYS)
    with portal.writing(Access.system("test"), Origin()) as uow:
        made = Planting(portal, uow)
        made.records()
        made.people()
        uow.commit()
    portal.database.dispose()


def read_town(portal: Portal) -> Town:
    """Return what was planted, as it lies in a database."""
    town = Town()
    with portal.reading(Access.system("test")) as session:
        town.names = {unit.code: unit.name for unit in session.scalars(select(Unit))}
        codes = {unit.id: unit.code for unit in session.scalars(select(Unit))}
        referrals = list(session.scalars(select(Referral)))
        files = {file.record_id: file.uid for file in session.scalars(select(Attachment))}
        marks = {record.id: marks_in(record.uid) for record in session.scalars(select(Record))}
        for record in session.scalars(select(Record).order_by(Record.id)):
            own = [one for one in referrals if one.record_id == record.id]
            asked = [codes[one.to_unit_id] for one in own if one.status in ("sent", "accepted")]
            town.things.append(
                Thing(
                    *marks[record.id],
                    record.etype,
                    codes[record.unit_id],
                    record.uid,
                    record.id,
                    codes[record.handler_unit_id] if record.handler_unit_id else None,
                    next(iter(marks[record.parent_id])) if record.parent_id else None,
                    tuple(asked),
                    tuple(one.uid for one in own),
                    files.get(record.id, ""),
                    record.is_open,
                )
            )
            for one in own:
                [mark] = marks_in(one.uid)
                sides = codes[one.from_unit_id], codes[one.to_unit_id]
                town.referrals[mark] = (*sides, *marks[record.id])
        for user in session.scalars(select(User).where(User.username.like("zq%"))):
            held = users.assignments(session, user_id=user.id)
            roles = tuple((one.role, one.unit_code) for one in held)
            name = f"{roles[0][0]}@{roles[0][1]}" if roles else user.username
            town.people[name] = Person(user.username, roles, *marks_in(user.username), id=user.id)
    return town


def roles_and_units() -> Iterator[tuple[str, str]]:
    """Yield each role at several units: all units with each kind of role, not every pair."""
    places = (XISHAN, TOWNSHIP, JINNING, CITY, DEPARTMENT)
    for n, role in enumerate(ROLES):
        yield from ((role, places[k % len(places)]) for k in (0, n, n + 2, 3))
    yield from ((role, place) for role in ("clerk", "director", "handler") for place in places)
    yield from ((ADMIN, place) for place in (XISHAN, JINNING, CITY))


class Planting:
    """Plants marked things; ``first`` is the number of the first mark."""

    def __init__(self, portal: Portal, uow: Work, first: int = 1) -> None:
        self.portal = portal
        self.uow = uow
        self.count = first - 1

    def mark(self, kind: str) -> str:
        self.count += 1
        return f"zq{self.count:04d}{KINDS[kind]}x"

    def people(self) -> None:
        for role, place in dict.fromkeys(roles_and_units()):
            mark = self.mark("user")
            user = users.create(self.uow, mark, HASH, mark, "某", hashed=True)
            users.assign(self.uow, user.id, role, place, audited=False)

    def records(self) -> None:
        for unit in TREE:
            for etype in ETYPES:
                if etype == "party":
                    continue
                record = self.record(etype, unit)
                if etype == "case":
                    self.record("party", unit, record)
        handed = self.record("case", XISHAN, handler=DEPARTMENT)
        self.referral(handed, XISHAN, DEPARTMENT, "accepted")
        self.record("party", XISHAN, handed, handler=DEPARTMENT)
        # Another county asks a department of Xishan for help; one did so before, and got an answer.
        for status in ("sent", "done"):
            self.referral(self.record("case", JINNING), JINNING, DEPARTMENT, status)
        self.referral(self.record("case", JINNING), JINNING, "530115001", "done")

    def record(
        self, etype: str, code: str, parent: Record | None = None, handler: str | None = None
    ) -> Record:
        uow, mark = self.uow, self.mark("record")
        home = units.by_code(uow.session, code)
        centre, bundle = releases.for_centre(self.portal, uow.session, home)
        place = Place(home, centre, bundle, parent)
        uid = f"{mark}{code.partition(':')[0]:0>12}"
        record = new_record(
            self.portal.keys, Entry(uow.now, None, mark), place, etype, _data(etype, mark), uid
        )
        if handler is not None:
            unit = units.by_code(uow.session, handler)
            record.handler_unit_id, record.handler_path = unit.id, unit.path
        with perform(uow, REGISTER, record) as act:
            uow.add(record)
            uow.session.flush()
            decide(uow, record, bundle, centre, "register")
            number(uow, place, record)
            uow.add(_file(uow, record, mark))
            act.history(to_stage=record.stage, unit_id=home.id, reason=mark)
            act.audit(after={"title": record.title, "data": record.data}, reason=mark)
            if parent is None:
                place_of = OwnerPlace(CENTRE, home)
                RecordTasks(act).make("", mark, place_of, BY_PERSON)
            if etype == "case":
                paper = types_of(bundle)["W02"]
                issue(act, paper, Stating(uow.portal, uow.session, record).statement(paper, {}))
        if etype == "case":
            # Some have no due date, some are due today, some were yesterday, whatever their periods say.
            record.due_on = (None, TODAY, TODAY - dt.timedelta(days=1))[self.count // 6 % 3]
            uow.session.flush()
            renew_reach(uow.session, record)
        return record

    def referral(self, record: Record, sender: str, receiver: str, status: str) -> None:
        uow, mark = self.uow, self.mark("referral")
        here, there = units.by_code(uow.session, sender), units.by_code(uow.session, receiver)
        made = Referral(
            uid=f"{mark}00000000",
            record=record,
            etype="case",
            from_unit_id=here.id,
            from_path=here.path,
            to_unit_id=there.id,
            to_path=there.path,
            lead=record.handler_path is not None,
            status=status,
            reason=mark,
            created_at=uow.now,
            created_by_name="某",
            version=1,
        )
        uow.add(made)
        uow.session.flush()
        renew_reach(uow.session, record)
        # The record's own entry covers the referral too: both are written by one transaction.
        uow.audit_event("dispose", kind="case", object_id=record.uid, unit_path=here.path, reason=mark)


def _file(uow: Work, record: Record, mark: str) -> Attachment:
    content = f"file {mark}".encode()
    return Attachment(
        uid=f"{mark}file",
        record=record,
        name=f"{mark}.txt",
        media_type="text/plain",
        size=len(content),
        sha256="0" * 64,
        content=content,
        created_at=uow.now,
        created_by=None,
    )


def _data(etype: str, mark: str) -> Mapping[str, Any]:
    """Return valid data of a type with its mark in every text that may be long enough."""
    given: dict[str, dict[str, Any]] = {
        "case": {
            "channel": "walk_in",
            "applicant_name": mark,
            "applicant_phone": "13800000000",
            "dispute_type": "D0301",
            "summary": f"纠纷 {mark}",
            "claim": f"请求 {mark}",
            "willing": "yes",
            "lower_tried": False,
            "amount": 20000,
        },
        "party": {"role": "applicant", "kind": "person", "name": mark, "opinion": f"意见 {mark}"},
        "visit": {
            "visited_on": "2026-05-06",
            "visitor_name": mark,
            "purpose": "dispute",
            "summary": f"来访 {mark}",
        },
        "consultation": {"asked_on": "2026-05-06", "way": "window", "question": f"咨询 {mark}"},
        "department": {"name": mark, "kind": "department", "mode": "resident", "duties": f"职责 {mark}"},
        "mediator": {"name": mark, "kind": "people", "introduction": f"简介 {mark}"},
    }
    return given[etype]
