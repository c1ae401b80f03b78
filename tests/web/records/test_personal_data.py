"""Personal data come out nowhere by themselves, and only to those who may ask for them, with a reason."""

from __future__ import annotations

import copy
import datetime as dt
import hashlib
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from flask.testing import FlaskClient
from sqlalchemy import delete, select
from werkzeug.test import TestResponse

from portal.adapters.clock import FixedClock
from portal.adapters.keyring import Keyring
from portal.core.access import Access
from portal.persistence.models import Assignment, AuditEntry, Disclosure, Model, PageState, Record, User
from portal.services import audit, records, users
from portal.services.records.privacy.rekeying import rekey
from tests.web.records.seeded_site import PASSWORD, TODAY, Browser, Site, form_in

NAME, PHONE, ADDRESS = "赵铁柱", "13912345678", "昆明市西山区虚构路77号院"
AGENT, AGENT_PHONE, OTHER = "钱多多", "13987654321", "孙大圣"
IDENTITY = "530102199003074519"
CANARIES = (NAME, "铁柱", PHONE, "1234567", "虚构路", AGENT, "多多", "98765432", OTHER, "大圣", "19900307")
DATA: dict[str, Any] = {
    "channel": "walk_in",
    "applicant_kind": "person",
    "applicant_name": NAME,
    "applicant_id_type": "id_card",
    "applicant_id_number": IDENTITY,
    "applicant_phone": PHONE,
    "applicant_address": ADDRESS,
    "agent": {"name": AGENT, "relation": "lawyer", "phone": AGENT_PHONE},
    "respondents": [{"kind": "person", "name": OTHER, "relation": "邻居"}],
    "dispute_type": "D0301",
    "place": "530112001",
    "summary": "房屋买卖合同履行发生纠纷",
    "claim": "退还定金",
    "willing": "yes",
    "lower_tried": False,
}
API = "/api/v1/records/case/"


@pytest.fixture
def case(site: Site) -> str:
    """The identifier of a case that a clerk entered by the API."""
    return str(entered(site).json["result"]["uid"])


def entered(site: Site) -> TestResponse:
    """Return the answer to a case that is entered by the API."""
    made = client(site).post(API, json={"data": DATA}, headers=token(site, "clerk"))
    assert made.status_code == 201, made.text
    return made


TOKENS: dict[tuple[str, str], dict[str, str]] = {}
PEOPLE: dict[tuple[str, str], Browser] = {}


def token(site: Site, name: str) -> dict[str, str]:
    if (site.url, name) not in TOKENS:
        login = {"username": name, "password": PASSWORD, "provider": "db"}
        answer = site.app.test_client().post("/api/v1/security/login", json=login)
        TOKENS[site.url, name] = {"Authorization": f"Bearer {answer.json['access_token']}"}
    return dict(TOKENS[site.url, name])


def person(site: Site, name: str) -> Browser:
    """Return somebody who signs in once for all of these tests."""
    if (site.url, name) not in PEOPLE:
        PEOPLE[site.url, name] = site.login(name)
    return PEOPLE[site.url, name]


def assert_silent(text: str) -> None:
    """The text names nobody; the API writes Chinese as escapes."""
    text = re.sub(r"\\u([0-9a-f]{4})", lambda found: chr(int(found[1], 16)), text)
    assert [canary for canary in CANARIES if canary in text] == []


def client(site: Site) -> FlaskClient:
    return site.app.test_client()


def entries(site: Site, uid: str, action: str) -> list[AuditEntry]:
    with site.portal.reading(Access.system("test")) as session:
        query = select(AuditEntry).where(AuditEntry.object_id == uid, AuditEntry.action == action)
        return audit.opened(site.portal, list(session.scalars(query)))


def stored(site: Site, uid: str) -> dict[str, Any]:
    with site.portal.reading(Access.system("test")) as session:
        record = session.scalars(select(Record).where(Record.uid == uid)).one()
        return records.view_of(site.portal, session, record).clear


def raw(site: Site, uid: str) -> dict[str, Any]:
    with site.portal.reading(Access.system("test")) as session:
        return dict(session.scalars(select(Record).where(Record.uid == uid)).one().data)


def unmask(browser: Browser, uid: str, purpose: str = "联系当事人", **more: str) -> Any:
    pairs = {"csrf_token": browser.token(), "purpose": purpose} | more
    return browser.post(f"/records/case/unmask/{uid}", pairs)


@pytest.fixture(autouse=True)
def closed_again(site: Site) -> Iterator[None]:
    """Nobody keeps seeing what another test had shown."""
    yield
    with site.portal.writing(Access.system("test")) as uow:
        uow.session.connection().execute(delete(Disclosure))
        uow.commit()


@pytest.mark.parametrize("who", ["clerk", "triage", "director", "supervisor"])
def test_no_page_names_anybody(site: Site, case: str, who: str) -> None:
    browser = person(site, who)
    pages = [f"/records/case/show/{case}", "/records/case/list/?all=1", f"/records/case/why/{case}", "/"]
    if who != "supervisor":
        pages.append(f"/records/case/edit/{case}")
    for page in pages:
        answer = browser.get(page)
        assert answer.status_code == 200, page
        assert_silent(answer.text)
    assert "赵*" in browser.get(f"/records/case/show/{case}").text
    assert "139****5678" in browser.get(f"/records/case/show/{case}").text


@pytest.mark.parametrize("who", ["clerk", "director", "supervisor"])
def test_the_api_names_nobody(site: Site, case: str, who: str) -> None:
    api, headers = client(site), token(site, who)
    one, several = api.get(API + case, headers=headers), api.get(API + "?size=100", headers=headers)
    assert one.json["result"]["data"]["applicant_name"] == "赵*"
    assert one.json["result"]["title"].startswith("赵*：")
    assert one.json["result"]["data"]["respondents"][0]["name"] == "孙*"
    assert_silent(one.text)
    assert_silent(several.text)


def test_a_list_shows_less_than_the_record_itself(site: Site) -> None:
    """A role that sees somebody's number without asking sees it record by record."""
    api, headers, url = client(site), token(site, "director"), "/api/v1/records/department/"
    data = {"name": "虚构协会", "kind": "sector", "mode": "on_call", "contact": NAME, "phone": PHONE}
    made = api.post(url, json={"data": data}, headers=headers)
    assert made.status_code == 201, made.text
    uid = made.json["result"]["uid"]
    assert api.get(url + uid, headers=headers).json["result"]["data"] == data
    rows = api.get(url + "?size=100", headers=headers).json["result"]
    (listed,) = [row["data"] for row in rows if row["uid"] == uid]
    assert listed == data | {"contact": "赵*", "phone": "139****5678"}


def test_the_answer_to_a_new_case_names_nobody(site: Site) -> None:
    assert_silent(entered(site).text)


def test_titles_are_stored_without_names(site: Site, case: str) -> None:
    with site.portal.reading(Access.system("test")) as session:
        record = session.scalars(select(Record).where(Record.uid == case)).one()
        assert_silent(record.title + record.search_text)


@pytest.mark.parametrize(
    "key", ["/applicant_name", "/applicant_id_number", "/respondents/*/name", "/agent/phone"]
)
def test_nobody_filters_or_sorts_by_personal_data(site: Site, case: str, key: str) -> None:
    browser, api, headers = person(site, "director"), client(site), token(site, "director")
    for value in (NAME, PHONE, "no such"):
        for query in (f"{key}={quote(value)}", f"sort={key}", f"sort=-{key}"):
            assert browser.get(f"/records/case/list/?{query}").status_code == 400, query
            assert api.get(f"{API}?{query}", headers=headers).status_code == 400, query


@pytest.mark.parametrize("part", ["铁柱", "1234567", "虚构路", "大圣", "391234", "19900307"])
def test_a_part_of_what_is_masked_finds_nothing(site: Site, case: str, part: str) -> None:
    for who in ("director", "supervisor"):
        answer = client(site).get(f"{API}?text={quote(part)}", headers=token(site, who))
        assert answer.json["count"] == 0, (who, part)


def test_the_audit_log_and_its_screen_name_nobody(site: Site, case: str) -> None:
    clerk = person(site, "clerk")
    unmask(clerk, case)
    form = clerk.form(f"/records/case/edit/{case}")
    changed = {"/applicant_name": "赵铁柱柱", "/applicant_phone": "13912345670"}
    assert clerk.send(f"/records/case/edit/{case}", form, **changed).status_code == 303
    assert entries(site, case, "edit")
    with site.portal.writing(Access.system("test")) as uow:
        user = users.create(uow, "watcher", PASSWORD, "计", "审")
        users.assign(uow, user.id, "auditor", "530112", audited=False)
        uow.commit()
    page = person(site, "watcher").get(f"/audit/?thing={case}").text
    assert page.count("申请人姓名") == 2
    assert_silent(page)
    assert "12345670" not in page


# -- showing them ------------------------------------------------------------------------------


def test_showing_needs_a_purpose_and_leaves_one_entry(site: Site, case: str) -> None:
    clerk = person(site, "clerk")
    assert unmask(clerk, case, "").status_code == 422
    assert unmask(clerk, case, "", note="查").status_code == 422
    assert entries(site, case, "unmask") == []
    answer = unmask(clerk, case, note="约定调解时间")
    assert (answer.status_code, answer.headers["Location"]) == (303, f"/records/case/show/{case}")
    (entry,) = entries(site, case, "unmask")
    assert (entry.actor, entry.reason) == ("clerk某", "联系当事人：约定调解时间")
    assert "/applicant_phone" in entry.after["fields"]
    page = clerk.get(f"/records/case/show/{case}").text
    for shown in (NAME, PHONE, ADDRESS, AGENT, OTHER):
        assert shown in page
    assert "个人信息显示至" in page


def test_only_this_person_sees_only_this_record(site: Site, case: str) -> None:
    clerk, headers = person(site, "clerk"), token(site, "clerk")
    other = client(site).post(API, json={"data": DATA}, headers=headers).json["result"]["uid"]
    unmask(clerk, case)
    assert_silent(person(site, "clerk2").get(f"/records/case/show/{case}").text)
    assert_silent(clerk.get(f"/records/case/show/{other}").text)
    assert_silent(clerk.get("/records/case/list/?all=1").text)
    assert_silent(client(site).get(API + "?size=100", headers=headers).text)
    assert client(site).get(API + case, headers=headers).json["result"]["data"] == DATA


def test_it_ends_after_its_time(site: Site, case: str, monkeypatch: pytest.MonkeyPatch) -> None:
    clerk = person(site, "clerk")
    unmask(clerk, case)
    start = site.portal.clock.now()
    for minutes, seen in ((14, True), (16, False)):
        moment = FixedClock(start + dt.timedelta(minutes=minutes))
        monkeypatch.setitem(site.app.extensions, "portal", site.portal.at(moment))
        assert (NAME in clerk.get(f"/records/case/show/{case}").text) is seen


def test_a_role_without_the_right_is_refused(site: Site, case: str) -> None:
    supervisor = person(site, "supervisor")
    assert "unmask" not in supervisor.get(f"/records/case/show/{case}").text
    assert unmask(supervisor, case).status_code == 403
    headers = token(site, "supervisor")
    answer = client(site).post(f"{API}{case}/unmask", json={"reason": "看看"}, headers=headers)
    assert answer.status_code == 403
    assert entries(site, case, "unmask") == []


def test_it_ends_with_the_role(site: Site, case: str) -> None:
    with site.portal.writing(Access.system("test")) as uow:
        user = uow.session.scalars(select(User).where(User.username == "triage")).one()
        until = dt.datetime.combine(TODAY, dt.time(23), dt.UTC)
        record = uow.session.scalars(select(Record).where(Record.uid == case)).one()
        made = Disclosure(user_id=user.id, record_id=record.id, at=until, until=until, reason="核对")
        uow.add(made)
        uow.audit("unmask", made, kind="case", object_id=case)
        uow.commit()
    triage = person(site, "triage")
    assert NAME in triage.get(f"/records/case/show/{case}").text
    with site.portal.writing(Access.system("test")) as uow:
        held = uow.session.scalars(select(Assignment).where(Assignment.user_id == user.id)).one()
        held.role = "supervisor"
        uow.audit("assign", held, kind="user", object_id="triage")
        uow.commit()
    try:
        assert_silent(triage.get(f"/records/case/show/{case}").text)
    finally:
        with site.portal.writing(Access.system("test")) as uow:
            held = uow.session.get_one(Assignment, held.id)
            held.role = "triage"
            uow.audit("assign", held, kind="user", object_id="triage")
            uow.commit()


def test_the_api_shows_them_for_a_reason(site: Site, case: str) -> None:
    api, headers = client(site), token(site, "clerk")
    for body in ({}, {"reason": "x"}, {"reason": "  "}):
        assert api.post(f"{API}{case}/unmask", json=body, headers=headers).status_code == 422, body
    answer = api.post(f"{API}{case}/unmask", json={"reason": "联系当事人"}, headers=headers)
    assert answer.status_code == 200
    assert answer.json["until"].startswith("2026-05-06")
    assert len(entries(site, case, "unmask")) == 1
    assert api.get(API + case, headers=headers).json["result"]["data"] == DATA


# -- asked for help ----------------------------------------------------------------------------

ASKED = {
    "court": [("handler", "530112:court")],
    "women": [("inspector", "530112:women")],
    "transport": [("handler", "530112:transport")],
    "both": [("supervisor", "530100"), ("handler", "530112:court")],
    "apart": [("appraiser", "530112:court"), ("clerk", "530115")],
}


@pytest.fixture
def helped(site: Site) -> str:
    """A case whose handling other departments are asked to assist."""
    with site.portal.writing(Access.system("test")) as uow:
        for name, roles in ASKED.items():
            if uow.session.scalars(select(User).where(User.username == name)).one_or_none() is None:
                user = users.create(uow, name, PASSWORD, "某", name)
                for role, unit in roles:
                    users.assign(uow, user.id, role, unit, audited=False)
        uow.commit()
    data = DATA | {"dispute_type": "D0106"}
    made = client(site).post(API, json={"data": data}, headers=token(site, "clerk"))
    uid = str(made.json["result"]["uid"])
    director, url = person(site, "director"), f"/records/case/dispose/{uid}"
    asked = director.post(url, form_in(director.get(f"/records/case/show/{uid}").text, url))
    assert asked.status_code == 422, "the referral also takes a step, whose form asks for the period"
    told = {"/period_told": "true", "/period_note": "自收到之日起十五日内申请"}
    assert director.send(url, form_in(asked.text, url), **told).status_code == 303
    return uid


def test_who_is_asked_for_help_may_have_them_shown(site: Site, helped: str) -> None:
    court, page = person(site, "court"), f"/records/case/show/{helped}"
    assert_silent(court.get(page).text)
    assert f"/records/case/unmask/{helped}" in court.get(page).text
    assert unmask(court, helped, "").status_code == 422
    assert unmask(court, helped, note="听证通知").status_code == 303
    for shown in (NAME, PHONE, OTHER):
        assert shown in court.get(page).text
    # The address in a matter of violence at home is for those who registered it, and for who protects.
    assert ADDRESS not in court.get(page).text
    (entry,) = entries(site, helped, "unmask")
    assert (entry.actor, entry.reason) == ("court某", "联系当事人：听证通知")
    assert "/applicant_phone" in entry.after["fields"]
    seen = client(site).get(API + helped, headers=token(site, "court"))
    assert seen.json["result"]["data"]["applicant_phone"] == PHONE
    assert_silent(client(site).get(API + "?size=100", headers=token(site, "court")).text)


def test_nobody_else_may_because_somebody_is_asked(site: Site, helped: str, case: str) -> None:
    women, transport = person(site, "women"), person(site, "transport")
    assert women.get(f"/records/case/show/{helped}").status_code == 200
    assert f"/records/case/unmask/{helped}" not in women.get(f"/records/case/show/{helped}").text
    assert unmask(women, helped).status_code == 403
    assert unmask(transport, helped).status_code == 404
    assert unmask(person(site, "court"), case).status_code == 404, "nobody is asked about this one"
    assert entries(site, helped, "unmask") == entries(site, case, "unmask") == []


def test_it_ends_with_the_answer(site: Site, helped: str) -> None:
    court, both, page = person(site, "court"), person(site, "both"), f"/records/case/show/{helped}"
    for who in (court, both):
        assert unmask(who, helped).status_code == 303
        assert PHONE in who.get(page).text
    found = re.findall(r'action="([^"]+/referral/[^"]+)/return"', court.get(page).text)
    pairs = form_in(court.get(page).text, f"{found[0]}/return")
    assert court.send(f"{found[0]}/return", pairs, reason="不属管辖").status_code == 303
    assert court.get(page).status_code == 404
    assert unmask(court, helped).status_code == 404
    still = both.get(page)
    assert still.status_code == 200, "a supervisor sees the case all the same"
    assert_silent(still.text)
    assert f"/records/case/unmask/{helped}" not in still.text
    assert unmask(both, helped).status_code == 403
    assert len(entries(site, helped, "unmask")) == 2


def test_whoever_is_asked_again_says_again_what_for(site: Site, helped: str) -> None:
    """What was shown ended with the answer, although its quarter of an hour is not over."""
    court, page = person(site, "court"), f"/records/case/show/{helped}"
    assert unmask(court, helped).status_code == 303
    assert PHONE in court.get(page).text
    found = re.findall(r'action="([^"]+/referral/[^"]+)/return"', court.get(page).text)
    pairs = form_in(court.get(page).text, f"{found[0]}/return")
    assert court.send(f"{found[0]}/return", pairs, reason="不属管辖").status_code == 303
    later = site.portal.at(site.portal.clock.later(minutes=1))  # type: ignore[attr-defined]
    with later.writing(Access.system("test")) as uow:
        record = records.get(uow.session, "case", helped)
        override = records.Override({"department": "justice"}, route="R01", assist=("court",))
        form = {"period_told": True, "period_note": "自收到之日起十五日内申请"}
        records.dispose(uow, helped, version=record.version, override=override, reason="再请协助", form=form)
        uow.commit()
    assert_silent(court.get(page).text)
    with later.reading(Access.system("test")) as session:
        access = users.access_of(
            later, session.scalars(select(User.id).where(User.username == "court")).one()
        )
    with later.writing(access) as uow:
        records.unmask(uow, records.get(uow.session, "case", helped), "听证通知")
        uow.commit()
    with later.reading(access) as session:
        view = records.view_of(later, session, records.get(session, "case", helped))
        assert view.data["applicant_phone"] == PHONE


def test_roles_from_elsewhere_open_nothing_where_one_is_asked(site: Site, helped: str) -> None:
    seen = client(site).get(API + helped, headers=token(site, "apart"))
    assert seen.status_code == 200
    assert seen.json["result"]["data"]["applicant_name"] == "赵*"
    assert "applicant_phone" not in seen.json["result"]["data"], "hidden from the role that is asked"


# -- finding people ----------------------------------------------------------------------------


def found(site: Site, who: str, text: str) -> list[str]:
    answer = client(site).get(f"{API}?size=100&text={quote(text)}", headers=token(site, who))
    assert_silent(answer.text)
    return [one["uid"] for one in answer.json["result"]]


@pytest.mark.parametrize(
    "text", [NAME, " 赵 铁柱", PHONE, "+86 139-1234-5678", IDENTITY, AGENT, AGENT_PHONE, OTHER]
)
def test_whole_names_and_numbers_find_people(site: Site, case: str, text: str) -> None:
    for who in ("clerk", "director"):
        assert case in found(site, who, text), (who, text)
    for who in ("supervisor", "jinning"):
        assert found(site, who, text) == [], (who, text)
    browser = person(site, "clerk")
    assert case in browser.get(f"/records/case/list/?text={quote(text)}").text


def test_a_changed_name_is_found_and_the_old_one_no_more(site: Site, case: str) -> None:
    clerk, url = person(site, "clerk"), f"/records/case/edit/{case}"
    unmask(clerk, case)
    clerk.send(url, clerk.form(url), **{"/applicant_name": "周吴郑", "/respondents/0/name": "王冯陈"})
    assert found(site, "clerk", "周吴郑") == [case]
    assert found(site, "clerk", "王冯陈") == [case]
    assert case not in found(site, "clerk", NAME)
    assert case in found(site, "clerk", AGENT)


def test_whom_somebody_looked_for_is_noted_but_not_told(site: Site, case: str) -> None:
    assert found(site, "clerk", "孔孟荀") == []
    person(site, "clerk").get(f"/records/case/list/?text={quote('孔孟荀')}")
    with site.portal.reading(Access.system("test")) as session:
        entry = session.scalars(select(AuditEntry).order_by(AuditEntry.id.desc()).limit(1)).one()
        assert (entry.action, entry.kind) == ("search", "case")
        assert entry.object_id
        saved = [str(state.state) for state in session.scalars(select(PageState))]
        by_subject = audit.search(site.portal, session, audit.AuditQuery(thing="孔 孟荀", action="search"))
        of_person = audit.search(site.portal, session, audit.AuditQuery(thing=NAME, action="add"))
        nobody = audit.search(site.portal, session, audit.AuditQuery(thing="颜曾", action="search"))
    assert len(by_subject.rows) == 2
    assert case in [row.object_id for row in of_person.rows]
    assert nobody.rows == ()
    assert "孔" not in "".join(saved)
    assert "孔孟荀" not in everything(site)


# -- at rest -----------------------------------------------------------------------------------


def everything(site: Site) -> str:
    """Return all that the database holds; with SQLite the bytes of its files as well."""
    tables = Model.metadata.sorted_tables
    with site.portal.database.engine.connect() as connection:
        rows = [str(row) for table in tables for row in connection.execute(table.select())]
    if site.portal.database.dialect == "sqlite":
        folder = Path(site.url.removeprefix("sqlite:///")).parent
        rows += [path.read_bytes().decode("utf-8", "replace") for path in folder.glob("portal.db*")]
    return "\n".join(rows)


def test_the_database_holds_no_identity_number(site: Site, case: str) -> None:
    clerk, url = person(site, "clerk"), f"/records/case/edit/{case}"
    unmask(clerk, case)
    changed = "530102199003074535"
    assert clerk.send(url, clerk.form(url), **{"/applicant_id_number": changed}).status_code == 303
    assert stored(site, case)["applicant_id_number"] == changed
    api, headers = client(site), token(site, "clerk") | {"Idempotency-Key": f"key-{case}"}
    assert api.post(API, json={"data": DATA}, headers=headers).status_code == 201
    party = {"name": "张三", "kind": "person", "role": "applicant", "id_number": IDENTITY}
    headers["Idempotency-Key"] = f"party-{case}"
    made = api.post("/api/v1/records/party/", json={"data": party, "parent": case}, headers=headers)
    assert made.status_code == 201, made.text
    uid, gone = made.json["result"]["uid"], headers | {"If-Match": '"1"'}
    gone.pop("Idempotency-Key")
    assert api.delete(f"/api/v1/records/party/{uid}?reason=x", headers=gone).status_code == 204
    assert len(entries(site, uid, "delete")) == 1
    kept = everything(site)
    assert case in kept
    for number in (IDENTITY, changed):
        assert number not in kept
        assert hashlib.sha256(number.encode()).hexdigest() not in kept


def test_an_unchanged_number_keeps_its_ciphertext(site: Site, case: str) -> None:
    before = raw(site, case)["applicant_id_number"]
    assert before.startswith("enc:1:")
    clerk, url = person(site, "clerk"), f"/records/case/edit/{case}"
    unmask(clerk, case)
    assert clerk.send(url, clerk.form(url), **{"/claim": "新诉求"}).status_code == 303
    assert raw(site, case)["applicant_id_number"] == before
    (entry,) = entries(site, case, "edit")
    assert list(entry.after) == ["/claim"]


def test_a_ciphertext_cannot_be_put_into_another_record(site: Site, case: str) -> None:
    theirs, headers = raw(site, case)["applicant_id_number"], token(site, "clerk")
    data = DATA | {"applicant_id_number": theirs[:29], "applicant_id_type": "other"}
    uid = client(site).post(API, json={"data": data}, headers=headers).json["result"]["uid"]
    assert stored(site, uid)["applicant_id_number"] == theirs[:29]
    assert not site.portal.keys.opens(theirs, f"{uid}\0case\0/applicant_id_number")


def test_a_new_key_takes_over_while_the_old_one_still_opens(site: Site, case: str) -> None:
    old, new = site.portal.keys, Keyring.random()
    both = replace(site.portal, keys=joined(new, old))
    try:
        seen, changed = rekey(both)
        assert seen >= changed > 0
        assert rekey(both) == (seen, 0)
        with both.reading(Access.system("test")) as session:
            record = session.scalars(select(Record).where(Record.uid == case)).one()
            sealed = record.data["applicant_id_number"]
            assert new.opens(sealed, f"{case}\0case\0/applicant_id_number")
            assert not old.opens(sealed, f"{case}\0case\0/applicant_id_number")
            only_new = replace(site.portal, keys=new)
            assert records.view_of(only_new, session, record).clear == DATA
            assert records.search(only_new, session, records.Query("case", text=NAME)).rows
            assert not records.search(site.portal, session, records.Query("case", text=NAME)).rows
    finally:
        rekey(replace(site.portal, keys=joined(old, new)))


def joined(current: Keyring, old: Keyring) -> Keyring:
    """Return a keyring that seals by one key and opens by two."""
    made = copy.copy(current)
    made._by_id = current._by_id | old._by_id
    return made


# -- changing ----------------------------------------------------------------------------------


def test_what_is_masked_survives_a_change_by_form(site: Site, case: str) -> None:
    clerk, url = person(site, "clerk"), f"/records/case/edit/{case}"
    pairs = clerk.form(url)
    assert not [name for name, _ in pairs if name.startswith(("/applicant_name", "/agent/phone"))]
    forged = {"/applicant_name": "冒名", "/respondents/0/name": "冒名", "/claim": "新诉求"}
    assert clerk.send(url, pairs, **forged).status_code == 303
    assert stored(site, case) == DATA | {"claim": "新诉求"}


@pytest.mark.parametrize(
    ("sent", "pointer"),
    [
        ({"applicant_name": "冒名"}, "/applicant_name"),
        ({"applicant_name": NAME}, "/applicant_name"),
        ({"applicant_phone": None}, "/applicant_phone"),
        ({"agent": {"phone": "13800000000"}}, "/agent/phone"),
        ({"respondents": []}, "/respondents"),
    ],
)
def test_what_is_masked_cannot_be_changed_by_the_api(
    site: Site, case: str, sent: dict[str, Any], pointer: str
) -> None:
    api, headers = client(site), token(site, "clerk") | {"If-Match": '"1"'}
    shown = api.get(API + case, headers=headers).json["result"]["data"]
    for answer in (
        api.patch(API + case, json={"data": sent}, headers=headers),
        api.put(API + case, json={"data": shown | sent}, headers=headers),
    ):
        if answer.status_code == 200:
            assert sent == {"applicant_phone": None}
            continue
        assert answer.status_code == 422, answer.text
        assert pointer in [detail["pointer"] for detail in answer.json["error"]["details"]]
        assert_silent(answer.text)
    assert stored(site, case) == DATA


def test_what_was_shown_can_be_sent_back(site: Site, case: str) -> None:
    api, headers = client(site), token(site, "clerk") | {"If-Match": '"1"'}
    shown = api.get(API + case, headers=headers).json["result"]["data"]
    answer = api.put(API + case, json={"data": shown | {"claim": "新诉求"}}, headers=headers)
    assert answer.status_code == 200, answer.text
    assert stored(site, case) == DATA | {"claim": "新诉求"}
    few = {key: value for key, value in shown.items() if not key.startswith(("applicant_", "agent"))}
    headers["If-Match"] = answer.headers["ETag"]
    assert api.put(API + case, json={"data": few}, headers=headers).status_code in (200, 422)
    assert stored(site, case)["applicant_phone"] == PHONE
    assert stored(site, case)["agent"]["phone"] == AGENT_PHONE


def test_a_refused_form_names_nobody(site: Site, case: str) -> None:
    clerk, url = person(site, "clerk"), f"/records/case/edit/{case}"
    answer = clerk.send(url, clerk.form(url), **{"/claim": "x", "/amount": "-5"})
    assert answer.status_code == 422
    assert_silent(answer.text)


def test_two_versions_side_by_side_name_nobody(site: Site, case: str) -> None:
    clerk, other, url = person(site, "clerk"), person(site, "clerk2"), f"/records/case/edit/{case}"
    mine = clerk.form(url)
    unmask(other, case)
    theirs = {"/applicant_phone": "13912345670", "/respondents/0/name": "孙大圣圣", "/claim": "他们的诉求"}
    assert other.send(url, other.form(url), **theirs).status_code == 303
    answer = clerk.send(url, mine, **{"/claim": "我的诉求"})
    assert answer.status_code == 409
    assert_silent(answer.text)
    assert "12345670" not in answer.text
    kept = clerk.send(url, form_in(answer.text, url), **{"choose:/claim": "mine"})
    assert kept.status_code == 303
    data = stored(site, case)
    assert (data["claim"], data["applicant_phone"]) == ("我的诉求", "13912345670")
    lost = client(site).put(
        API + case,
        json={"data": {"claim": "迟到的诉求"}},
        headers=token(site, "clerk") | {"If-Match": '"1"'},
    )
    assert lost.status_code == 412
    assert_silent(lost.text)


def test_once_shown_they_can_be_changed(site: Site, case: str) -> None:
    clerk, url = person(site, "clerk"), f"/records/case/edit/{case}"
    assert unmask(clerk, case, then="edit").headers["Location"] == url
    assert clerk.send(url, clerk.form(url), **{"/applicant_phone": "13912345670"}).status_code == 303
    assert stored(site, case) == DATA | {"applicant_phone": "13912345670"}
