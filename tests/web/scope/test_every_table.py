"""Every table: nobody reads a row unless it is declared open, and no person reads rows of another."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

import pytest
from flask_appbuilder import Model
from flask_appbuilder.security.sqla.models import ApiKey
from sqlalchemy import Table, func, insert, select, text
from sqlalchemy.orm import Mapped, Session, aliased, mapped_column

from portal.core.access import Access
from portal.core.errors import Forbidden
from portal.persistence import scope
from portal.persistence.declared import (
    Audited,
    Internal,
    Managed,
    Open,
    Own,
    Unaudited,
    Undeclared,
    declared_of,
)
from portal.persistence.framework import FRAMEWORK
from portal.persistence.models import (
    AccountSecurity,
    BackTest,
    BoardExport,
    Booking,
    CalendarYear,
    Campaign,
    CampaignEvidence,
    CampaignTarget,
    CampaignWave,
    Centre,
    Destruction,
    DestructionItem,
    Disclosure,
    Draft,
    DraftAsset,
    DraftCommand,
    DraftPresence,
    DraftSnapshot,
    DueEffect,
    DueEvent,
    ExportedRecord,
    FieldFill,
    Figure,
    FigureComment,
    Group,
    ImportChunk,
    ImportFile,
    ImportSource,
    ImportToken,
    IndicatorFigure,
    IndicatorKept,
    IndicatorMark,
    IndicatorShare,
    Job,
    JobResult,
    JobWorker,
    LookupAnswer,
    LookupAttempt,
    LookupCode,
    Meeting,
    Notice,
    OutboxMessage,
    PageState,
    PastPassword,
    Record,
    RecordSource,
    RecordTerm,
    RecordText,
    RecordValue,
    RecoveryCode,
    RegisterUser,
    RequestKey,
    RolloutDecision,
    RolloutPlan,
    SavedView,
    SignInAttempt,
    SignInSession,
    SignInStep,
    SourceExport,
    SubjectRequest,
    Unit,
    User,
    Volume,
)
from portal.persistence.scope.conditions import MODELS, TABLES
from portal.services import audit, users
from portal.services.portal import Portal, Work
from tests.web.scope.conftest import Place
from tests.web.scope.town import JINNING, XISHAN

SYSTEM = Access.system("test")
NOW = dt.datetime(2026, 5, 6, 2, tzinfo=dt.UTC)
NOBODY = [pytest.param(Access.nobody(), id="nobody"), pytest.param(None, id="without an access")]
MAPPED = sorted(MODELS)
LINKS = sorted(set(TABLES) - set(MODELS))
OWN = sorted(name for name, one in TABLES.items() if isinstance(one.scope, Own))
INTERNAL = sorted(name for name, one in TABLES.items() if isinstance(one.scope, Internal))
# What anybody may read, with the reason beside its declaration.
OPEN = {"access_stamp": "one number that says that some access changed, and nothing about whose"}


def rows_of_person(user_id: int, record_id: int, name: str) -> Iterator[Any]:
    """Yield a row of each kind that an account may have."""
    day = dt.timedelta(days=1)
    yield AccountSecurity(user_id=user_id, must_change_password=False, last_step=0)
    yield RecoveryCode(user_id=user_id, digest=f"d{user_id}")
    yield PageState(user_id=user_id, page="test", state={"a": name})
    yield SavedView(user_id=user_id, etype="case", name=name, query="sort=code", labels={}, created_at=NOW)
    yield PastPassword(user_id=user_id, password="x")
    yield Notice(user_id=user_id, outbox_id=1, record_uid="", etype="case", event="x", by_name=name, at=NOW)
    yield RequestKey(user_id=user_id, key="test", digest="x", record_uid="", at=NOW)
    yield SignInStep(user_id=user_id, digest=f"d{user_id}", step="code", at=NOW)
    yield SignInSession(
        user_id=user_id,
        digest=f"d{user_id}",
        channel="web",
        created_at=NOW,
        seen_at=NOW,
        expires_at=NOW + day,
    )
    yield Disclosure(user_id=user_id, record_id=record_id, at=NOW, until=NOW + day, reason="reading")
    yield ApiKey(
        uuid=f"u{user_id}",
        name=f"k{user_id}",
        key_hash="x",
        lookup_hash=f"l{user_id}",
        key_prefix="p",
        user_id=user_id,
        active=True,
        created_on=dt.datetime.now(),
    )


def import_rows(uow: Work, record_id: int) -> list[Any]:
    """Store a row in each table of what is taken over from other systems; return those that have entries."""
    unit = uow.session.scalars(select(Unit).where(Unit.code == XISHAN)).one()
    times = {"created_at": NOW, "unit_path": unit.path, "uid": "x"}
    source = ImportSource(unit_id=unit.id, name="x", etype="case", mapping={}, updated_at=NOW, **times)
    uow.add(source)
    uow.session.flush()
    file = ImportFile(source_id=source.id, name="x", sha256="x", state="read", touched_at=NOW, **times)
    uow.add(file)
    uow.session.flush()
    uow.add(ImportChunk(file_id=file.id, n=0, unit_path=unit.path, rows="x"))
    whole = RecordSource(
        record_id=record_id,
        etype="case",
        source_id=source.id,
        file_id=file.id,
        number="x",
        line=1,
        registered_at=NOW,
        taken_at=NOW,
        taken={},
    )
    uow.add(whole)
    user_id = uow.session.scalars(select(User.id)).first() or 0
    token = {"source_id": source.id, "user_id": user_id, "name": "x", "digest": "x", "created_by_name": "x"}
    given = ImportToken(uid="x", unit_path=unit.path, created_at=NOW, expires_at=NOW, **token)
    back = {"source_id": source.id, "by_name": "x", "purpose": "x", "fields": [], "rows": 1, "form": "csv"}
    export = SourceExport(uid="x", unit_path=unit.path, at=NOW, **back)
    uow.add(given, export)
    uow.session.flush()
    uow.add(ExportedRecord(record_id=record_id, etype="case", event_id=1, export_id=export.id))
    uow.session.flush()
    return [source, file, given, export]


def kept_rows(uow: Work, record_id: int) -> list[tuple[Any, str]]:
    """Store a row in each table of volumes, and return those that have entries, with their kinds."""
    unit = uow.session.scalars(select(Unit).where(Unit.code == XISHAN)).one()
    at = {"unit_id": unit.id, "unit_path": unit.path}
    volume = Volume(record_id=record_id, etype="case", placed={}, chosen=False, held=False)
    gone = Destruction(uid="x", number="x", state="done", reason="x", proposed_at=NOW, **at)
    asked = SubjectRequest(uid="x", subject="x", ground="x", proof="x", at=NOW, **at)
    uow.add(volume, gone, asked)
    uow.session.flush()
    day = NOW.date()
    said = {"record_uid": "x", "etype": "case", "state": "destroyed", "counted": {}}
    days = {"archived_on": day, "ends_on": day, "retention": "x", "retention_title": "x"}
    uow.add(DestructionItem(destruction_id=gone.id, n=1, **said, **days, **at))
    uow.session.flush()
    return [(gone, "destruction"), (asked, "subject")]


def draft_rows(uow: Work) -> Draft:
    """Store a row in each table of drafts; return the draft."""
    unit = uow.session.scalars(select(Unit).where(Unit.code == XISHAN)).one()
    user_id = uow.session.scalars(select(User.id)).first() or 0
    times = {"created_at": NOW, "changed_at": NOW, "unit_id": unit.id, "unit_path": unit.path}
    draft = Draft(uid="x", pack="x", name="x", chain=[], state="open", note="", **times)
    uow.add(draft)
    uow.session.flush()
    of = {"draft_uid": "x", "unit_path": unit.path}
    uow.add(DraftCommand(number=1, group_uid="x", kind="do", op="add", path="/x", at=NOW, **of))
    uow.add(DraftSnapshot(position=0, share="{}", **of), DraftAsset(sha256="x", content=b"x", **of))
    uow.add(BackTest(position=0, asked={"last": 1}, at=NOW, job_id=1, **of))
    uow.add(DraftPresence(user_id=user_id, name="x", page="x", at=NOW, **of))
    uow.session.flush()
    return draft


def rollout_rows(uow: Work) -> list[tuple[Any, str]]:
    """Store a row in each table of the roll-out; return those with entries of their own."""
    unit = uow.session.scalars(select(Unit).where(Unit.code == XISHAN)).one()
    at = {"unit_id": unit.id, "unit_path": unit.path}
    version = {"version": "x", "digest": "x"}
    made = {"counts": {}, "impact": [], "bound": {}, "note": "", "made_at": NOW}
    plan = RolloutPlan(uid="x", parent="x", based_on=1, state="open", **version, **made, **at)
    said = {"base": "x", "theirs": "x", "ours": "x", "kind": "defer", "at": NOW}
    decision = RolloutDecision(parent="x", version="x", path="/x", **said, **at)
    days = {"started_on": NOW.date(), "created_at": NOW, "changed_at": NOW, "aim_percent": 1, "aim_days": 1}
    campaign = Campaign(uid="x", pack="x", title="x", state="done", **version, **days, **at)
    uow.add(plan, decision, campaign)
    uow.session.flush()
    of = {"campaign_uid": "x"}
    uow.add(CampaignWave(number=1, starts_on=NOW.date(), gates={}, **of))
    uow.add(CampaignTarget(wave=1, **of, **at))
    uow.add(CampaignEvidence(gate="x", on_day=NOW.date(), at=NOW, **of, **at))
    uow.session.flush()
    return [(plan, "rollout"), (decision, "decision"), (campaign, "campaign")]


def board_rows(uow: Work) -> list[Any]:
    """Store a row in each table of the board; return those whose changes are audited."""
    unit = uow.session.scalars(select(Unit).where(Unit.code == XISHAN)).one()
    place = {"unit_id": unit.id, "unit_path": unit.path}
    said = FigureComment(uid="x", month=202605, indicator="x", text="x", at=NOW, by_name="x", **place)
    days = {"first_on": "2026-05-04", "last_on": "2026-05-10", "cut_off": NOW, "year": 2026, "number": 1}
    meeting = Meeting(uid="x", kind="x", release_id=1, content={}, decisions=[], **days, **place)
    asked = BoardExport(
        uid="x", month="2026-05", span="month", also="", form="csv", purpose="x", state="asked", asked_at=NOW,
        asked_by_name="", decided_by_name="", note="", version=1, **place,
    )  # fmt: skip
    uow.add(said, meeting, asked)
    uow.add(IndicatorMark(record_id=1, at=NOW), IndicatorShare(record_id=1, stands=False, share="{}"))
    uow.add(IndicatorFigure(unit_id=1, axis="", month=0, counts="{}"))
    uow.add(IndicatorKept(digest="x", indicator="x", release_id=1, in_force=False, ready=False))
    uow.session.flush()
    return [said, meeting, asked]


@pytest.fixture(scope="module")
def clerks(place: Place) -> dict[str, int]:
    """Two clerks of different counties, with rows of every kind, and rows in the tables of the system."""
    portal = place.site.portal
    with portal.writing(SYSTEM) as uow:
        found = {unit: place.town.people[f"clerk@{unit}"].id for unit in (XISHAN, JINNING)}
        record_id = uow.session.scalars(select(Record.id)).first()
        assert record_id is not None
        for unit, user_id in found.items():
            own = [*rows_of_person(user_id, record_id, unit)]
            for row in own:
                if isinstance(row, AccountSecurity) and uow.session.get(AccountSecurity, user_id):
                    continue
                uow.add(row)
        uow.add(RecordTerm(record_id=record_id, digest="t"))
        other_id = uow.session.scalars(select(Record.id).where(Record.id != record_id)).first()
        link = {"kind": "series", "from_id": record_id, "to_id": other_id, "by_name": "", "at": NOW}
        uow.session.connection().execute(insert(MODELS["record_link"].__table__).values(link))
        uow.add(RecordText(record_id=record_id, pointer="/t", etype="case", grams="t"))
        uow.add(RecordValue(record_id=record_id, pointer="/t", etype="case", text="t"))
        uow.add(Booking(record_id=record_id, thing="room:1:t", starts_at=NOW, ends_at=NOW))
        unit_id = uow.session.scalars(select(Centre.unit_id)).first()
        release_id = uow.session.scalar(select(Record.release_id)) or 0
        uow.add(FieldFill(unit_id=unit_id, etype="case", pointer="/t", release_id=release_id, changed_at=NOW))
        group = Group(name="g")
        requested = RegisterUser(
            username="n",
            first_name="n",
            last_name="n",
            email="n@x.invalid",
            password="x",
            registration_hash="x",
        )
        uow.add(group, requested)
        job, due = (
            Job(kind="x", run_at=NOW, payload={}),
            DueEvent(kind="x", subject="x", due_at=NOW, payload={}),
        )
        uow.add(job, due, OutboxMessage(at=NOW, topic="x", payload={}))
        cell = {"side": "owned", "etype": "case", "axis": "all", "month": 0, "value": "", "is_open": True}
        uow.add(Figure(unit_id=1, number=1, **cell))
        uow.session.flush()
        said = board_rows(uow)
        uow.add(JobWorker(name="x", started_at=NOW, seen_at=NOW))
        year = CalendarYear(year=2098, state="provisional", days={}, digest="x", changed_at=NOW)
        uow.add(year)
        uow.session.flush()
        imported = import_rows(uow, record_id)
        uow.add(JobResult(job_id=job.id, chunk="x", value=1, at=NOW))
        uow.add(DueEffect(due_id=due.id, effect="x", at=NOW))
        uow.add(SignInAttempt(lock="x", at=NOW))
        uow.add(LookupAttempt(lock="x", at=NOW))
        uow.add(LookupAnswer(unit_id=1, etype="case", month=202605, question="x", answer="x", number=1))
        if uow.session.get(LookupCode, record_id) is None:
            uow.add(LookupCode(record_id=record_id, digest="x", code="x", answered=False))
        uow.session.flush()
        for one in [*uow.session.scalars(select(ApiKey)), group, requested]:
            uow.audit_event("add", kind=one.__tablename__, object_id="x")
            uow.ledger.cover(one)
        for one in said:
            uow.audit_event("add", kind=one.__tablename__, object_id=one.uid)
            uow.ledger.cover(one)
        booked = uow.session.scalars(select(Booking)).one()
        uow.audit_event("edit", kind="case", object_id="x")
        uow.ledger.cover(booked)
        uow.audit_event("import", kind="calendar", object_id="2098")
        uow.ledger.cover(year)
        for one in uow.session.scalars(select(Disclosure)):
            uow.audit_event("unmask", kind="case", object_id="x")
            uow.ledger.cover(one)
        for one in imported:
            uow.audit_event("upload", kind="import", object_id="x")
            uow.ledger.cover(one)
        uow.audit_event("open_draft", kind="draft", object_id="x")
        uow.ledger.cover(draft_rows(uow))
        for one, kind in (*kept_rows(uow, record_id), *rollout_rows(uow)):
            uow.audit_event("edit", kind=kind, object_id="x")
            uow.ledger.cover(one)
        tied = {
            "ab_user_group": {"user_id": found[XISHAN], "group_id": group.id},
            "ab_group_role": {"group_id": group.id, "role_id": 1},
        }
        for name, values in tied.items():
            uow.session.execute(insert(Model.metadata.tables[name]), values)
        uow.commit()
    audit.seal(portal)
    return found


def reading(portal: Portal, access: Access | None) -> Any:
    """Return a session with an access, or with none at all."""
    return portal.database.readers() if access is None else portal.reading(access)


def key_of(model: Any) -> list[Any]:
    """Return the attributes of the primary key."""
    mapper = model.__mapper__
    return [mapper.get_property_by_column(column).class_attribute for column in mapper.primary_key]


def forms_of(session: Session, model: Any) -> Iterator[Any]:
    """Yield what different forms of a query read of a table; nothing where they read nothing."""
    yield from session.scalars(select(model).limit(5))
    yield from session.execute(select(*key_of(model)).limit(5))
    yield from session.scalars(select(aliased(model)).limit(5))
    counted = session.scalar(select(func.count()).select_from(model))
    yield from [counted] if counted else []


@pytest.mark.parametrize("name", MAPPED)
@pytest.mark.parametrize("access", NOBODY)
def test_nobody_reads_a_row(place: Place, clerks: dict[str, int], access: Access | None, name: str) -> None:
    portal, model = place.site.portal, MODELS[name]
    with portal.reading(SYSTEM) as session:
        there = bool([*forms_of(session, model)])
        key = session.execute(select(*key_of(model))).first()
    with reading(portal, access) as session:
        read = [*forms_of(session, model)]
        if key is not None and session.get(model, tuple(key)) is not None:
            read.append(key)
    if name in OPEN:
        assert read
    else:
        assert read == []
    # A table without rows would prove nothing; these have none in the town.
    assert there == (name not in EMPTY)


EMPTY = frozenset[str]({"ab_permission", "ab_view_menu", "ab_permission_view"})


@pytest.mark.parametrize("name", [*MAPPED, *LINKS])
@pytest.mark.parametrize("access", NOBODY)
def test_nobody_reads_past_the_classes(place: Place, access: Access | None, name: str) -> None:
    table: Table = Model.metadata.tables[name]
    statements = [select(table), select(func.count()).select_from(table), select(text(f"* FROM {name}"))]
    with reading(place.site.portal, access) as session:
        for statement in statements[2:] if name in OPEN else statements:
            with pytest.raises(Forbidden):
                session.execute(statement)


def test_what_is_open_says_why() -> None:
    found = {name: one.scope.reason for name, one in TABLES.items() if isinstance(one.scope, Open)}
    assert found == OPEN
    for one in TABLES.values():
        if isinstance(one.scope, Internal):
            assert one.scope.reason
        if isinstance(one.audit, Unaudited):
            assert one.audit.reason


@pytest.mark.parametrize("name", OWN)
def test_a_clerk_reads_only_own_rows(place: Place, clerks: dict[str, int], name: str) -> None:
    portal, model = place.site.portal, MODELS[name]
    declared = TABLES[name].scope
    assert isinstance(declared, Own)
    mine = users.access_of(portal, clerks[XISHAN])
    assert mine.grants
    assert not mine.can("user", "list")
    column = getattr(model, declared.column)
    with portal.reading(SYSTEM) as session:
        owners = set(session.scalars(select(column)))
        foreign = session.execute(select(*key_of(model)).where(column == clerks[JINNING])).first()
    assert {clerks[XISHAN], clerks[JINNING]} <= owners
    with portal.reading(mine) as session:
        assert set(session.scalars(select(column))) == {clerks[XISHAN]}
        assert foreign is not None
        assert session.get(model, tuple(foreign)) is None


@pytest.mark.parametrize("name", INTERNAL)
def test_a_clerk_reads_nothing_internal(place: Place, clerks: dict[str, int], name: str) -> None:
    with place.site.portal.reading(users.access_of(place.site.portal, clerks[XISHAN])) as session:
        assert [*forms_of(session, MODELS[name])] == []


@pytest.mark.parametrize("name", [*MAPPED, *LINKS])
def test_a_clerk_reads_nothing_past_the_classes(place: Place, clerks: dict[str, int], name: str) -> None:
    table = Model.metadata.tables[name]
    with place.site.portal.reading(users.access_of(place.site.portal, clerks[XISHAN])) as session:
        for statement in [select(text(f"* FROM {name}"))] + ([] if name in OPEN else [select(table)]):
            with pytest.raises(Forbidden):
                session.execute(statement)


def test_own_rows_are_read_by_naming_oneself(place: Place, clerks: dict[str, int]) -> None:
    portal = place.site.portal
    from portal.services.records.finding.page_state import load_state

    for access, user_id, state in (
        (users.access_of(portal, clerks[XISHAN]), clerks[XISHAN], {"a": XISHAN}),
        (users.access_of(portal, clerks[XISHAN]), clerks[JINNING], None),
        (Access.nobody(), clerks[XISHAN], None),
    ):
        with portal.reading(access) as session:
            if state is None:
                with pytest.raises(Forbidden):
                    load_state(session, user_id, "test")
            else:
                assert load_state(session, user_id, "test") == state


def test_a_door_leads_to_no_record(place: Place) -> None:
    with place.site.portal.reading(Access.nobody()) as session, pytest.raises(Forbidden):
        session.execute(scope.door(select(Record.id), "test"))


def test_foreign_rows_of_accounts_are_not_written(place: Place, clerks: dict[str, int]) -> None:
    portal = place.site.portal
    mine = users.access_of(portal, clerks[XISHAN])
    for row in (
        PageState(user_id=clerks[JINNING], page="other", state={}),
        SignInSession(
            user_id=clerks[JINNING], digest="o", channel="web", created_at=NOW, seen_at=NOW, expires_at=NOW
        ),
    ):
        with portal.writing(mine) as uow:
            uow.add(row)
            with pytest.raises(Forbidden):
                uow.session.flush()


def test_every_model_declares_itself() -> None:
    for name, model in MODELS.items():
        assert name in FRAMEWORK or declared_of(model) is not None
    assert set(TABLES) == set(Model.metadata.tables)


@pytest.mark.parametrize(
    "said",
    [
        {},
        {"__scope__": Managed("unit")},
        {"__audit__": Audited("unit")},
        {"__scope__": "all", "__audit__": Audited("unit")},
    ],
)
def test_a_model_that_says_nothing_is_refused_when_it_is_imported(said: dict[str, Any]) -> None:
    body = {
        "__module__": __name__,
        "__tablename__": "undeclared_thing",
        "__annotations__": {"id": Mapped[int]},
        "id": mapped_column(primary_key=True),
    }
    with pytest.raises(Undeclared):
        type("UndeclaredThing", (Model,), body | said)
    assert "undeclared_thing" not in Model.metadata.tables
