"""Violence at home goes its own way, minors are kept from sight: each sentence, for several roles, by page and API."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any

import pytest

from portal.adapters.pack_files import shipped_root
from portal.core.access import Access, Origin
from portal.core.errors import InvalidInput
from portal.services import records, users
from tests.services.handing import case, do, now
from tests.web.api.program import CASES, Program
from tests.web.records.seeded_site import PASSWORD, Browser, Site, errors_in, uid_of

SYSTEM = Access.system("test")
CENTRE, POLICE = "530112", "530112:police"
ROLES = ("clerk", "triage", "director", "appraiser", "mediator", "inspector", "archivist", "supervisor")
AT_POLICE = ("handler", "reviewer")
EVERYBODY = (*ROLES, *AT_POLICE)
ADDRESS, DOOR, PHONE = "西山区马街街道翠峰路九号三单元", "翠峰路九号旁小卖部楼上", "13877665544"
VICTIM, CHILD, SCHOOL = "欧阳修竹", "慕容小满", "向阳花小学三年级二班"
VIOLENCE = {
    "/dispute_type": "D0106",
    "/applicant_name": VICTIM,
    "/applicant_phone": PHONE,
    "/applicant_address": ADDRESS,
    "/place_detail": DOOR,
    "/summary": "当事人称近期多次遭受殴打，请求保护",
    "/willing": "undecided",
}
MINOR = {
    "/applicant_name": CHILD,
    "/dispute_type": "D1003",
    "/summary": f"在{SCHOOL}受伤，要求学校说明",
    "/minor_involved": "true",
}
# The ways that a mediator goes: none of them is ever proposed where somebody is beaten.
MEDIATED = {"R01", "R02", "R11"}


@dataclass
class Matter:
    """A case, and where it stands."""

    url: str

    @property
    def uid(self) -> str:
        return uid_of(self.url)


@pytest.fixture(scope="module")
def people(site: Site) -> None:
    """Somebody of each role at the centre, and two at the police."""
    with site.portal.writing(SYSTEM, Origin()) as uow:
        held = [(role, CENTRE) for role in ROLES] + [(role, POLICE) for role in AT_POLICE]
        for role, unit in held:
            user = users.create(uow, f"q_{role}", PASSWORD, "某", role)
            users.assign(uow, user.id, role, unit, audited=False)
        uow.commit()


@pytest.fixture(scope="module")
def violence(site: Site, people: None) -> Matter:
    """A woman who is beaten was registered at the window, and the police have the case."""
    url = site.register(sign_in(site, "clerk"), **VIOLENCE)
    director = sign_in(site, "director")
    page = director.get(url)
    first = re.search(r'name="proposal" value="(\d+)"', page.text)
    assert first
    program = Program.of(site, "q_director")
    decision = program.get(f"{CASES}{uid_of(url)}/decisions").json["result"][0]
    body = {"proposal": 0, "reason": "依法先行处置", "form": TOLD}
    way = f"{CASES}{uid_of(url)}/decisions/{decision['id']}/dispositions"
    answer = program.post(way, body, version=now(site.portal, uid_of(url)).version)
    assert answer.status_code in (200, 201), answer.text
    return Matter(url)


@pytest.fixture(scope="module")
def minor(site: Site, people: None) -> Matter:
    """A child was hurt at school."""
    return Matter(site.register(sign_in(site, "clerk"), **MINOR))


TOLD = {
    "period_told": True,
    "period_note": "七十二小时内作出，紧急的二十四小时",
    "organ": "公安机关",
    "basis": "反家庭暴力法",
}


_SEEN: dict[tuple[str, str, str], dict[str, str]] = {}
_SIGNED_IN: dict[tuple[str, str], Browser] = {}


def sign_in(site: Site, role: str) -> Browser:
    """Let somebody of a role sign in, once for all tests."""
    if (site.url, role) not in _SIGNED_IN:
        _SIGNED_IN[site.url, role] = site.login(f"q_{role}")
    return _SIGNED_IN[site.url, role]


def pages(site: Site, role: str, matter: Matter) -> dict[str, str]:
    """Return every page on which somebody of a role may meet a case, by its address; each is asked for once."""
    key = (site.url, role, matter.uid)
    if key not in _SEEN:
        _SEEN[key] = _pages(sign_in(site, role), role, matter)
    return _SEEN[key]


def _pages(who: Browser, role: str, matter: Matter) -> dict[str, str]:
    found = {
        at: who.get(at).text for at in ("/", "/records/case/list/", f"/records/case/list/?text={VICTIM}")
    }
    for at in (matter.url, f"{matter.url}?history=all&print=1"):
        answer = who.get(at)
        assert answer.status_code in (200, 404), (role, at, answer.status_code)
        found[at] = answer.text
    for href in re.findall(r'href="(/worklists/[^"#]+)"', found["/"]):
        found[href] = who.get(href.replace("&amp;", "&")).text
    return found


# -- domestic violence: the police and the protection order first, never a meeting, never the address ----------------


@pytest.mark.parametrize("willing", ["yes", "no", "undecided"])
@pytest.mark.parametrize("unit", ["530112", "530115", "530100"])
def test_the_police_come_first_and_mediation_is_never_proposed(site: Site, willing: str, unit: str) -> None:
    asked = {"patrol_kind": "none"} if unit == "530115" else {}
    uid = case(site.portal, unit, dispute_type="D0106", willing=willing, respondent_willing="yes", **asked)
    with site.portal.reading(SYSTEM) as session:
        decision = records.latest_decision(site.portal, session, records.get_any(session, uid))
    assert decision is not None
    first = decision.proposals[0]
    assert (first["route"], first["to"]["department"], first["mode"]) == ("R09", "police", "urgent")
    assert first["deadline"] == "T43"
    assert {one["route"] for one in decision.proposals} & MEDIATED == set()


def test_the_page_says_why_names_the_protection_order_and_its_hours(site: Site, people: None) -> None:
    url = site.register(sign_in(site, "clerk"), **VIOLENCE)
    page = sign_in(site, "director").get(url).text
    for words in ("公安", "人身安全保护令", "不安排双方见面", "住址保密", "不默认调解"):
        assert words in page, words
    assert "72小时" in page
    assert "24小时" in page


def test_what_protects_becomes_tasks_with_an_owner_and_a_day(site: Site, people: None) -> None:
    url = site.register(sign_in(site, "clerk"), **VIOLENCE)
    clerk = sign_in(site, "clerk")
    suggested = url.replace("/show/", "/tasks/") + "/suggested"
    every = set(re.findall(r'name="task" value="(\w+)"', clerk.get(url).text))
    answer = clerk.post(suggested, [("csrf_token", clerk.token()), *(("task", one) for one in sorted(every))])
    assert answer.status_code == 303, errors_in(answer.text)
    with site.portal.reading(SYSTEM) as session:
        rows = records.tasks_of(site.portal, session, records.get_any(session, uid_of(url)))
        given = {one.row.task for one in rows}
    assert {"tell_protection_order", "no_joint_meeting", "keep_address_secret"} <= given


@pytest.mark.parametrize("role", EVERYBODY)
def test_nobody_meets_the_address_or_the_number_without_a_purpose(
    site: Site, violence: Matter, role: str
) -> None:
    for at, text in pages(site, role, violence).items():
        for secret in (ADDRESS, "翠峰路", PHONE, VICTIM):
            # What somebody searched for stands beside the list that was found.
            assert secret not in text or f"text={secret}" in at, (role, at, secret)
    program = Program.of(site, f"q_{role}")
    for at in (
        f"{CASES}{violence.uid}",
        CASES,
        f"{CASES}{violence.uid}/history",
        f"{CASES}{violence.uid}/decisions",
    ):
        answer = program.get(at)
        for secret in (ADDRESS, "翠峰路", PHONE, VICTIM):
            assert secret not in answer.text, (role, at, secret)


def test_who_appraises_never_sees_the_address_even_for_a_purpose(site: Site, violence: Matter) -> None:
    who = sign_in(site, "appraiser")
    page = who.get(violence.url)
    if page.status_code == 200:
        who.post(
            f"/records/case/unmask/{violence.uid}", {"csrf_token": who.token(), "purpose": "出具法律评析意见"}
        )
        assert ADDRESS not in who.get(violence.url).text


@pytest.mark.parametrize("role", ["clerk", "director", "handler"])
def test_what_is_shown_for_a_purpose_is_not_printed_and_never_stands_in_a_list(
    site: Site, violence: Matter, role: str
) -> None:
    who = sign_in(site, role)
    said = {"csrf_token": who.token(), "purpose": "联系当事人，告知保护令申请办法"}
    answer = who.post(f"/records/case/unmask/{violence.uid}", said)
    assert answer.status_code == 303, answer.text[:300]
    shown = who.get(violence.url).text
    assert ADDRESS in shown
    for before in shown.split(ADDRESS)[:-1]:
        assert before.rfind('<div class="no-print">') > before.rfind('<details class="told party">'), role
    for at in ("/", "/records/case/list/"):
        assert ADDRESS not in who.get(at).text


def meeting(uid: str, **more: Any) -> dict[str, Any]:
    return {"manner": "together", "held_on": "2026-05-12", "begins": "09:30", "ends": "10:30"} | more


def arrange(site: Site, uid: str, **more: Any) -> str:
    made = do(site.portal, records.register, "session", "", meeting(uid, **more), parent=uid)
    return str(made.record.uid)


@pytest.mark.parametrize("name", ["triage", "director", "mediator"])
def test_no_role_arranges_a_meeting_of_both_sides(site: Site, violence: Matter, name: str) -> None:
    program = Program.of(site, f"q_{name}")
    answer = program.post("/api/v1/records/session/", {"data": meeting(violence.uid), "parent": violence.uid})
    assert answer.status_code in (403, 422), (name, answer.status_code, answer.text)
    if answer.status_code == 422:
        assert "/manner" in answer.text


def test_a_meeting_that_was_arranged_before_the_violence_was_told_does_not_begin(site: Site) -> None:
    uid = case(site.portal)
    held = arrange(site, uid)
    ready(site, held)
    with site.portal.reading(SYSTEM) as session:
        record = records.get_any(session, uid)
        data = dict(records.view_of(site.portal, session, record).clear)
    do(site.portal, records.change, uid, data | {"dispute_type": "D0106"}, record.version)
    with pytest.raises(InvalidInput) as refused:
        begin(site, held)
    assert "/manner" in {one.pointer for one in refused.value.problems}


def ready(site: Site, uid: str, **more: Any) -> None:
    """Let everything be there that a meeting needs to begin, but what is asked about."""
    with site.portal.writing(SYSTEM) as uow:
        made = records.register(uow, "mediator", CENTRE, {"name": "王雪琴", "kind": "people", "active": True})
        record = records.get(uow.session, "session", uid)
        held = dict(records.view_of(site.portal, uow.session, record).clear)
        when = {"consent": "yes", "consent_at": "2026-05-06T10:05:00+08:00", "consent_way": "phone"}
        held |= {"mediator": made.record.uid, "venue": "社区调解室"} | more
        held["parties"] = [one | when for one in held["parties"]]
        records.change(uow, uid, held, version=record.version)
        uow.commit()


def begin(site: Site, uid: str, **more: Any) -> Any:
    return do(
        site.portal,
        records.transition,
        uid,
        "start",
        version=now(site.portal, uid).version,
        form={"rights_told": True, **more},
    )


# -- minors: no name, a guardian, nothing of a school in lists, no open session --------------------------------------


@pytest.mark.parametrize("role", EVERYBODY)
def test_a_minor_is_named_by_the_first_sign_alone(site: Site, minor: Matter, role: str) -> None:
    for at, text in pages(site, role, minor).items():
        assert CHILD not in text, (role, at)
    if role not in AT_POLICE:
        assert "慕*" in pages(site, role, minor)[minor.url]


@pytest.mark.parametrize("role", EVERYBODY)
def test_no_list_holds_what_was_told_of_a_school(site: Site, minor: Matter, role: str) -> None:
    for at, text in pages(site, role, minor).items():
        if "/show/" not in at:
            assert SCHOOL not in text, (role, at)
    found = sign_in(site, role).get(f"/records/case/list/?text={SCHOOL[:4]}").text
    assert SCHOOL not in found, role
    # The row itself is there for those who have the case.
    assert (minor.uid in found) == (role not in AT_POLICE), role


def test_no_list_of_the_packs_has_a_column_of_free_text() -> None:
    """Whatever a county puts into its columns: the words of a story are none of them."""
    root = shipped_root()
    found = [json.loads(one.read_text("utf-8")) for one in sorted(root.glob("seed/**/worklists/*.json"))]
    forms = [json.loads(one.read_text("utf-8")) for one in sorted(root.glob("form_definitions/**/case.json"))]
    columns = [one["columns"] for one in found if "columns" in one]
    columns += [
        one["entity"]["list"]["columns"]
        for one in forms
        if "columns" in one.get("entity", {}).get("list", {})
    ]
    assert len(columns) > 10
    for one in columns:
        assert not {"/summary", "/claim", "/place_detail", "/remark"} & {
            str(name).removeprefix("/record/data") for name in one
        }


def test_what_protects_a_minor_is_asked_for(site: Site, minor: Matter) -> None:
    page = sign_in(site, "clerk").get(minor.url).text
    for words in ("监护人到场", "隐去可识别身份的信息", "发现侵害立即报告", "涉未成年人"):
        assert words in page, words


@pytest.mark.parametrize("way", ["page", "api"])
def test_a_party_who_is_a_minor_has_a_guardian(site: Site, minor: Matter, way: str) -> None:
    if way == "page":
        clerk = sign_in(site, "clerk")
        url = f"/records/party/add?parent={minor.uid}"
        said = {"/role": "applicant", "/kind": "person", "/name": "慕某某", "/minor": "true"}
        answer = clerk.send(url, clerk.form(url), **said)
        assert answer.status_code == 422, answer.status_code
        assert "监护人" in errors_in(answer.text)
    else:
        data = {"role": "applicant", "kind": "person", "name": "慕某某", "minor": True}
        answer = Program.of(site, "q_clerk").post(
            "/api/v1/records/party/", {"data": data, "parent": minor.uid}
        )
        assert answer.status_code == 422, answer.text
        assert "/guardian" in answer.text


def test_a_session_with_a_minor_is_never_open(site: Site, people: None) -> None:
    uid = case(site.portal, minor_involved=True)
    with pytest.raises(InvalidInput) as refused:
        arrange(site, uid, openness="open")
    assert {one.pointer for one in refused.value.problems} == {"/openness"}
    arrange(site, uid, openness="closed")
    arrange(site, case(site.portal), openness="open", begins="13:00", ends="14:00")


def test_a_session_with_a_minor_begins_with_the_guardian_only(site: Site, people: None) -> None:
    held = arrange(site, case(site.portal, minor_involved=True), begins="14:00", ends="15:00")
    ready(site, held)
    with pytest.raises(InvalidInput) as refused:
        begin(site, held)
    assert {one.pointer for one in refused.value.problems} == {"/guardian_present"}
    assert begin(site, held, guardian_present=True).stage == "held"


def test_nobody_counts_what_they_could_not_open(site: Site, minor: Matter) -> None:
    """Of few cases with minors no figure tells more than the list of who reads it."""
    for role in EVERYBODY:
        program = Program.of(site, f"q_{role}")
        counted = program.get(f"{CASES}counts/", by="dispute_type")
        if counted.status_code != 200:
            assert counted.status_code == 403, (role, counted.text)
        else:
            listed = program.get(CASES).json["count"]
            assert listed
            assert sum(one["count"] for one in counted.json["result"]) == listed, role
