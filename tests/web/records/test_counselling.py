"""Referral to counselling: by consent alone, without a word of health, for those who need it; withdrawn at any time."""

from __future__ import annotations

import html
import json
from pathlib import Path
from typing import Any

import pytest

from portal.core.access import Access, Origin
from portal.core.errors import Conflict, InvalidInput, NotFound
from portal.services import records, users
from tests.fixtures.database import access_for
from tests.web.records.closed_cases import close
from tests.web.records.seeded_site import PASSWORD, Browser, Site, errors_in, uid_of

ROOT = Path(__file__).parents[3]
SYSTEM = Access.system("test")
CENTRE = "530112"
ASKED: dict[str, Any] = {
    "side": "applicant",
    "name": "赵小妹",
    "phone": "13912345670",
    "need": ["N1", "N3"],
    "consent": True,
    "consent_by": "self",
    "consent_at": "2026-05-06T09:20:00+08:00",
    "consent_way": "in_person",
}
TYPED = {
    "/side": "applicant",
    "/name": "赵小妹",
    "/phone": "13912345670",
    "/need": ["N1", "N3"],
    "/consent": "true",
    "/consent_by": "self",
    "/consent_at": "2026-05-06T09:20",
    "/consent_way": "in_person",
}
STRANGERS = ("handler", "reviewer", "inspector", "appraiser", "archivist", "supervisor")


@pytest.fixture(scope="module")
def counsellor(site: Site) -> Browser:
    """The counsellor of the centre."""
    with site.portal.writing(SYSTEM, Origin()) as uow:
        user = users.create(uow, "shudao", PASSWORD, "某", "shudao")
        users.assign(uow, user.id, "counsellor", CENTRE, audited=False)
        uow.commit()
    return site.login("shudao")


@pytest.fixture
def case(site: Site, clerk: Browser) -> str:
    return site.register(clerk)


def refer(site: Site, case: str, who: str = "mediator", **more: Any) -> str:
    """Refer a party of a case; return the identifier of the referral."""
    with site.portal.writing(access_for(site.portal, who, CENTRE)) as uow:
        data = {name: value for name, value in (ASKED | more).items() if value is not None}
        uid = records.register(uow, "counselling", "", data, parent=uid_of(case)).record.uid
        uow.commit()
    return uid


def step(site: Site, uid: str, name: str, who: str = "counsellor", **form: Any) -> None:
    with site.portal.writing(access_for(site.portal, who, CENTRE)) as uow:
        version = form.pop("version", None) or records.get_any(uow.session, uid).version
        records.transition(uow, uid, name, version=version, form=form)
        uow.commit()


def stage_of(site: Site, uid: str) -> str | None:
    with site.portal.reading(SYSTEM) as session:
        return records.get_any(session, uid).stage


def page_of(uid: str) -> str:
    return f"/records/counselling/show/{uid}"


RECEIVED = {"received_on": "2026-05-06"}
WITHDRAWN = {"withdrawn_by": "self", "withdrawn_on": "2026-05-06"}


def test_a_clerk_refers_a_party_from_the_case_and_the_counsellor_receives_and_ends(
    site: Site, clerk: Browser, counsellor: Browser, case: str
) -> None:
    assert "心理疏导转介" in html.unescape(clerk.get(case).text)
    add = f"/records/counselling/add?parent={uid_of(case)}"
    answer = clerk.send(add, clerk.form(add), **TYPED)
    assert answer.status_code == 303, errors_in(answer.text)
    home = html.unescape(counsellor.get("/").text)
    assert "待心理疏导" in home
    with site.portal.reading(SYSTEM) as session:
        whole = records.get_any(session, uid_of(case))
        (made,) = records.children_of(session, whole, ["counselling"], 5)
    page = html.unescape(counsellor.get(page_of(made.uid)).text)
    assert "个别疏导" in page
    assert counsellor.get(case).status_code in (403, 404)
    assert "张小明" not in page
    for name, typed in (("receive", {}), ("end", {"/ending": "completed"})):
        url = f"/records/counselling/transition/{made.uid}/{name}"
        pairs = counsellor.form(url)
        assert [counsellor.send(url, pairs, **typed).status_code for _ in range(2)] == [303, 303]
    assert stage_of(site, made.uid) == "ended"


@pytest.mark.parametrize(
    "lacking",
    [
        {"consent": False},
        {"consent": None},
        {"consent_at": None},
        {"consent_by": None},
        {"consent_by": "guardian"},
        {"need": []},
        {"need": ["抑郁"]},
        {"name": "长" * 31},
    ],
)
def test_nobody_is_referred_without_consent_its_time_and_a_need_by_code(
    site: Site, case: str, lacking: dict[str, Any]
) -> None:
    with pytest.raises(InvalidInput):
        refer(site, case, **lacking)


def test_no_place_takes_words_about_a_person() -> None:
    """Every text is a name or a number, everything else a day or one of some codes; no step asks a reason."""
    cycle = json.loads((ROOT / "seed/base/lifecycles/counselling.json").read_text(encoding="utf-8"))
    forms = {one["form"] for one in cycle["transitions"].values()}
    assert not any("reason" in one for one in cycle["transitions"].values())
    texts = set()
    for name in ("counselling", *forms):
        raw = json.loads((ROOT / f"form_definitions/base/{name}.json").read_text(encoding="utf-8"))
        for field, one in raw["schema"]["properties"].items():
            one = one.get("items", one)
            if (
                one["type"] == "string"
                and "oneOf" not in one
                and one.get("format") not in ("date", "date-time")
            ):
                texts.add(field)
                assert one.get("format") == "cn-phone" or one["maxLength"] <= 30
    assert texts == {"name", "phone", "guardian"}


def test_only_those_who_need_it_see_it(site: Site, clerk: Browser, case: str) -> None:
    uid = refer(site, case)
    for role in STRANGERS:
        access = access_for(site.portal, role, CENTRE)
        with site.portal.reading(access) as session:
            assert (
                records.children_of(session, records.get_any(session, uid_of(case)), ["counselling"], 5) == []
            )
            with pytest.raises(NotFound):
                records.get(session, "counselling", uid)
    handler = site.login("handler")
    assert handler.get(page_of(uid)).status_code in (403, 404)
    with site.portal.reading(SYSTEM) as session:
        told = records.history(site.portal, session, records.get_any(session, uid_of(case)))
    assert not any("counsel" in json.dumps([one.name, one.kind, one.data], default=str) for one in told)


def test_health_is_no_filter_and_is_counted_nowhere() -> None:
    raw = json.loads((ROOT / "form_definitions/base/counselling.json").read_text(encoding="utf-8"))
    assert raw["entity"]["index"] == []
    assert raw["entity"]["list"]["filters"] == ["stage"]
    assert raw["entity"]["nav"] is False


@pytest.mark.parametrize("who", ["clerk", "triage", "mediator", "director", "counsellor"])
def test_consent_is_withdrawn_at_any_time_without_a_reason(site: Site, case: str, who: str) -> None:
    for before in ((), ("receive",)):
        uid = refer(site, case)
        for name in before:
            step(site, uid, name, **RECEIVED)
        step(site, uid, "withdraw", who, **WITHDRAWN)
        assert stage_of(site, uid) == "withdrawn"
        with pytest.raises(Conflict):
            step(site, uid, "receive", **RECEIVED)


def test_consent_is_withdrawn_after_the_matter_was_closed_too(site: Site, case: str) -> None:
    uid = refer(site, case)
    close(site, uid_of(case))
    step(site, uid, "withdraw", "clerk", **WITHDRAWN)
    assert stage_of(site, uid) == "withdrawn"


def test_a_stale_version_changes_nothing(site: Site, case: str) -> None:
    uid = refer(site, case)
    step(site, uid, "receive", version=1, **RECEIVED)
    with pytest.raises(Conflict):
        step(site, uid, "withdraw", "clerk", version=1, **WITHDRAWN)
    assert stage_of(site, uid) == "received"


@pytest.mark.parametrize(
    ("name", "who", "form", "at"),
    [
        ("receive", "counsellor", {"received_on": "2026-05-05"}, "/form/received_on"),
        ("end", "counsellor", {"ended_on": "2026-05-05", "ending": "not_reached"}, "/form/ended_on"),
        ("withdraw", "clerk", {"withdrawn_by": "self", "withdrawn_on": "2026-05-05"}, "/form/withdrawn_on"),
    ],
)
def test_consent_comes_first(
    site: Site, case: str, name: str, who: str, form: dict[str, str], at: str
) -> None:
    uid = refer(site, case)
    with pytest.raises(InvalidInput) as refused:
        step(site, uid, name, who, **form)
    assert [one.pointer for one in refused.value.problems] == [at]
    assert refused.value.problems[0].params["day"] == "2026-05-06"
    assert stage_of(site, uid) == "asked"


def test_the_page_says_that_consent_comes_first(site: Site, counsellor: Browser, case: str) -> None:
    uid = refer(site, case)
    url = f"/records/counselling/transition/{uid}/receive"
    answer = counsellor.send(url, counsellor.form(url), **{"/received_on": "2026-05-05"})
    assert answer.status_code == 422
    assert "不早于“同意时间”（2026-05-06）" in html.unescape(errors_in(answer.text))
