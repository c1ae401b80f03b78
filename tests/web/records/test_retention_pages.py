"""The pages of keeping and destroying, and of copies for persons, as people use them."""

from __future__ import annotations

import datetime as dt
import html
import io
import json
import re
import zipfile

import pytest
from sqlalchemy import select, update

from portal.core.access import Access
from portal.core.acts import HOLD_VOLUME
from portal.persistence.models import AuditEntry, Destruction, Record, SubjectRequest, Volume
from portal.services import records, users
from portal.services.archive import destroying
from portal.services.archive.subjects import PER_HOUR
from portal.services.jobs import queue
from portal.services.jobs.running import JobRun, run_claim
from tests.web.records.seeded_site import PASSWORD, TODAY, Browser, Site, uid_of

SYSTEM = Access.system("test")
PEOPLE = {"keeper": "archivist", "chief": "director", "officer": "privacy_officer"}


@pytest.fixture(scope="module")
def people(site: Site) -> dict[str, Browser]:
    with site.portal.writing(SYSTEM) as uow:
        for name, role in PEOPLE.items():
            made = users.create(uow, name, PASSWORD, "某", name)
            users.assign(uow, made.id, role, "530112", audited=False)
        made = users.create(uow, "both", PASSWORD, "某", "both")
        for role in ("archivist", "director"):
            users.assign(uow, made.id, role, "530112", audited=False)
        uow.commit()
    return {name: site.login(name) for name in (*PEOPLE, "both")}


@pytest.fixture
def case(site: Site) -> str:
    """The address of a case whose volume is over since yesterday."""
    url = site.register(site.login("clerk"))
    values = {"stage": "archived", "canonical_stage": "archive", "is_open": False}
    with site.portal.database.engine.begin() as connection:
        connection.execute(update(Record.__table__).where(Record.uid == uid_of(url)).values(**values))
    with site.portal.writing(SYSTEM) as uow:
        from portal.services.records.acts.performing import perform

        record = records.get_any(uow.session, uid_of(url))
        with perform(uow, HOLD_VOLUME, record) as act:
            act.touch()
        uow.commit()
    over = {"ends_on": TODAY - dt.timedelta(days=1)}
    with site.portal.database.engine.begin() as connection:
        connection.execute(update(Volume.__table__).values(**over))
    return url


def words(browser: Browser, url: str) -> str:
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", browser.get(url).text)).split())


def code_of(site: Site, case: str) -> str:
    with site.portal.reading(SYSTEM) as session:
        return records.get_any(session, uid_of(case)).code or ""


def propose(browser: Browser, case: str, **more: str) -> str:
    values = {"csrf_token": browser.token(), "volume": uid_of(case), "reason": "保管期满"} | more
    answer = browser.post("/retention/propose", values)
    assert answer.status_code == 303
    return str(answer.headers["Location"])


def work(site: Site) -> None:
    claim = queue.claim(site.portal, "w", [destroying.JOB])
    assert claim is not None
    assert run_claim(site.portal, JobRun(site.portal, claim))


def test_a_list_that_waits_stands_at_home_of_who_decides(
    site: Site, people: dict[str, Browser], case: str
) -> None:
    assert 'id="to-destroy"' not in people["chief"].get("/").text
    shown = propose(people["keeper"], case)
    for name, there in (("chief", True), ("keeper", False), ("officer", False), ("both", True)):
        assert (f'href="{shown}"' in people[name].get("/").text) is there, name
    chief = people["chief"]
    chief.post(f"{shown}/refuse", {"csrf_token": chief.token(), "version": "1", "reason": "再核一遍"})
    assert 'id="to-destroy"' not in chief.get("/").text


def test_a_volume_is_proposed_approved_by_another_and_gone(
    site: Site, people: dict[str, Browser], case: str
) -> None:
    keeper, chief = people["keeper"], people["chief"]
    code = code_of(site, case)
    page = words(keeper, "/retention/")
    assert code in page
    assert "张小明" not in page
    made = propose(keeper, case)
    assert "等待另一人审批" in words(keeper, made)
    assert "/approve" not in keeper.get(made).text
    assert "请您审批" in words(chief, made)
    form = chief.form(made, f"{made}/approve")
    assert chief.send(f"{made}/approve", form, note="同意").status_code == 303
    # The same form once more, by a second click.
    assert chief.send(f"{made}/approve", form, note="同意").status_code == 303
    work(site)
    said = words(chief, made)
    assert "已销毁，不可恢复" in said
    assert "同意" in said
    assert keeper.get(case).status_code == 404
    assert code not in words(keeper, "/retention/")
    assert code in said
    assert site.login("jinning").get(made).status_code in (403, 404)


def test_whoever_proposed_it_is_told_that_another_decides(
    site: Site, people: dict[str, Browser], case: str
) -> None:
    both = people["both"]
    made = propose(both, case)
    token = {"csrf_token": both.token(), "version": "1"}
    assert both.post(f"{made}/approve", token).status_code == 303
    assert "提出人不能审批" in words(both, made)
    assert both.post(f"{made}/withdraw", token | {"version": "9"}).status_code == 303
    assert both.post(f"{made}/withdraw", token).status_code == 303
    assert "已撤回" in words(both, made)
    keeper = people["keeper"]
    own = {"csrf_token": keeper.token(), "version": "1"}
    assert keeper.post(f"{made}/approve", own).status_code == 403


def test_a_list_is_refused_and_one_that_was_stopped_goes_on(
    site: Site, people: dict[str, Browser], case: str
) -> None:
    keeper, chief = people["keeper"], people["chief"]
    made = propose(keeper, case)
    form = chief.form(made, f"{made}/refuse")
    assert chief.send(f"{made}/refuse", form, reason="还有查考价值").status_code == 303
    assert "还有查考价值" in words(keeper, made)
    again = propose(keeper, case)
    chief.send(f"{again}/approve", chief.form(again, f"{again}/approve"))
    with site.portal.writing(SYSTEM) as uow:
        number = uow.session.scalars(select(Destruction.job_id).where(Destruction.state == "approved")).one()
        assert queue.cancel(uow, number or 0)
        uow.commit()
    assert "销毁中途停止" in words(chief, again)
    form = chief.form(again, f"{again}/go_on")
    assert chief.send(f"{again}/go_on", form).status_code == 303
    work(site)
    assert "已销毁，不可恢复" in words(chief, again)


def test_what_is_wrong_with_a_proposal_is_said_and_nothing_is_kept(
    site: Site, people: dict[str, Browser], case: str
) -> None:
    keeper = people["keeper"]
    with site.portal.reading(SYSTEM) as session:
        before = len(destroying.lists_of(session))
    for values in ({"volume": ""}, {"reason": "…"}, {"volume": "x" * 40}):
        assert propose(keeper, case, **values).endswith("/retention/")
    with site.portal.reading(SYSTEM) as session:
        assert len(destroying.lists_of(session)) == before
    assert site.login("clerk").get("/retention/").status_code == 403


def test_a_person_gets_a_copy_and_the_page_tells_nothing(site: Site, people: dict[str, Browser]) -> None:
    url = site.register(site.login("clerk"))
    officer = people["officer"]
    with site.portal.reading(SYSTEM) as session:
        number = records.view_of(site.portal, session, records.get_any(session, uid_of(url))).clear[
            "applicant_phone"
        ]
    page = words(officer, "/subjects/")
    assert "个人信息保护法第四十五条" in page
    there, nobody = (officer.post("/subjects/copy", _asked(officer, one)) for one in (number, "13900000000"))
    assert there.status_code == nobody.status_code == 200
    with zipfile.ZipFile(io.BytesIO(there.data)) as kept:
        assert kept.namelist() == ["copy.html", "copy.json"]
        told = json.loads(kept.read("copy.json"))
        assert "张小明" in kept.read("copy.html").decode()
    assert told["records"]
    assert "uid" not in told["records"][0]
    with zipfile.ZipFile(io.BytesIO(nobody.data)) as kept:
        assert json.loads(kept.read("copy.json"))["records"] == []
    with site.portal.reading(SYSTEM) as session:
        assert len(session.scalars(select(SubjectRequest)).all()) == 2
        noted = session.scalars(select(AuditEntry.object_id).where(AuditEntry.action == "subject.copy")).all()
    assert uid_of(url) in noted
    # The officer sees no matter of anybody.
    assert officer.get(url).status_code == 403


def _asked(browser: Browser, number: str) -> dict[str, str]:
    return {"csrf_token": browser.token(), "number": number, "ground": "access", "proof": "id_card"}


def test_a_copy_is_refused_in_words_without_number_ground_or_proof(
    site: Site, people: dict[str, Browser]
) -> None:
    officer = people["officer"]
    for more in ({"number": "1234"}, {"ground": ""}, {"proof": "x"}):
        answer = officer.post("/subjects/copy", _asked(officer, "13900000000") | more)
        assert answer.status_code == 422
        assert 'aria-invalid="true"' in answer.text
        assert "13900000000" not in answer.text
    assert site.login("clerk").get("/subjects/").status_code == 403
    for _ in range(PER_HOUR):
        officer.post("/subjects/copy", _asked(officer, "13900000000"))
    assert officer.post("/subjects/copy", _asked(officer, "13900000000")).status_code == 429
