"""Registering a record: the form of the release in force, nothing lost, one record for one form."""

from __future__ import annotations

import io
import threading

import pytest

from portal.core.access import Access
from portal.services import records
from tests.web.records.seeded_site import CASE, Browser, Site, errors_in, form_in, uid_of

ADD = "/records/case/add"


def test_the_case_page_shows_code_and_proposals(site: Site, clerk: Browser) -> None:
    page = clerk.get(site.register(clerk)).text
    assert "西综〔2026〕" in page
    assert "规则建议" in page
    assert 'class="proposal"' in page


def test_each_county_has_its_own_form(site: Site) -> None:
    names = ("clerk", "jinning", "wuhua")
    forms = [{name for name, _ in site.login(who).form(ADD) if name.startswith("/")} for who in names]
    assert forms[0] != forms[1] != forms[2] != forms[0]


def test_what_was_typed_survives_an_error(site: Site, clerk: Browser) -> None:
    answer = clerk.send(ADD, clerk.form(ADD), **CASE | {"/applicant_name": "", "/summary": "留住<这>段文字"})
    assert answer.status_code == 422
    assert "error-summary" in answer.text
    again = dict(form_in(answer.text, ADD))
    assert again["/summary"] == "留住<这>段文字"
    assert again["/claim"] == CASE["/claim"]
    assert again["/dispute_type"] == "D0301"


def test_a_form_sent_twice_makes_one_record(site: Site, clerk: Browser) -> None:
    pairs = clerk.form(ADD)
    first, second = clerk.send(ADD, pairs, **CASE), clerk.send(ADD, pairs, **CASE)
    assert first.status_code == second.status_code == 303
    assert first.headers["Location"] == second.headers["Location"]


def test_a_form_sent_twice_at_once_makes_one_record(site: Site) -> None:
    before = _count(site)
    pairs = site.login("clerk2").form(ADD)
    people = [site.login("clerk2") for _ in range(4)]
    tokens = [person.token() for person in people]
    answers: list[str] = []

    def send(person: Browser, token: str) -> None:
        answer = person.send(ADD, pairs, **CASE, csrf_token=token)
        answers.append(answer.headers.get("Location", str(answer.status_code)))

    threads = [threading.Thread(target=send, args=pair) for pair in zip(people, tokens, strict=True)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(answers)) == 1, answers
    assert _count(site) == before + 1


def test_the_same_form_with_other_contents_asks_first(site: Site, clerk: Browser) -> None:
    pairs = clerk.form(ADD)
    clerk.send(ADD, pairs, **CASE)
    answer = clerk.send(ADD, pairs, **CASE | {"/claim": "另一诉求"})
    assert answer.status_code == 409
    assert dict(form_in(answer.text, ADD))["/claim"] == "另一诉求"
    assert dict(form_in(answer.text, ADD))["once"] != dict(pairs)["once"]


def test_without_a_token_nothing_is_registered(site: Site, clerk: Browser) -> None:
    before = _count(site)
    answer = clerk.send(ADD, clerk.form(ADD), **CASE, csrf_token=None)
    assert answer.status_code == 400
    assert _count(site) == before


def test_a_conditional_field_follows_without_saving(site: Site, clerk: Browser) -> None:
    before = _count(site)
    pairs = clerk.form(ADD)
    assert "/failed_levels" not in {name.split("#")[0] for name, _ in pairs}
    answer = clerk.post(
        ADD,
        [*_replaced(pairs, "/lower_tried", "true"), ("_refresh", "1")],
        headers={"HX-Request": "true"},
    )
    assert answer.status_code == 200
    assert "/failed_levels" in answer.text
    assert "<html" not in answer.text
    assert _count(site) == before


def test_what_is_known_of_wages_is_asked_once(site: Site, clerk: Browser) -> None:
    """The employer who is the other party, the sum and the number of people have one field each."""

    def asked(**typed: str) -> set[str]:
        pairs = clerk.form(ADD)
        for name, value in {"/dispute_type": "D0601", **typed}.items():
            pairs = _replaced(pairs, name, value)
        page = clerk.post(ADD, [*pairs, ("_refresh", "1")], headers={"HX-Request": "true"}).text
        return {
            name
            for name in ("/employer", "/wages_owed", "/amount", "/workers_count")
            if f'name="{name}"' in page
        }

    assert asked() == {"/employer", "/amount"}
    assert asked(**{"/respondents/0/name": "某建筑公司"}) == {"/amount"}
    known = {"/dispute_type": "D0601", "/respondents/0/name": "某建筑公司", "/summary": "三个月工资未结清。"}
    answer = clerk.send(ADD, clerk.form(ADD), **CASE | known | {"/amount": ""})
    assert answer.status_code == 422
    assert "涉及金额" in errors_in(answer.text)
    assert "用工单位" not in errors_in(answer.text)
    answer = clerk.send(ADD, clerk.form(ADD), **CASE | known | {"/amount": "20000"})
    assert answer.status_code == 303, errors_in(answer.text)


def test_a_part_is_entered_inside_its_case(site: Site, clerk: Browser) -> None:
    case = site.register(clerk)
    url = f"/records/party/add?parent={uid_of(case)}"
    pairs = clerk.form(url)
    answer = clerk.send(url, pairs, **_required(site, "party"))
    assert answer.status_code == 303, errors_in(answer.text)
    assert answer.headers["Location"] == case
    assert "张*（" in clerk.get(case).text


def test_a_part_needs_its_case(clerk: Browser) -> None:
    assert clerk.get("/records/party/add").status_code == 400
    assert clerk.get("/records/party/add?parent=nothing").status_code == 404


def test_a_foreign_unit_cannot_be_chosen(site: Site, clerk: Browser) -> None:
    before = _count(site)
    answer = clerk.send(ADD, clerk.form(ADD), **CASE | {"unit": "530115"})
    assert answer.status_code == 409
    assert _count(site) == before
    page = clerk.get(site.register(clerk)).text
    assert "西综〔2026〕" in page


@pytest.mark.parametrize(
    ("name", "content", "status"),
    [
        ("证据.pdf", b"%PDF-1.7 x", 201),
        ("照片.jpg", b"\xff\xd8\xff\xe0 x", 201),
        ("说明.txt", "情况说明".encode(), 201),
        ("证据.pdf", b"<html><script>alert(1)</script>", 400),
        ("图.svg", b"<svg xmlns='http://www.w3.org/2000/svg'/>", 400),
        ("x.exe", b"MZ\x90\x00", 400),
        ("空.pdf", b"", 400),
    ],
)
def test_only_known_kinds_of_files_are_kept(clerk: Browser, name: str, content: bytes, status: int) -> None:
    answer = clerk.client.post(
        "/records/case/upload",
        data={"file": (io.BytesIO(content), name), "csrf_token": clerk.token()},
        headers={"Accept": "application/json"},
    )
    assert answer.status_code == status, answer.text


def _count(site: Site) -> int:
    with site.portal.reading(Access.system("test")) as session:
        return sum(records.counts(site.portal, session, "case").values())


def _replaced(pairs: list[tuple[str, str]], name: str, value: str) -> list[tuple[str, str]]:
    return [*((key, old) for key, old in pairs if key != name), (name, value)]


def _required(site: Site, etype: str) -> dict[str, str]:
    return {"/name": "张三（虚构）", "/kind": "person", "/side": "applicant", "/role": "applicant"}
