"""What somebody typed is not lost: sessions that end, two tabs, disclosures that run out, releases that change."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import delete, select

from portal.core.access import Access, Origin
from portal.persistence.models import Disclosure, Record, SignInSession, User
from portal.services import records, users
from tests.web.records.seeded_site import CASE, PASSWORD, Browser, Site, changed, errors_in, form_in, uid_of
from tests.web.records.test_records_release import publish

ADD = "/records/case/add"
HTMX = {"HX-Request": "true"}
ENDED, DENIED = "您的会话已结束", "您没有此项权限"
XISHAN, JINNING = "530112", "530115"


def end_sessions(site: Site) -> None:
    """Let every session end, as after a long break; the cookies stay in the browsers."""
    with site.portal.writing(Access.system("test")) as uow:
        uow.session.connection().execute(delete(SignInSession))
        uow.commit()


def data_of(site: Site, uid: str) -> tuple[Record, dict[str, Any]]:
    with site.portal.reading(Access.system("test")) as session:
        record = session.scalars(select(Record).where(Record.uid == uid)).one()
        return record, records.view_of(site.portal, session, record).clear


def count(site: Site) -> int:
    with site.portal.reading(Access.system("test")) as session:
        return sum(records.counts(site.portal, session, "case").values())


@pytest.fixture
def both(site: Site) -> Browser:
    """A clerk of two counties, who works for Xishan at first."""
    with site.portal.writing(Access.system("test"), Origin()) as uow:
        if uow.session.scalar(select(User.id).where(User.username == "both")) is None:
            made = users.create(uow, "both", PASSWORD, "某", "both")
            users.assign(uow, made.id, "clerk", XISHAN, audited=False)
            users.assign(uow, made.id, "clerk", JINNING, audited=False)
        uow.commit()
    browser = site.login("both")
    switch(browser, XISHAN)
    return browser


def switch(browser: Browser, code: str) -> None:
    assert browser.post("/unit", {"csrf_token": browser.token(), "code": code}).status_code == 302


# ---- a session that ends -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("what", "cookie"),
    [
        *(
            (what, "stays")
            for what in ("refresh", "send", "upload", "edit", "dispose", "transition", "answer")
        ),
        *(("refresh", "gone"), ("send", "gone"), ("upload", "gone"), ("send", "foreign")),
    ],
)
def test_without_a_session_nothing_is_taken_and_no_right_is_missing(
    site: Site, cookie: str, what: str
) -> None:
    browser = site.login("clerk")
    uid = uid_of(site.register(browser))
    pairs = changed(browser.form(ADD), CASE)
    end_sessions(site)
    if cookie == "gone":
        browser = site.stranger()
    elif cookie == "foreign":
        browser = site.stranger()
        browser.get("/login/")
    before = count(site)
    url = {
        "edit": f"/records/case/edit/{uid}",
        "upload": "/records/case/upload",
        "dispose": f"/records/case/dispose/{uid}",
        "transition": f"/records/case/transition/{uid}/analyse",
        "answer": f"/records/case/referral/{uid}/x/accept",
    }.get(what, ADD)
    sent: Any = [*pairs, ("_refresh", "1")] if what == "refresh" else pairs
    if what == "upload":
        sent = {"file": (io.BytesIO(b"%PDF-1.7"), "a.pdf")}
    headers = {"refresh": HTMX, "upload": {"Accept": "application/json"}}.get(what, {})
    answer = browser.post(url, sent, headers=headers)
    assert answer.status_code == 401, answer.status_code
    text = answer.json["error"]["message"] if what == "upload" else answer.text
    assert ENDED in text
    assert DENIED not in text
    if what == "refresh":
        assert answer.headers["HX-Retarget"] == "#flash"
        assert "<html" not in answer.text
        assert 'name="username"' not in answer.text
    assert count(site) == before
    assert DENIED not in browser.get("/login/").text


def test_a_page_without_a_session_says_that_it_ended_and_leads_back(site: Site) -> None:
    browser = site.login("clerk")
    end_sessions(site)
    for url in (ADD, "/records/case/list/?all=1", "/units/", "/users/userinfo/"):
        answer = browser.get(url)
        assert answer.status_code == 302
        assert answer.headers["Location"].startswith("/login/?next=/"), url
        page = browser.get(answer.headers["Location"]).text
        assert ENDED in page, url
        assert DENIED not in page
    stranger = site.stranger().get(ADD, follow_redirects=True).text
    assert DENIED not in stranger


def test_what_a_page_asks_for_in_passing_gets_401_too(site: Site) -> None:
    browser = site.login("clerk")
    end_sessions(site)
    for url, headers in (
        ("/lookup/terms/disputes", {"Accept": "application/json"}),
        ("/units/branch/530112", HTMX),
        ("/records/case/why/x", HTMX),
    ):
        answer = browser.get(url, headers=headers)
        assert answer.status_code == 401, url
        assert DENIED not in answer.text


def test_the_page_that_was_refused_leads_to_signing_in_and_back_to_its_form(site: Site) -> None:
    browser = site.login("clerk")
    pairs = changed(browser.form(ADD), CASE)
    end_sessions(site)
    page = browser.post(ADD, pairs, headers={"Referer": "http://localhost/records/case/add?parent="}).text
    assert "/login/?next=/records/case/add" in page
    elsewhere = browser.post(ADD, pairs, headers={"Referer": "http://evil.invalid/x"}).text
    assert "evil" not in elsewhere


def test_who_is_here_is_told_with_the_token_of_the_forms(site: Site) -> None:
    assert site.stranger().get("/session").json["person"] is None
    browser = site.login("clerk")
    pairs = changed(browser.form(ADD), CASE)
    end_sessions(site)
    again = site.login("clerk")
    browser.client.set_cookie("one_door", again.client.get_cookie("one_door").value)
    assert browser.post(ADD, pairs).status_code == 400  # the token went with the session
    token = browser.get("/session").json["csrf"]
    answer = browser.post(ADD, changed(pairs, {"csrf_token": token}))
    assert answer.status_code == 303, errors_in(answer.text)


# ---- two tabs with two units -----------------------------------------------------------------------


def test_a_form_counts_for_the_unit_it_was_made_for(site: Site, both: Browser) -> None:
    pairs = both.form(ADD)
    switch(both, JINNING)
    refreshed = both.post(ADD, [*changed(pairs, CASE), ("_refresh", "1")], headers=HTMX)
    assert refreshed.status_code == 200
    assert "patrol_kind" not in refreshed.text  # a field of Jinning's form
    wrong = both.send(ADD, pairs, **CASE | {"/summary": ""})
    assert wrong.status_code == 422
    assert dict(form_in(wrong.text, ADD))["unit"] == XISHAN
    assert "西山区" in wrong.text
    answer = both.send(ADD, pairs, **CASE)
    assert answer.status_code == 303, errors_in(answer.text)
    assert "西综〔" in both.get(answer.headers["Location"]).text


def test_a_form_for_a_unit_without_the_right_is_shown_again_with_its_contents(site: Site) -> None:
    clerk = site.login("clerk")
    before = count(site)
    for code in (JINNING, "530199", "x" * 60):
        answer = clerk.send(ADD, clerk.form(ADD), **CASE | {"unit": code})
        assert answer.status_code == 409, code
        assert "此表单原为" in answer.text
        again = dict(form_in(answer.text, ADD))
        assert again["unit"] == XISHAN
        assert again["/claim"] == CASE["/claim"]
    assert count(site) == before
    assert clerk.send(ADD, form_in(answer.text, ADD)).status_code == 303


def test_terms_are_those_of_the_form_s_release(site: Site, both: Browser) -> None:
    page = both.get(ADD).text
    address = page.split('data-lookup="/lookup/terms/')[1].split('"')[0]
    switch(both, JINNING)
    taxonomy = address.partition("?")[0]
    own, other = (both.get(f"/lookup/terms/{one}").json for one in (address, taxonomy))
    assert own
    assert both.get(f"/lookup/terms/{taxonomy}?release=999999").status_code == 404
    assert both.get(f"/lookup/terms/{taxonomy}?release=x").json == other


# ---- a disclosure that runs out ------------------------------------------------------------------------


@pytest.fixture
def opened(site: Site) -> Iterator[tuple[Browser, str, list[tuple[str, str]]]]:
    """A clerk with the form of a case whose personal data are shown, for now."""
    clerk = site.login("clerk")
    uid = uid_of(site.register(clerk))
    url = f"/records/case/unmask/{uid}"
    assert clerk.post(url, {"csrf_token": clerk.token(), "purpose": "联系当事人"}).status_code == 303
    yield clerk, uid, clerk.form(f"/records/case/edit/{uid}")
    _mask(site)


def _mask(site: Site) -> None:
    with site.portal.writing(Access.system("test")) as uow:
        uow.session.connection().execute(delete(Disclosure))
        uow.commit()


Opened = tuple[Browser, str, list[tuple[str, str]]]


def test_what_is_masked_again_is_named_and_nothing_is_saved(site: Site, opened: Opened) -> None:
    clerk, uid, pairs = opened
    url = f"/records/case/edit/{uid}"
    _mask(site)
    answer = clerk.send(url, pairs, **{"/applicant_phone": "13911112222", "/claim": "改过的诉求"})
    assert answer.status_code == 422
    assert "13911112222" in answer.text
    record, data = data_of(site, uid)
    assert (record.version, data["applicant_phone"], data["claim"]) == (1, "13800000000", "退还定金")
    # Shown again, what was typed is back; without asking again it counts no more.
    shown = form_in(answer.text, url)
    assert clerk.send(url, shown).status_code == 422
    refreshed = clerk.post(url, [*shown, ("_refresh", "1")], headers=HTMX)
    assert "13911112222" in refreshed.text
    saved = clerk.send(url, shown, without="1")
    assert saved.status_code == 303, errors_in(saved.text)
    record, data = data_of(site, uid)
    assert (record.version, data["applicant_phone"], data["claim"]) == (2, "13800000000", "改过的诉求")


def test_shown_once_more_it_is_saved_as_typed(site: Site, opened: Opened) -> None:
    clerk, uid, pairs = opened
    url = f"/records/case/edit/{uid}"
    _mask(site)
    again = form_in(clerk.send(url, pairs, **{"/applicant_phone": "13911112222"}).text, url)
    clerk.post(f"/records/case/unmask/{uid}", {"csrf_token": clerk.token(), "purpose": "联系当事人"})
    assert clerk.send(url, again).status_code == 303
    assert data_of(site, uid)[1]["applicant_phone"] == "13911112222"


def test_who_changed_nothing_that_is_masked_is_not_asked(site: Site, opened: Opened) -> None:
    clerk, uid, pairs = opened
    _mask(site)
    assert clerk.send(f"/records/case/edit/{uid}", pairs, **{"/claim": "只改诉求"}).status_code == 303
    assert data_of(site, uid)[1]["applicant_name"] == CASE["/applicant_name"]


def test_emptying_what_is_masked_again_is_named_as_well(site: Site, opened: Opened) -> None:
    clerk, uid, pairs = opened
    _mask(site)
    answer = clerk.send(f"/records/case/edit/{uid}", pairs, **{"/applicant_phone": ""})
    assert answer.status_code == 422
    assert "已清空" in answer.text
    assert data_of(site, uid)[1]["applicant_phone"] == "13800000000"


def test_a_form_that_was_masked_empties_nothing_when_data_are_shown_meanwhile(site: Site) -> None:
    clerk = site.login("clerk")
    uid = uid_of(site.register(clerk))
    url = f"/records/case/edit/{uid}"
    pairs = clerk.form(url)
    clerk.post(f"/records/case/unmask/{uid}", {"csrf_token": clerk.token(), "purpose": "联系当事人"})
    assert clerk.send(url, pairs, **{"/claim": "改诉求"}).status_code == 303
    data = data_of(site, uid)[1]
    assert (data["applicant_phone"], data["claim"]) == ("13800000000", "改诉求")
    _mask(site)


def test_the_note_of_somebody_else_or_of_another_record_says_nothing(site: Site, opened: Opened) -> None:
    clerk, _, pairs = opened
    other = uid_of(site.register(clerk))
    _mask(site)
    note = dict(pairs)["made"]
    url = f"/records/case/edit/{other}"
    # Nobody finds out by guesses what a masked number is.
    for made in (note, note + "x", ""):
        answer = clerk.send(url, clerk.form(url), made=made, **{"/applicant_phone": "13911112222"})
        assert answer.status_code == 303
        assert data_of(site, other)[1]["applicant_phone"] == "13800000000"


# ---- a release that changes ----------------------------------------------------------------------------


def test_a_field_that_a_newer_release_drops_is_named(site: Site, tmp_path: Path) -> None:
    clerk = site.login("clerk")
    pairs, untouched = clerk.form(ADD), clerk.form(ADD)
    publish(site, tmp_path, "9.5.0", without=["claim"], required=[])
    before = count(site)
    answer = clerk.send(ADD, pairs, **CASE | {"/claim": "要保留的话"})
    assert answer.status_code == 422
    assert "要保留的话" in answer.text
    assert "已登记" not in answer.text
    assert count(site) == before
    again = form_in(answer.text, ADD)
    assert clerk.send(ADD, again).status_code == 422
    assert clerk.send(ADD, again, without="1").status_code == 303
    assert count(site) == before + 1
    # Who entered nothing there is not asked.
    assert clerk.send(ADD, untouched, **{k: v for k, v in CASE.items() if k != "/claim"}).status_code == 303
