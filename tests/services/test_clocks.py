"""Clocks follow what happens to a record, in the same act: the shipped periods on both databases."""

from __future__ import annotations

import datetime as dt
import json
import shutil
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event, select

from portal.adapters.clock import FixedClock
from portal.adapters.pack_files import default_library
from portal.core.access import Access
from portal.core.deadlines import due
from portal.core.errors import Conflict, Forbidden, InvalidInput
from portal.core.events import Arising, Happening, events
from portal.core.packs import MemoryLibrary, resolve
from portal.core.packs.years import CalendarYear
from portal.persistence.models import AuditEntry, Clock, Record, Referral
from portal.services import records, releases
from portal.services.bundles import Bundle
from portal.services.calendars import calendar_of
from portal.services.jobs import queue
from portal.services.jobs.running import JobRun, run_claim
from portal.services.portal import Portal
from portal.services.records import Override
from portal.services.records.acts.loading import bundle_of
from portal.services.records.handling.clocks import by_steps
from portal.services.records.handling.clocks.running import RecordClocks
from portal.services.records.handling.clocks.working_out import settle
from portal.services.releases.years import import_year
from tests.fixtures.database import BOTH, KEYS, TODAY, PostgresqlServer, access_for

XISHAN = "530112"
DAY = dt.date(2026, 5, 6)  # a Wednesday; Saturday the 9th is worked
CASE = {
    "channel": "hotline_12345",
    "applicant_kind": "person",
    "applicant_name": "王某丁",
    "applicant_phone": "19900001002",
    "respondents": [{"kind": "organisation", "name": "某物业服务公司"}],
    "dispute_type": "D0304",
    "place": "530112002",
    "summary": "小区电梯长期故障，业主拒交物业费，物业公司催收引发纠纷。",
    "claim": "修复电梯并减免部分物业费。",
    "amount": 4200,
    "lower_tried": False,
    "estate": "某花园小区",
    "property_company": "某物业服务公司",
    "households": 32,
    "people_count": 3,
    "willing": "yes",
    "respondent_willing": "yes",
}
SYSTEM = Access.system("test")


@pytest.fixture(params=BOTH)
def shipped(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Portal]:
    """A portal with the shipped packs, on a Wednesday."""
    server: PostgresqlServer | None = None
    if request.param == "sqlite":
        path = tmp_path / "filled.db"
        shutil.copy(request.getfixturevalue("filled_sqlite"), path)
        url = f"sqlite:///{path}"
    else:
        server = request.getfixturevalue("postgresql_server")
        assert server is not None
        url = server.copy(request.getfixturevalue("filled_postgresql"))
    portal = Portal.from_url(url, FixedClock.on(TODAY), KEYS)
    yield portal
    portal.database.dispose()
    if server is not None:
        server.drop(url)


class Walk:
    """One case and the people who deal with it, day by day."""

    def __init__(self, portal: Portal) -> None:
        self.portal = portal
        self.clerk = access_for(portal, "clerk", XISHAN, 1)
        self.director = access_for(portal, "director", XISHAN, 2)
        self.uid = self._do(
            DAY, self.clerk, lambda uow: records.register(uow, "case", XISHAN, CASE)
        ).record.uid

    def _do(self, day: dt.date, who: Access, act: Callable[[Any], Any]) -> Any:
        with self.portal.at(FixedClock.on(day)).writing(who) as uow:
            done = act(uow)
            uow.commit()
        return done

    @property
    def record(self) -> Record:
        with self.portal.reading(SYSTEM) as session:
            return records.get(session, "case", self.uid)

    def clocks(self) -> dict[str, tuple[str, dt.date | None]]:
        """Return standing and day of each clock by its period; the one of the referral as ``referral``."""
        with self.portal.reading(SYSTEM) as session:
            rows = session.scalars(select(Clock).order_by(Clock.n))
            return {
                "referral" if row.referral_id else ":".join(filter(None, (row.deadline, row.variant))): (
                    row.state,
                    row.due_on,
                )
                for row in rows
            }

    def record_event(self, name: str, day: dt.date, told: dt.date | None = None, **more: Any) -> Record:
        """Record an event that happened on ``day``, on the day ``told``."""
        version = self.record.version

        def act(uow: Any) -> Record:
            return records.record_event(uow, self.uid, name, day, version=version, **more)

        return self._do(told or day, self.director, act)

    def dispose(self, day: dt.date, deadline: str = "T45", route: str = "R01") -> Referral:
        version, override = (
            self.record.version,
            Override({"department": "people_mediation"}, route, "", deadline),
        )

        def act(uow: Any) -> Referral:
            return records.dispose(uow, self.uid, version=version, override=override, reason="试")

        return self._do(day, self.director, act)

    def answer(self, day: dt.date, referral: Referral, name: str, reason: str = "") -> None:
        handler = access_for(self.portal, "handler", f"{XISHAN}:people_mediation", 3)
        who = self.director if name == "revoke" else handler
        self._do(day, who, lambda uow: records.referral(uow, referral.uid, name, reason=reason))


@pytest.fixture
def walk(shipped: Portal) -> Walk:
    return Walk(shipped)


def day(text: str) -> dt.date:
    return dt.date.fromisoformat(f"2026-{text}")


def test_the_day_of_a_case_is_right_at_each_step(walk: Walk) -> None:
    assert walk.clocks() == {"T48": ("running", day("05-06")), "T49": ("running", day("05-07"))}
    assert walk.record.due_on == day("05-06")

    walk.record_event("notice_given", day("05-06"))
    assert walk.clocks()["T48"] == ("in_time", day("05-06"))
    assert walk.record.due_on == day("05-07")

    lead = walk.dispose(day("05-07"))
    clocks = walk.clocks()
    assert clocks["T49"] == ("in_time", day("05-07"))
    assert clocks["T50"] == ("running", day("05-08"))
    assert clocks["T51"] == ("running", day("05-09"))
    # 30 days after the 7th is Saturday the 6th of June.
    assert clocks["referral"] == ("running", day("06-08"))
    assert walk.record.due_on == day("05-08")
    assert "T45" not in clocks

    walk.answer(day("05-11"), lead, "accept")
    clocks = walk.clocks()
    assert clocks["T50"] == ("late", day("05-08"))
    assert clocks["T45"] == ("running", day("06-10"))
    assert "T37:medical" not in clocks
    assert walk.record.due_on == day("06-08")

    walk.record_event("mediation_ended", day("06-01"))
    assert walk.clocks()["T45"] == ("in_time", day("06-10"))
    walk.answer(day("06-02"), lead, "done", "达成协议")
    assert walk.clocks()["referral"] == ("in_time", day("06-08"))
    assert walk.record.due_on is None


def test_a_returned_referral_stops_its_clock_and_what_is_sent_anew_begins_anew(walk: Walk) -> None:
    first = walk.dispose(day("05-07"))
    walk.answer(day("05-08"), first, "return", "不属本单位")
    assert walk.clocks()["referral"][0] == "stopped"
    assert walk.clocks()["T50"] == ("in_time", day("05-08"))
    walk.dispose(day("05-12"))
    with walk.portal.reading(SYSTEM) as session:
        rows = list(session.scalars(select(Clock).where(Clock.deadline == "T50").order_by(Clock.n)))
    assert [(row.state, row.due_on) for row in rows] == [("in_time", day("05-08")), ("running", day("05-13"))]


def test_an_appraisal_stops_the_clock_of_mediation_and_of_its_referral(walk: Walk) -> None:
    walk.record_event("notice_given", day("05-06"))
    lead = walk.dispose(day("05-07"))
    walk.answer(day("05-07"), lead, "accept")
    walk.record_event("appraisal_commissioned", day("05-12"))
    clocks = walk.clocks()
    assert clocks["T45"] == ("paused", None)
    assert clocks["referral"] == ("paused", None)
    assert walk.record.due_on is None
    walk.record_event("appraisal_received", day("05-22"))
    # Ten days more: the 16th of June, a Tuesday.
    assert walk.clocks()["T45"] == ("running", day("06-16"))
    assert walk.record.due_on == day("06-16")
    with walk.portal.reading(SYSTEM) as session:
        assert session.scalars(select(Referral)).one().due_on == day("06-16")


def test_an_event_that_is_recorded_again_corrects_the_day(walk: Walk) -> None:
    walk.record_event("award_received", day("06-01"), told=day("06-10"))
    assert walk.clocks()["T18"] == ("running", day("06-16"))
    # A person corrects it, to a later and to an earlier day.
    walk.record_event("award_received", day("06-03"), told=day("06-10"))
    assert walk.clocks()["T18"] == ("running", day("06-18"))
    walk.record_event("award_received", day("06-02"), told=day("06-10"))
    assert walk.clocks()["T18"] == ("running", day("06-17"))
    walk.record_event("suit_filed", day("06-18"), told=day("06-20"))
    assert walk.clocks()["T18"] == ("late", day("06-17"))
    walk.record_event("suit_filed", day("06-17"), told=day("06-20"))
    assert walk.clocks()["T18"] == ("in_time", day("06-17"))
    walk.record_event("award_received", day("06-01"), told=day("06-20"))
    assert walk.clocks()["T18"] == ("late", day("06-16"))


def test_events_count_by_their_days_and_not_by_the_order_in_which_they_are_told(walk: Walk) -> None:
    walk.record_event("suit_filed", day("06-10"), told=day("06-20"))
    assert "T18" not in walk.clocks()
    walk.record_event("award_received", day("06-01"), told=day("06-21"))
    assert walk.clocks()["T18"] == ("in_time", day("06-16"))


def test_what_did_not_happen_yet_can_not_be_recorded_and_a_length_has_to_be_picked(walk: Walk) -> None:
    with pytest.raises(InvalidInput) as refused:
        walk.record_event("award_received", day("06-10"), told=day("06-09"))
    assert [one.pointer for one in refused.value.problems] == ["/day"]
    with pytest.raises(InvalidInput) as refused:
        walk.record_event("mediation_materials_received", day("06-01"))
    assert [one.pointer for one in refused.value.problems] == ["/variants/T12"]
    walk.record_event("mediation_materials_received", day("06-01"), variants={"T12": "simple"})
    assert walk.clocks()["T12:simple"] == ("running", day("06-08"))
    assert walk.clocks()["T11"] == ("running", day("07-01"))


def _change(walk: Walk, who: Access, on: dt.date, data: Mapping[str, Any]) -> None:
    def act(uow: Any) -> None:
        record = records.get(uow.session, "case", walk.uid)
        records.change(uow, walk.uid, {**record.data, **data}, record.version)

    walk._do(on, who, act)


def test_a_day_in_the_data_starts_a_party_s_period_and_only_a_person_brings_it_forward(walk: Walk) -> None:
    def start(who: Access, on: str) -> None:
        def act(uow: Any) -> None:
            record = records.get(uow.session, "case", walk.uid)
            record.data = {**record.data, "agreement_on": on}
            settle(uow, record, bundle_of(uow, record), [])
            uow.audit("edit", record, kind="case", object_id=record.uid)

        walk._do(day("06-10"), who, act)

    def party() -> tuple[str, dt.date | None, dt.date | None]:
        with walk.portal.reading(SYSTEM) as session:
            row = session.scalars(select(Clock).where(Clock.deadline == "T09")).one()
            return row.whose, row.due_on, row.earlier_on

    start(walk.director, "2026-06-01")
    assert party() == ("party", day("07-01"), None)
    start(SYSTEM, "2026-05-20")
    assert party() == ("party", day("07-01"), day("06-22"))
    start(walk.director, "2026-05-21")
    assert party() == ("party", day("06-22"), None)
    # The day of the case is none of a party's.
    assert walk.record.due_on == day("05-06")


def test_closing_stops_the_duties_of_a_case_and_starts_its_own(walk: Walk) -> None:
    lead = walk.dispose(day("05-07"))
    walk.answer(day("05-07"), lead, "accept")
    walk.record_event("award_received", day("05-08"))

    def close(uow: Any) -> None:
        record = records.get(uow.session, "case", walk.uid)
        record.stage, record.stage_since = "closed", uow.now
        settle(uow, record, bundle_of(uow, record), [Happening("enter", "closed")], entered="closed")
        uow.audit("transition", record, kind="case", object_id=record.uid)

    walk._do(day("05-11"), walk.director, close)
    clocks = walk.clocks()
    assert clocks["T45"][0] == clocks["referral"][0] == clocks["T48"][0] == "stopped"
    assert clocks["T18"][0] == "running"
    assert clocks["T52:other"] == clocks["T53"] == ("running", day("06-10"))
    assert walk.record.due_on == day("06-10")

    def reopen(uow: Any) -> None:
        record = records.get(uow.session, "case", walk.uid)
        record.stage, record.stage_since = "mediate", uow.now
        settle(uow, record, bundle_of(uow, record), [Happening("leave", "closed")], left="closed")
        uow.audit("transition", record, kind="case", object_id=record.uid)

    walk._do(day("05-12"), walk.director, reopen)
    assert walk.clocks()["T52:other"][0] == walk.clocks()["T53"][0] == "stopped"
    assert walk.record.due_on is None


def test_effects_of_steps_start_stop_resume_extend_and_end_periods(walk: Walk) -> None:
    def effect(on: dt.date, run: Callable[..., None], *more: Any) -> tuple[str, dt.date | None]:
        def act(uow: Any) -> None:
            record = records.get(uow.session, "case", walk.uid)
            run(uow, record, bundle_of(uow, record), "T04", *more)
            uow.audit("edit", record, kind="case", object_id=record.uid)

        walk._do(on, walk.director, act)
        return walk.clocks()["T04"]

    assert effect(day("06-01"), by_steps.start_deadline) == ("running", day("07-31"))
    assert effect(day("06-10"), by_steps.pause_deadline) == ("paused", None)
    assert effect(day("06-15"), by_steps.resume_deadline) == ("running", day("08-05"))
    assert effect(day("06-16"), by_steps.extend_deadline) == ("running", day("09-04"))
    assert effect(day("06-16"), by_steps.extend_deadline, 3, "calendar_day") == ("running", day("09-07"))
    assert effect(day("09-08"), by_steps.end_deadline) == ("late", day("09-07"))


def test_registering_writes_all_clocks_with_one_statement_and_the_record_once(shipped: Portal) -> None:
    said: list[str] = []

    def note(_conn: Any, _cursor: Any, statement: str, *_: Any) -> None:
        said.append(" ".join(statement.lower().split()))

    event.listen(shipped.database.engine, "before_cursor_execute", note)
    Walk(shipped)
    event.remove(shipped.database.engine, "before_cursor_execute", note)
    assert len([one for one in said if "insert into clock" in one]) == 1
    assert not [one for one in said if one.startswith("update record ")]
    assert not [one for one in said if " from clock" in one]


def test_what_becomes_of_clocks_is_covered_by_the_entry_of_the_act(walk: Walk) -> None:
    walk.record_event("notice_given", day("05-06"), reason="当场告知")
    with walk.portal.reading(SYSTEM) as session:
        query = select(AuditEntry.action).where(AuditEntry.object_id == walk.uid).order_by(AuditEntry.id)
        assert list(session.scalars(query)) == ["add", "record_event"]
        history = records.history(walk.portal, session, records.get(session, "case", walk.uid))
        assert (history[0].kind, history[0].name) == ("event", "notice_given")
        assert history[0].data == {"day": "2026-05-06", "variants": {}}


def _happening(bundle: Bundle, name: str, on: dt.date) -> Happening:
    """Return what has to happen for an event."""
    way, ways = _way(bundle, name), events(bundle.raw["events"])[name].arises
    cycle = bundle.lifecycle_of("case")
    assert cycle is not None
    condition = bundle.raw["events"][name]["arises"][ways.index(way)].get("when", {})
    match way.how:
        case "recorded":
            return Happening("recorded", name, on)
        case "referral":
            routes = condition.get("value", ["R01"])
            facts = {"lead": way.names.get("lead", True), "route": routes[0]}
            return Happening("referral", way.names["event"], on, {"referral": facts})
        case "enter" | "leave":
            found = [s.id for s in cycle.stages if s.canonical == way.names.get("canonical")]
            return Happening(way.how, way.names.get("stage") or found[0], on)
        case "step":
            return Happening("step", way.names["step"], on)
        case _:
            return Happening("act", way.names["act"], on)


def _dated(bundle: Bundle, name: str, on: dt.date) -> dict[str, Any]:
    """Return the data by which an event arises, where it arises by a day in the record."""
    way = _way(bundle, name)
    if way.how == "date" and "form" not in way.names:
        return {way.names["field"].removeprefix("/"): on.isoformat(), "wages_owed": 1}
    return {}


def _way(bundle: Bundle, name: str) -> Arising:
    """Return the way in which an event is made to arise: recorded where it may be, else the first of its ways."""
    ways = events(bundle.raw["events"])[name].arises
    return next((one for one in ways if one.how == "recorded"), ways[0])


def test_each_shipped_period_starts_and_ends_by_its_events(walk: Walk) -> None:
    began, seen = day("07-01"), []
    with walk.portal.at(FixedClock.on(began)).writing(walk.director) as uow:
        record = records.get(uow.session, "case", walk.uid)
        bundle, plain = bundle_of(uow, record), dict(record.data)
        for code, period in bundle.periods.items():
            for key, variant in period.variants.items():
                for row in list(uow.session.scalars(select(Clock))):
                    uow.session.delete(row)
                uow.session.flush()
                record.dispute_type = "D1002" if code == "T37" else "D0304"
                record.data = plain | _dated(bundle, variant.starts[0], began)
                if _way(bundle, variant.starts[0]).how == "date" and record.data == plain:
                    happened = Happening(
                        "step", "record_result", began, {"form": {"perform_by": began.isoformat()}}
                    )
                elif record.data != plain:
                    happened = Happening("act", "change")
                else:
                    happened = _happening(bundle, variant.starts[0], began)
                    happened = Happening(
                        happened.how, happened.name, began, {**happened.payload, "variants": {code: key}}
                    )
                settle(uow, record, bundle, [happened])
                uow.session.flush()
                own = (Clock.deadline == code, Clock.variant == key)
                row = uow.session.scalars(select(Clock).where(*own)).one()
                expected = due(calendar_of(walk.portal, uow.session, bundle), period, began, key=key)
                if isinstance(expected, dt.datetime):
                    expected = (uow.now + dt.timedelta(hours=variant.length.n + 1)).date()
                assert (row.state, row.started_on, row.due_on) == ("running", began, expected), code
                assert row.whose == variant.whose, code
                if variant.whose in ("centre", "handler") and period.expiry != "right_lapses":
                    assert record.due_on is not None
                    assert record.due_on <= row.due_on

                record.data = plain
                settle(uow, record, bundle, [_happening(bundle, variant.ends[0], began)])
                uow.session.flush()
                row = uow.session.scalars(select(Clock).where(*own)).one()
                assert (row.state, row.ended_on, row.end_event) == ("in_time", began, variant.ends[0]), code
                seen.append(code)
    assert len(set(seen)) == 54


def test_clocks_of_an_act_are_read_without_writing_what_waits(walk: Walk) -> None:
    """A step's effect and what follows of the same act see one another."""
    with walk.portal.writing(walk.director) as uow:
        record = records.get(uow.session, "case", walk.uid)
        bundle = bundle_of(uow, record)
        by_steps.start_deadline(uow, record, bundle, "T34")
        assert [one.clock.deadline for one in RecordClocks(uow, record, bundle).entries] == [
            "T48",
            "T49",
            "T34",
        ]


def _gazette(walk: Walk, when: dt.date, year: dict[str, Any], length: dict[str, Any] | None = None) -> int:
    """Put a release with another calendar in force at the county, let a worker do what follows; return its number."""
    portal, library, county = walk.portal.at(FixedClock.on(when)), default_library(), "seed/county/xishan"
    packs = {name: library.source(name) for name in ("base", "city/kunming", "county/xishan")}
    files = {name: dict(source.files) for name, source in packs.items() if source is not None}
    manifest = json.loads(files["county/xishan"][f"{county}/pack.json"]) | {"version": "1.1.1"}
    own: dict[str, Any] = {"pack.json": manifest, "calendar.json": year}
    if length is not None:
        own["deadlines.json"] = {"T49": length}
    files["county/xishan"] |= {f"{county}/{name}": json.dumps(value).encode() for name, value in own.items()}
    with portal.writing(SYSTEM) as uow:
        release = releases.publish(uow, resolve("county/xishan", MemoryLibrary(files)), verify=False)
        uow.commit()
    claim = queue.claim(portal, "w", ["recalculate_clocks"])
    assert claim is not None
    assert run_claim(portal, JobRun(portal, claim))
    return release.id


def test_a_year_that_is_gazetted_settles_provisional_days_and_shortens_no_party_s_period(walk: Walk) -> None:
    walk.record_event("consumer_complaint_accepted", day("11-30"))
    walk.record_event("award_received", day("12-18"))
    with walk.portal.reading(SYSTEM) as session:
        rows = {row.deadline: row for row in session.scalars(select(Clock))}
    # 15 days are the 2nd of January, a Saturday, and plain weeks are assumed for that year.
    assert (rows["T18"].due_on, rows["T18"].provisional) == (dt.date(2027, 1, 4), True)
    assert rows["T41"].provisional
    old = rows["T41"].due_on
    year = {"2027": {"holidays": ["2027-01-01"], "workdays": ["2027-01-02", "2027-01-03"], "source": "国办"}}
    _gazette(walk, day("12-28"), year)
    with walk.portal.reading(SYSTEM) as session:
        rows = {row.deadline: row for row in session.scalars(select(Clock))}
        record = records.get(session, "case", walk.uid)
        entries = list(session.scalars(select(AuditEntry.action).where(AuditEntry.object_id == walk.uid)))
        kinds = [one.kind for one in records.history(walk.portal, session, record)]
    # Both days of that weekend are worked now, so a working-day period ends earlier, and a party's stays.
    assert (rows["T18"].due_on, rows["T18"].provisional) == (dt.date(2027, 1, 4), False)
    assert rows["T18"].earlier_on == dt.date(2027, 1, 2)
    assert old is not None
    assert rows["T41"].due_on < old
    assert not rows["T41"].provisional
    assert "recalculate" in entries
    assert "recalculate" in kinds
    # A later act of the older record counts by the year that is known now.
    walk.record_event("legal_aid_objected", day("12-29"))
    walk.record_event("disclosure_requested", day("12-29"))
    assert walk.clocks()["T42"][1] == dt.date(2027, 1, 25)


def _import(walk: Walk, when: dt.date, **days: Any) -> None:
    """Import a year for all centres, and let a worker do what follows at the county."""
    portal = walk.portal.at(FixedClock.on(when))
    entry = {"state": "gazetted", "notice": "国办发明电〔2026〕9号", "source": "国办", **days}
    with portal.writing(SYSTEM) as uow:
        assert import_year(uow, CalendarYear(2027, entry), "通知公布", replace=True)
        uow.commit()
    while (claim := queue.claim(portal, "w", ["recalculate_clocks"])) is not None:
        assert run_claim(portal, JobRun(portal, claim))


def test_an_imported_year_settles_provisional_days_under_every_release_and_shortens_no_party_s_period(
    walk: Walk,
) -> None:
    walk.record_event("consumer_complaint_accepted", day("11-30"))
    walk.record_event("award_received", day("12-18"))
    with walk.portal.reading(SYSTEM) as session:
        before = {row.deadline: row for row in session.scalars(select(Clock))}
    assert (before["T18"].due_on, before["T18"].provisional) == (dt.date(2027, 1, 4), True)
    assert before["T41"].provisional
    expected = {"state": "provisional", "holidays": [], "workdays": ["2027-01-02", "2027-01-03"]}
    _import(walk, day("12-27"), **expected)
    with walk.portal.reading(SYSTEM) as session:
        rows = {row.deadline: row for row in session.scalars(select(Clock))}
    assert rows["T41"].provisional, "what is expected is not published"
    assert rows["T18"].provisional
    _import(walk, day("12-28"), holidays=["2027-01-01"], workdays=["2027-01-02", "2027-01-03"])
    with walk.portal.reading(SYSTEM) as session:
        rows = {row.deadline: row for row in session.scalars(select(Clock))}
        entries = list(session.scalars(select(AuditEntry).where(AuditEntry.object_id == walk.uid)))
        years = list(session.scalars(select(AuditEntry.action).where(AuditEntry.object_id == "2027")))
    assert (rows["T18"].due_on, rows["T18"].provisional) == (dt.date(2027, 1, 4), False)
    assert rows["T18"].earlier_on == dt.date(2027, 1, 2)
    assert not rows["T41"].provisional
    assert rows["T41"].due_on is not None
    assert before["T41"].due_on is not None
    assert rows["T41"].due_on < before["T41"].due_on
    assert [one.action for one in entries].count("recalculate") >= 1
    assert years == ["add", "edit"]
    # The year was changed while it was in force: more days off move what runs later, a party's too.
    days_off = [f"2027-01-{n:02}" for n in range(1, 9)]
    _import(walk, day("12-29"), holidays=days_off, workdays=[])
    with walk.portal.reading(SYSTEM) as session:
        again = {row.deadline: row for row in session.scalars(select(Clock))}
    assert again["T18"].due_on == dt.date(2027, 1, 11)
    assert again["T18"].earlier_on is None
    assert again["T41"].due_on is not None
    assert again["T41"].due_on > rows["T41"].due_on
    # What starts from now on counts by it at once, under the record's own, older release.
    walk.record_event("legal_aid_objected", day("12-29"))
    assert not any(row.provisional for row in _rows(walk))


def _rows(walk: Walk) -> list[Clock]:
    with walk.portal.reading(SYSTEM) as session:
        return list(session.scalars(select(Clock)))


def test_a_published_year_is_replaced_only_on_purpose_and_never_by_an_expected_one(walk: Walk) -> None:
    entry = {"state": "gazetted", "notice": "九号", "source": "国办", "holidays": [], "workdays": []}
    changed = {**entry, "holidays": ["2027-01-01"]}
    with walk.portal.writing(SYSTEM) as uow:
        assert import_year(uow, CalendarYear(2027, entry), "公布")
        assert not import_year(uow, CalendarYear(2027, entry), "再来一次")
        for file, code in (
            (CalendarYear(2027, changed), "calendar.known"),
            (CalendarYear(2027, {**changed, "state": "provisional"}), "calendar.published"),
        ):
            with pytest.raises(Conflict) as refused:
                import_year(uow, file, "改")
            assert refused.value.code == code
        with pytest.raises(InvalidInput):
            import_year(uow, CalendarYear(2028, entry), " ")
        assert import_year(uow, CalendarYear(2027, changed), "调整", replace=True) is True
    with pytest.raises(Forbidden), walk.portal.writing(walk.clerk) as uow:
        import_year(uow, CalendarYear(2027, entry), "公布")


def test_a_record_that_adopts_a_release_is_counted_by_its_periods(walk: Walk) -> None:
    longer = {"length": {"n": 5, "unit": "working_day"}}
    release = _gazette(
        walk, day("05-07"), {"2027": {"holidays": [], "workdays": [], "source": "国办"}}, longer
    )
    assert walk.clocks()["T49"] == ("running", day("05-07"))

    def move(uow: Any) -> None:
        records.move(uow, walk.uid, release, walk.record.version, "期限延长")

    walk._do(day("05-07"), walk.director, move)
    assert walk.clocks()["T49"] == ("running", day("05-12"))
