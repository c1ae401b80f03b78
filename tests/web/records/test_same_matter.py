"""Beside a new case: what may be the same matter, with reasons; what somebody told before, by a disclosure."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import delete, func, select

from portal.core.access import Access
from portal.persistence.models import AuditEntry, Disclosure, Record, RecordLink, User
from portal.services import records
from portal.services.records.finding import same_matter
from tests.web.records.seeded_site import CASE, Browser, Site, changed, uid_of

SAME, ADD = "/records/case/same", "/records/case/add"
PLACE = "530112001"


def numbered(number: str, **more: Any) -> dict[str, Any]:
    return {"/applicant_name": "马丽华（虚构）", "/applicant_phone": number, "/place": "530112002"} | more


def asked(browser: Browser, url: str = SAME, **data: Any) -> str:
    answer = browser.post(url, changed(browser.form(ADD), CASE | data))
    assert answer.status_code == 200
    return str(answer.text)


def code_of(site: Site, uid: str) -> str:
    with site.portal.reading(Access.system("test")) as session:
        return str(session.scalar(select(Record.code).where(Record.uid == uid)))


def test_the_same_number_type_and_place_are_told_with_reasons(site: Site, clerk: Browser) -> None:
    first = uid_of(site.register(clerk, **numbered("13800001101")))
    page = asked(clerk, **numbered("138 0000 1101"))
    assert code_of(site, first) in page
    for reason in ("同一当事人", "同一类型", "同一地点", "30 天内"):
        assert reason in page
    assert "马丽华" not in page
    assert "13800001101" not in page


@pytest.mark.parametrize(
    ("change", "found"),
    [
        ({"/applicant_phone": "13800001102", "/dispute_type": "D0205"}, True),  # the party, the same place
        ({"/applicant_phone": "13800001102", "/place": "530112"}, True),  # the party, the same type
        (
            {"/applicant_phone": "13800001102", "/dispute_type": "D0205", "/place": PLACE},
            False,
        ),  # the party alone
        ({"/applicant_phone": "1380000110", "/dispute_type": "D0205"}, False),  # a part of the number
        ({"/applicant_phone": "", "/applicant_name": "马丽华（虚构）", "/dispute_type": "D0205"}, False),
        ({"/applicant_phone": ""}, True),  # type and place within the days
        ({"/applicant_phone": "", "/dispute_type": "D0205"}, False),
        ({"/applicant_phone": "", "/place": "530112"}, False),  # a whole county is no place
    ],
)
def test_two_keys_make_a_match_and_one_alone_never(
    site: Site, clerk: Browser, change: dict[str, str], found: bool
) -> None:
    first = uid_of(site.register(clerk, **numbered("13800001102", **{"/dispute_type": "D0302"})))
    page = asked(clerk, **numbered("13800001102", **({"/dispute_type": "D0302"} | change)))
    assert (code_of(site, first) in page) is found


def test_a_county_is_told_nothing_of_another_one(site: Site, clerk: Browser) -> None:
    first = uid_of(site.register(clerk, **numbered("13800001103")))
    stranger = site.login("jinning")
    page = stranger.post(SAME, changed(stranger.form(ADD), CASE | numbered("13800001103")))
    assert page.status_code == 200
    assert code_of(site, first) not in page.text
    assert "以前登记过" not in page.text


@pytest.mark.parametrize("kind", ["repeat", "series", "group"])
def test_a_case_is_linked_in_the_act_that_registers_it(site: Site, clerk: Browser, kind: str) -> None:
    first = uid_of(site.register(clerk, **numbered("13800001104")))
    second = uid_of(site.register(clerk, **numbered("13800001104"), **{f"link~{first}": kind}))
    with site.portal.reading(Access.system("test")) as session:
        ids = dict(
            session.execute(select(Record.uid, Record.id).where(Record.uid.in_([first, second]))).all()
        )
        row = session.scalars(select(RecordLink).where(RecordLink.from_id == ids[second])).one()
        assert (row.kind, row.to_id) == (kind, ids[first])
    assert code_of(site, first) in clerk.get(f"/records/case/show/{second}").text
    assert code_of(site, second) in clerk.get(f"/records/case/show/{first}").text


@pytest.mark.parametrize(
    ("name", "kind"), [("none", "repeat"), ("{other}", "repeat"), ("{first}", "merge"), ("{first}", "opened")]
)
def test_a_link_that_is_none_registers_nothing(site: Site, clerk: Browser, name: str, kind: str) -> None:
    first = uid_of(site.register(clerk))
    other = uid_of(site.register(site.login("jinning"), **{"/place": "530115001", "/patrol_kind": "daily"}))
    before = counted(site)
    data = CASE | {f"link~{name.format(first=first, other=other)}": kind}
    answer = clerk.post(ADD, changed(clerk.form(ADD), data))
    assert answer.status_code == 422
    assert counted(site) == before


def test_without_a_script_the_form_itself_shows_it(site: Site, clerk: Browser) -> None:
    first = uid_of(site.register(clerk, **numbered("13800001105")))
    page = asked(clerk, ADD, **numbered("13800001105"), _refresh="1")
    assert code_of(site, first) in page
    assert f'name="link~{first}"' in page
    assert "看看有没有同一件事" in page


def test_what_was_told_before_is_taken_over_by_a_disclosure(site: Site, clerk: Browser) -> None:
    forget(site)
    first = uid_of(site.register(clerk, **numbered("13800001106"), **{"/applicant_address": "某路 1 号"}))
    page = asked(clerk, **numbered("13800001106", **{"/applicant_name": ""}))
    assert "以前登记过（最近 2026-05）" in page
    assert "马丽华" not in page
    taken = asked(clerk, ADD, **numbered("13800001106", **{"/applicant_name": ""}), take=first)
    assert "马丽华（虚构）" in taken
    assert "某路 1 号" in taken
    with site.portal.reading(Access.system("test")) as session:
        query = select(Disclosure.reason).join(Record, Record.id == Disclosure.record_id)
        assert session.scalar(query.where(Record.uid == first)) == "登记时带入当事人以前登记的信息"


def test_what_is_typed_is_never_written_over(site: Site, clerk: Browser) -> None:
    forget(site)
    first = uid_of(site.register(clerk, **numbered("13800001107")))
    taken = asked(clerk, ADD, **numbered("13800001107", **{"/applicant_name": "新名（虚构）"}), take=first)
    assert "新名（虚构）" in taken
    assert "马丽华" not in taken


@pytest.mark.parametrize("number", ["13800001109", "1380000110", ""])
def test_details_go_to_the_whole_number_alone(site: Site, clerk: Browser, number: str) -> None:
    first = uid_of(site.register(clerk, **numbered("13800001108")))
    answer = clerk.post(ADD, changed(clerk.form(ADD), CASE | numbered(number) | {"take": first}))
    assert answer.status_code == 404
    assert "马丽华" not in answer.text
    other = CASE | {"/applicant_phone": "13800001110", "/respondents/0/phone": "13800001108"}
    page = asked(clerk, **other)
    assert "以前登记过" not in page  # the number of the other side is not the applicant's


def test_looking_for_a_number_is_noted_once_without_the_number(site: Site, clerk: Browser) -> None:
    before = searches(site)
    for _ in range(2):
        asked(clerk, **numbered("13800001111"))
    assert searches(site) == before + 1
    with site.portal.reading(Access.system("test")) as session:
        last = session.scalars(
            select(AuditEntry).where(AuditEntry.action == "search").order_by(AuditEntry.id.desc())
        ).first()
        assert last is not None
        assert "13800001111" not in str((last.object_id, last.after))


def test_nobody_asks_for_numbers_without_end(
    site: Site, clerk: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    clerk2 = site.login("clerk2")
    monkeypatch.setattr(same_matter, "PER_HOUR", 2)
    for last in "234":
        answer = clerk2.post(SAME, changed(clerk2.form(ADD), CASE | numbered(f"1380000112{last}")))
    assert answer.status_code == 429
    assert site.register(clerk2, **numbered("13800001129"))  # registering goes on


def test_the_api_tells_the_same_and_links(site: Site, clerk: Browser) -> None:
    first = uid_of(site.register(clerk, **numbered("13800001113")))
    data = {
        "channel": "walk_in",
        "applicant_name": "某人（虚构）",
        "applicant_phone": "13800001113",
        "dispute_type": "D0301",
        "place": "530112002",
        "summary": "房屋买卖合同履行发生纠纷",
        "willing": "yes",
        "lower_tried": False,
    }
    api, head = site.app.test_client(), site.token("clerk")
    found = api.post("/api/v1/records/case/same/", json={"data": data}, headers=head).json["result"]
    assert found[0]["uid"] == first
    assert "同一当事人" in found[0]["reasons"] or "The same party" in found[0]["reasons"]
    made = api.post("/api/v1/records/case/", json={"data": data, "links": {first: "series"}}, headers=head)
    assert made.status_code == 201
    assert code_of(site, first) in clerk.get(f"/records/case/show/{made.json['result']['uid']}").text
    wrong = api.post("/api/v1/records/case/", json={"data": data, "links": {first: "merge"}}, headers=head)
    assert wrong.status_code == 422


def counted(site: Site) -> int:
    with site.portal.reading(Access.system("test")) as session:
        return sum(records.counts(site.portal, session, "case").values())


def searches(site: Site) -> int:
    with site.portal.reading(Access.system("test")) as session:
        person = select(User.id).where(User.username == "clerk").scalar_subquery()
        query = select(func.count()).where(AuditEntry.action == "search", AuditEntry.actor_id == person)
        return int(session.scalar(query) or 0)


def forget(site: Site) -> None:
    with site.portal.writing(Access.system("test")) as uow:
        uow.session.connection().execute(delete(Disclosure))
        uow.commit()
