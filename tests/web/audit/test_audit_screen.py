"""Reads leave entries; the screen finds entries, masks persons and keeps to the auditor's units."""

from __future__ import annotations

import logging
from typing import Any

import pytest
from sqlalchemy import select, text, update

from portal.core.access import Access
from portal.persistence.models import AuditEntry, Record, Release
from portal.services import audit, units
from portal.services.portal import Portal
from tests.web.records.seeded_site import Browser, Site, uid_of


def entries(portal: Portal, **wanted: Any) -> list[AuditEntry]:
    with portal.reading(Access.system("test")) as session:
        found = session.scalars(select(AuditEntry).filter_by(**wanted).order_by(AuditEntry.id))
        return audit.opened(portal, list(found))


@pytest.fixture(scope="module")
def case(site: Site, clerk: Browser) -> str:
    return site.register(clerk)


def test_opening_a_record_is_noted_with_its_purpose(site: Site, clerk: Browser, case: str) -> None:
    uid = uid_of(case)
    before = len(entries(site.portal, object_id=uid, action="open"))
    assert clerk.get(f"/records/case/show/{uid}?purpose=复核").status_code == 200
    found = entries(site.portal, object_id=uid, action="open")
    assert len(found) == before + 1
    last = found[-1]
    assert (last.actor, last.kind, last.reason, last.after) == ("clerk某", "case", "复核", {"by": "page"})
    assert last.unit_path != "/"
    assert last.release_id is not None
    assert last.request_id


def test_what_is_not_shown_is_not_noted(site: Site, case: str) -> None:
    stranger, other = site.stranger(), site.login("jinning")
    before = len(entries(site.portal))
    assert stranger.get(case).status_code in (302, 401)
    assert other.get(case).status_code == 404
    assert len(entries(site.portal)) == before


def test_the_api_notes_what_it_gives_away(site: Site, case: str) -> None:
    uid, token = uid_of(case), site.token("clerk")
    client = site.app.test_client()
    client.get(f"/api/v1/records/case/{uid}", headers=token | {"X-Purpose": "%E7%BB%9F%E8%AE%A1"})
    last = entries(site.portal, object_id=uid)[-1]
    assert (last.action, last.after, last.reason, last.channel) == ("open", {"by": "api"}, "统计", "api")
    client.get("/api/v1/records/case/", headers=token)
    last = entries(site.portal)[-1]
    assert (last.action, last.kind, last.after) == ("search", "case", {"by": "api", "filters": []})


def test_a_search_is_noted_without_what_was_searched_for(site: Site, clerk: Browser) -> None:
    before = len(entries(site.portal, action="search"))
    assert clerk.get("/records/case/list/?text=张小明&stage=intake").status_code == 200
    assert clerk.get("/records/case/list/?all=1").status_code == 200
    found = entries(site.portal, action="search")
    assert len(found) == before + 1
    assert found[-1].after == {"by": "page", "filters": ["stage", "text"]}
    assert "张小明" not in str(found[-1].__dict__)


def test_a_database_that_takes_no_note_lets_people_read(
    site: Site, clerk: Browser, case: str, caplog: Any
) -> None:
    engine = site.portal.database.engine
    with engine.execution_options(portal_writer=True).begin() as connection:
        connection.execute(text("ALTER TABLE audit_entry RENAME COLUMN channel TO channel_away"))
    try:
        with caplog.at_level(logging.ERROR, "portal.audit"):
            assert clerk.get(case).status_code == 200
    finally:
        with engine.execution_options(portal_writer=True).begin() as connection:
            connection.execute(text("ALTER TABLE audit_entry RENAME COLUMN channel_away TO channel"))
    assert uid_of(case) in caplog.text


def test_the_chain_is_clean_after_all_this(site: Site) -> None:
    audit.seal(site.portal)
    assert audit.verify(site.portal).findings == []


def test_a_refused_write_leaves_no_change_entry(site: Site, clerk: Browser) -> None:
    before = len(entries(site.portal, action="add", kind="case"))
    url = "/records/case/add"
    answer = clerk.send(url, clerk.form(url))
    assert answer.status_code in (200, 422)
    assert len(entries(site.portal, action="add", kind="case")) == before


def test_the_auditor_finds_who_registered_a_case_by_its_number(
    site: Site, auditor: Browser, case: str
) -> None:
    with site.portal.reading(Access.system("test")) as session:
        code = session.scalar(select(Record.code).where(Record.uid == uid_of(case)))
    page = auditor.get(f"/audit/?thing={code}&action=add")
    assert page.status_code == 200
    assert page.text.count('<details class="audit-entry">') == 1
    assert code in page.text


def test_personal_values_are_masked(auditor: Browser, case: str) -> None:
    page = auditor.get(f"/audit/?thing={uid_of(case)}").text
    assert "••••••" in page
    for personal in ("张小明", "13800000000"):
        assert personal not in page
    assert "530112001" in page


def test_fields_are_found_by_name_and_never_by_value(auditor: Browser, case: str) -> None:
    uid = uid_of(case)
    assert uid in auditor.get(f"/audit/?thing={uid}&field=phone").text
    assert "audit-entry" not in auditor.get(f"/audit/?thing={uid}&field=13800000000").text


def test_an_auditor_sees_the_own_units_only(site: Site, auditor: Browser, case: str) -> None:
    with site.portal.writing(Access.system("test")) as uow:
        path = units.by_code(uow.session, "530115").path
        uow.audit_event("open", kind="case", object_id="elsewhere", unit_path=path)
        uow.audit_event("login_failed", kind="user", object_id="nowhere")
        uow.commit()
    foreign = "elsewhere"
    assert "audit-entry" not in auditor.get(f"/audit/?thing={foreign}").text
    assert "audit-entry" not in auditor.get("/audit/?thing=nowhere").text
    city = site.login("city_auditor")
    assert "audit-entry" in city.get(f"/audit/?thing={foreign}").text
    assert "audit-entry" in city.get("/audit/?thing=nowhere").text


def test_filters_narrow_and_pages_go_on(site: Site, auditor: Browser, clerk: Browser, case: str) -> None:
    for _ in range(55):
        clerk.get(case)
    first = auditor.get("/audit/?person=clerk&action=open")
    assert first.text.count('<details class="audit-entry">') == 50
    oldest = min(int(one.id) for one in entries(site.portal, actor="clerk某", action="open")[-50:])
    assert f"before={oldest}" in first.text
    assert "audit-entry" in auditor.get(f"/audit/?person=clerk&action=open&before={oldest}").text
    assert "audit-entry" not in auditor.get("/audit/?person=nobody").text
    assert "audit-entry" not in auditor.get("/audit/?since=2030-01-01").text
    assert "audit-entry" in auditor.get("/audit/?since=2026-05-06&until=2026-05-06&unit=530112").text
    assert "audit-entry" not in auditor.get("/audit/?unit=530115").text


@pytest.mark.parametrize("query", ["since=x", "until=0001-01-01", "before=x", "before=99999999999999999999"])
def test_bad_filters_are_refused(auditor: Browser, query: str) -> None:
    assert auditor.get(f"/audit/?{query}").status_code == 400


def test_who_is_no_auditor_sees_nothing(site: Site, clerk: Browser) -> None:
    assert clerk.get("/audit/").status_code in (302, 403)
    assert "/audit/" not in clerk.get("/").text
    assert site.stranger().get("/audit/").status_code in (302, 401)


def test_both_languages_are_complete(auditor: Browser) -> None:
    assert "Audit log" in auditor.get("/audit/?_l_=en").text
    assert "审计" in auditor.get("/audit/?_l_=zh_Hans").text


def test_publishing_and_activating_read_in_words(site: Site, auditor: Browser) -> None:
    with site.portal.reading(Access.system("test")) as session:
        release = session.scalars(select(Release).where(Release.pack == "county/xishan")).one()
    page = auditor.get("/audit/?action=publish").text
    assert f"county/xishan {release.version}</span>" in page
    assert f">{release.digest}</span>" not in page
    chain = ", ".join(f"{link['id']} {link['version']}" for link in release.chain)
    assert chain.startswith("base ")
    assert chain in page
    assert "record_value" not in page
    for name in ("chain", "columns", "units", "publish"):
        assert f">{name}<" not in page, name
    activated = auditor.get("/audit/?action=activate").text
    assert f"<td>county/xishan {release.version}</td>" in activated.replace("\n", "")
    assert "release_id" not in activated


def test_a_record_whose_key_is_lost_says_what_can_not_be_read(site: Site, clerk: Browser) -> None:
    address = site.register(clerk)
    edit = f"/records/case/edit/{uid_of(address)}"
    assert clerk.send(edit, clerk.form(edit), **{"/claim": "另行主张"}).status_code == 303
    before = clerk.get(address).text
    assert "无法读取" not in before
    with site.portal.database.engine.begin() as connection:
        lost = update(Record.__table__).where(Record.__table__.c.uid == uid_of(address))
        connection.execute(lost.values(key="x" * 40))
    page = clerk.get(address).text
    assert "规则建议的内容已无法读取" in page
    assert "没有规则给出建议" not in page
    assert "已随记录销毁" in page
