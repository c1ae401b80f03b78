"""A party looks its matter up by slip and telephone: what it reads, what nobody reads, and what guessing gives."""

from __future__ import annotations

import datetime as dt
import os
import re
import secrets
import threading
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import select
from werkzeug.test import TestResponse

from portal.adapters.keyring import Keyring
from portal.core.access import Origin
from portal.core.lookup_codes import new_code
from portal.persistence.models import AuditEntry, LookupAnswer, LookupAttempt, LookupCode, Record
from portal.services import lookup, records
from portal.services.lookup import LookupLimits
from portal.services.lookup.attempts import count_attempt
from portal.services.portal import Portal
from portal.services.records.entering.lookup_codes import code_of
from portal.services.records.privacy.rekeying import rekey
from portal.web.public.progress import LIMITS
from tests.services.handing import SYSTEM, case, do, later
from tests.web.records.seeded_site import Browser, Site, uid_of
from tests.web.records.test_personal_data import joined

PHONE = "13987654321"
DIGITS = "4321"
VIOLENCE = {"dispute_type": "D0106", "summary": "夫妻之间发生家庭暴力，请求保护。"}
AT = 0


@pytest.fixture(autouse=True)
def at_once(site: Site) -> Iterator[None]:
    """No answer waits here, and no test is in another's way: each comes from an address of its own."""
    global AT
    AT += 1
    site.app.extensions[LIMITS] = LookupLimits(step=dt.timedelta(0))
    yield
    site.app.extensions.pop(LIMITS)


def made(site: Site, **data: Any) -> tuple[str, str]:
    """Register a matter; return its identifier and its code."""
    uid = case(site.portal, applicant_phone=PHONE, **data)
    return uid, code(site, uid)


def code(site: Site, uid: str) -> str:
    with site.portal.reading(SYSTEM) as session:
        found = code_of(site.portal.keys, session, records.get_any(session, uid))
    assert found
    return found


def ask(
    site: Site, typed: str, digits: str = DIGITS, lang: str = "", ip: str = "", **more: Any
) -> TestResponse:
    address = {"REMOTE_ADDR": ip or f"10.0.{AT}.1"}
    url = f"/progress/?_l_={lang}" if lang else "/progress/"
    return site.app.test_client().post(url, data={"c": typed, "d": digits}, environ_base=address, **more)


def title(page: str) -> str:
    found = re.search(r"<h1>(.*?)</h1>", page)
    assert found
    return found[1]


def closed(site: Site, uid: str) -> None:
    """Close a matter as an import would: what matters here is that it is closed."""
    with site.portal.writing(SYSTEM) as uow:
        record = records.get_any(uow.session, uid)
        record.is_open, record.stage, record.canonical_stage = False, "closed", "close"
        record.version += 1
        uow.audit("edit", record, kind="case", object_id=uid)
        uow.commit()


def test_a_party_reads_stage_unit_next_step_and_rights(site: Site) -> None:
    uid, typed = made(site)
    page = ask(site, typed).text
    assert title(page) == "已经登记，正在审核"
    assert "审核以后会告诉您是否受理" in page
    assert "西山区" in page
    assert "直接走仲裁、复议或者诉讼" in page
    assert 'lang="zh-Hans"' in page
    english = ask(site, typed, lang="en").text
    assert title(english) == "Registered; being looked at"
    assert '<html lang="en">' in english
    with site.portal.reading(SYSTEM) as session:
        entry = session.scalars(
            select(AuditEntry).where(AuditEntry.object_id == uid).order_by(AuditEntry.id.desc())
        )
        assert entry.first().action == "lookup"  # type: ignore[union-attr]


def test_nothing_of_other_people_of_the_story_or_of_the_number_is_told(site: Site) -> None:
    names = {"applicant_name": "张不见", "respondents": [{"name": "李不见", "phone": "13711112222"}]}
    uid, typed = made(site, summary="这一段经过谁也不该在公开页上看到。", **names)
    page = ask(site, typed).text
    with site.portal.reading(SYSTEM) as session:
        number = session.scalar(select(Record.code).where(Record.uid == uid))
    for hidden in ("张不见", "李不见", "13711112222", PHONE, "这一段经过", uid, str(number)):
        assert hidden not in page


@pytest.mark.parametrize(
    "data",
    [
        VIOLENCE,
        {"minor_involved": True},
        {"dispute_type": "D1003"},
        {"dispute_type": "D1304", "complained_unit": "530112:court"},
        {"safety_concern": ["violence"], "safety_note": "扬言报复"},
    ],
    ids=["violence", "minor", "school", "complaint", "danger"],
)
def test_of_a_protected_matter_it_says_where_to_ask_and_no_more(site: Site, data: dict[str, Any]) -> None:
    _, typed = made(site, **data)
    page = ask(site, typed).text
    assert title(page) == "已经登记，正在办理"
    assert "只在窗口和电话里告诉您本人" in page
    for hidden in ("家庭暴力", "谁在办", "最晚", "办到哪一步", "您可以"):
        assert hidden not in page
    assert 'href="https://www.weather.com.cn/"' in page


def test_hit_miss_wrong_number_and_closed_code_look_alike_from_outside(site: Site) -> None:
    _, typed = made(site)
    other = new_code(lambda below: below // 3)
    answers = [ask(site, typed), ask(site, other), ask(site, typed, "0000")]
    for _ in range(4):
        answers.append(ask(site, typed, "1111"))
    answers += [ask(site, typed), ask(site, other, "2222")]
    assert {one.status_code for one in answers} == {200}
    kept = [{k: v for k, v in one.headers.items() if k not in ("X-Request-ID", "Date")} for one in answers]
    assert all(one == kept[0] for one in kept)
    assert {len(one.data) for one in answers} == {16 * 1024}
    found = ["承办" in one.text or "正在审核" in one.text for one in answers]
    assert found[0] is True
    assert found[1:] == [False] * (len(found) - 1)
    plain = {_without(one.text, typed, other) for one in answers[1:]}
    assert len(plain) == 1


def _without(page: str, *codes: str) -> str:
    """Return a page without the filling at its end and without what was typed."""
    text = re.sub(r"<!-- .* -->\n$", "", page)
    return re.sub(r'value="[^"]*"|c=[^"&]+', "", text)


def test_five_wrong_numbers_close_a_code_for_an_hour_in_every_process(site: Site) -> None:
    uid, typed = made(site)
    other = Portal.from_url(site.url, site.portal.clock, site.portal.keys)
    for n in range(5):
        # Now by this process, now by another one.
        looked = lookup.look_up([site.portal, other][n % 2], typed, f"000{n}", Origin(ip=f"10.9.{n}.1"))
        assert not looked.found
    assert not lookup.look_up(other, typed, DIGITS, Origin(ip="10.9.9.9")).found
    other.database.dispose()
    assert title(ask(site, typed).text) == "查进度"
    with later(site.portal, minutes=59):
        assert title(ask(site, typed).text) == "查进度"
    with later(site.portal, minutes=61):
        assert title(ask(site, typed).text) == "已经登记，正在审核"
        assert title(ask(site, typed, "9999").text) == "查进度"
        assert title(ask(site, typed).text) == "已经登记，正在审核"
    with site.portal.reading(SYSTEM) as session:
        actions = list(session.scalars(select(AuditEntry.action).where(AuditEntry.object_id == uid)))
    assert actions.count("lookup.closed") == 1


def test_a_right_number_does_not_forgive_wrong_ones(site: Site) -> None:
    _, typed = made(site)
    for n in range(4):
        ask(site, typed, f"000{n}", ip=f"10.8.{n}.1")
    assert title(ask(site, typed).text) == "已经登记，正在审核"
    ask(site, typed, "0009")
    assert title(ask(site, typed).text) == "查进度"


def test_sixty_guesses_from_one_address_are_stopped_whatever_it_says_of_itself(site: Site) -> None:
    answers = []
    for n in range(60):
        forged = {"X-Forwarded-For": f"8.8.{n}.8", "X-Real-IP": f"8.8.{n}.8"}
        answers.append(ask(site, new_code(lambda below, n=n: (n * 7 + 3) % below), headers=forged))
    statuses = [one.status_code for one in answers]
    assert statuses == [200] * 30 + [429] * 30
    assert all(0 < int(one.headers["Retry-After"]) <= 600 for one in answers[30:])
    # What is right is held up too, from there alone.
    _, typed = made(site)
    assert ask(site, typed).status_code == 429
    assert title(ask(site, typed, ip="10.7.7.7").text) == "已经登记，正在审核"


def test_who_looks_rightly_is_never_stopped(site: Site) -> None:
    _, typed = made(site)
    assert {ask(site, typed).status_code for _ in range(40)} == {200}


@pytest.mark.parametrize(
    ("typed", "digits"),
    [
        ("", ""),
        ("7KQM", "1234"),
        ("A" * 13, "1234"),
        ("\0" * 13, "12"),
        ("<script>", "12x4"),
        ("漢" * 40, "１"),
    ],
)
def test_what_cannot_be_right_is_said_so(site: Site, typed: str, digits: str) -> None:
    answer = ask(site, typed, digits)
    assert answer.status_code == 422
    assert 'aria-invalid="true"' in answer.text
    assert "<script>" not in answer.text


def test_the_pages_need_no_script_and_set_no_cookie_and_are_kept_nowhere(site: Site) -> None:
    _, typed = made(site)
    client = site.app.test_client()
    for answer in (
        client.get("/progress/"),
        ask(site, typed),
        client.get("/hall/"),
        client.get("/hall/530112"),
    ):
        assert "<script" not in answer.text
        assert " style=" not in answer.text
        assert "Set-Cookie" not in answer.headers
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["X-Robots-Tag"] == "noindex, nofollow"
        assert "default-src 'self'" in answer.headers["Content-Security-Policy"]


def test_the_database_alone_does_not_tell_a_code(site: Site) -> None:
    uid, typed = made(site)
    with site.portal.reading(SYSTEM) as session:
        row = session.scalars(
            select(LookupCode).join(Record, Record.id == LookupCode.record_id).where(Record.uid == uid)
        ).one()
        assert typed not in row.digest + row.code
        assert row.code.startswith("enc:1:")


def test_one_button_leads_to_the_slip_and_each_print_is_noted(site: Site, clerk: Browser) -> None:
    page = site.register(clerk, **{"/applicant_phone": PHONE})
    uid = uid_of(page)
    shown = clerk.get(f"/records/case/show/{uid}").text
    assert f"/records/case/receipt/{uid}" in shown
    for _ in range(2):
        slip = clerk.get(f"/records/case/receipt/{uid}").text
    article = slip[slip.index("<article") : slip.index("</article>")]
    assert "登记回执" in article
    assert 'class="qr"' in article
    typed = code(site, uid)
    assert "".join(re.findall(r'<span class="slip-group">([0-9A-Z]+)</span>', article)) == typed
    for hidden in (PHONE, "某", "张"):
        assert hidden not in article
    with site.portal.reading(SYSTEM) as session:
        actions = list(session.scalars(select(AuditEntry.action).where(AuditEntry.object_id == uid)))
    assert actions.count("receipt") == 2


def test_a_code_made_anew_voids_the_one_before(site: Site, clerk: Browser) -> None:
    uid, typed = made(site)
    url = f"/records/case/receipt/{uid}"
    pairs = clerk.form(url)
    assert clerk.post(url, pairs).status_code == 303
    assert "以前打印的回执作废" in clerk.get(url).text
    assert title(ask(site, typed).text) == "查进度"
    assert title(ask(site, code(site, uid)).text) == "已经登记，正在审核"
    # The same page sent again is too old: two clicks make one code.
    now = code(site, uid)
    assert clerk.post(url, pairs).status_code == 303
    assert code(site, uid) == now
    history = clerk.get(f"/records/case/show/{uid}?history=all").text
    assert "换了查询码，原来的已经作废" in history


def test_a_matter_from_before_gets_its_code_on_first_printing(site: Site, clerk: Browser) -> None:
    uid, _ = made(site)
    with site.portal.writing(SYSTEM) as uow:
        row = uow.session.get(LookupCode, records.get_any(uow.session, uid).id)
        uow.session.delete(row)
        uow.commit()
    url = f"/records/case/receipt/{uid}"
    assert "还没有查询码" in clerk.get(url).text
    assert clerk.post(url, clerk.form(url)).status_code == 303
    # Nothing was printed before that could be void.
    assert "查询码已经生成，请打印回执" in clerk.get(url).text
    assert title(ask(site, code(site, uid)).text) == "已经登记，正在审核"


def test_a_slip_without_telephone_has_no_code_and_of_a_protected_matter_no_kind(
    site: Site, clerk: Browser
) -> None:
    uid = case(site.portal, applicant_phone=None)
    slip = clerk.get(f"/records/case/receipt/{uid}").text
    assert 'class="qr"' not in slip
    assert "到中心任一窗口" in slip
    protected, _ = made(site, **VIOLENCE)
    slip = clerk.get(f"/records/case/receipt/{protected}").text
    article = slip[slip.index("<article") : slip.index("</article>")]
    assert "家庭暴力" not in article
    assert 'class="qr"' in article


def test_only_those_who_register_print_slips(site: Site) -> None:
    uid, _ = made(site)
    for name, status in (("jinning", 404), ("supervisor", 403), ("handler", 403)):
        assert site.login(name).get(f"/records/case/receipt/{uid}").status_code in (status, 404), name


def answers_of(site: Site, typed: str, **given: str) -> TestResponse:
    page = ask(site, typed).text
    ticket = re.search(r'name="ticket" value="([^"]+)"', page)
    assert ticket, page
    data = {"ticket": ticket[1], **{f"q-{name}": value for name, value in given.items()}}
    return site.app.test_client().post("/progress/answers", data=data)


def test_after_closing_three_questions_are_asked_once(site: Site) -> None:
    uid, typed = made(site)
    assert "请您评价" not in ask(site, typed).text
    closed(site, uid)
    assert ask(site, typed).text.count("<fieldset>") == 3
    ticket = re.search(r'name="ticket" value="([^"]+)"', ask(site, typed).text)
    assert ticket
    assert answers_of(site, typed).status_code == 409
    assert answers_of(site, typed, result="wonderful", other="good").status_code == 409
    assert answers_of(site, typed, result="poor").status_code == 200
    assert "请您评价" not in ask(site, typed).text
    again = {"ticket": ticket[1], "q-result": "good"}
    replayed = site.app.test_client().post("/progress/answers", data=again)
    assert replayed.status_code == 409
    for forged in ("", "x", ticket[1][:-4] + "AAAA", "enc:1:00000000:AAAA"):
        data = {"ticket": forged, "q-result": "good"}
        assert site.app.test_client().post("/progress/answers", data=data).status_code == 409


def test_no_row_tells_whose_answers_they_are(site: Site) -> None:
    uid, typed = made(site)
    closed(site, uid)
    with site.portal.reading(SYSTEM) as session:
        before = session.scalar(select(AuditEntry.id).order_by(AuditEntry.id.desc()).limit(1))
    answers_of(site, typed, told="poor", free="fair")
    with site.portal.reading(SYSTEM) as session:
        assert {one.name for one in LookupAnswer.__table__.columns} == {
            *("unit_id", "etype", "month", "question", "answer", "number")
        }
        actions = set(session.scalars(select(AuditEntry.action).where(AuditEntry.id > before)))
    # The page that was opened is noted; that it was answered is not.
    assert actions == {"lookup"}


def test_totals_are_shown_of_five_answers_and_more_after_the_month(site: Site) -> None:
    with site.portal.writing(SYSTEM) as uow:
        for row in uow.session.scalars(select(LookupAnswer)):
            uow.session.delete(row)
        uow.commit()
    uids = [made(site) for _ in range(6)]
    director = site.login("director")

    def shown() -> str:
        return director.get("/records/case/opinions").text

    for uid, typed in uids[:4]:
        closed(site, uid)
        assert answers_of(site, typed, result="good").status_code == 200
    with later(site.portal, days=31):
        found = lookup.totals(site.portal, SYSTEM, "case")
        assert found == []
        uid, typed = uids[4]
        closed(site, uid)
        assert answers_of(site, typed, result="poor").status_code == 200
        assert lookup.totals(site.portal, SYSTEM, "case") == []
    with later(site.portal, days=62):
        (found_one,) = lookup.totals(site.portal, SYSTEM, "case")
        assert (found_one.number, dict(found_one.numbers)) == (5, {"good": 4, "poor": 1})
        assert (found_one.first, found_one.last) == (202605, 202606)
        uid, typed = uids[5]
        closed(site, uid)
        answers_of(site, typed, result="poor")
        (same,) = lookup.totals(site.portal, SYSTEM, "case")
        assert same == found_one
    assert "还没有合计" in shown()
    assert "/records/case/opinions" in director.get("/records/case/list/?all=1").text
    assert "/opinions" not in director.get("/records/mediator/list/?all=1").text
    assert director.get("/records/visit/opinions").status_code == 200


def test_words_lead_to_the_window_and_the_hall_says_who_is_there(site: Site) -> None:
    client = site.app.test_client()
    page = client.get("/hall/530112?q=工资").text
    found = page[page.index('id="found"') : page.index("的大厅")]
    assert "劳动维权窗口" in found
    assert client.get("/hall/530112?q=拖欠").status_code == 200
    nothing = client.get("/hall/530112?q=" + "火星" * 200).text
    assert "什么事都受理" in nothing
    assert "今天在" in page
    assert "Wage arrears of migrant workers" in client.get("/hall/530112?q=wage&_l_=en").text
    assert client.get("/hall/999999").status_code == 404
    assert client.get("/hall/530112:court").status_code == 404


def test_what_the_clerk_changes_of_the_telephone_holds_at_once(site: Site) -> None:
    uid, typed = made(site)
    with site.portal.reading(SYSTEM) as session:
        record = records.get_any(session, uid)
        data = dict(records.view_of(site.portal, session, record).clear)
        version = record.version
    do(site.portal, records.change, uid, data | {"applicant_phone": "13600009999"}, version)
    assert title(ask(site, typed).text) == "查进度"
    assert title(ask(site, typed, "9999").text) == "已经登记，正在审核"


def test_guesses_find_nothing(site: Site) -> None:
    """As many as the variable says; each from an address that nobody used before."""
    for _ in range(3):
        made(site)
    found = 0
    for n in range(int(os.environ.get("LOOKUP_GUESSES", "40"))):
        typed, digits = new_code(secrets.randbelow), f"{secrets.randbelow(10_000):04d}"
        address = f"11.{n >> 16}.{n >> 8 & 255}.{n & 255}"
        found += lookup.look_up(site.portal, typed, digits, Origin(ip=address)).found
    assert found == 0


def test_a_code_goes_under_a_new_key_and_stays_the_same(site: Site) -> None:
    uid, typed = made(site)
    old, new = site.portal.keys, Keyring.random()
    rekey(replace(site.portal, keys=joined(new, old)))
    with_new = replace(site.portal, keys=new)
    try:
        with site.portal.reading(SYSTEM) as session:
            assert code_of(new, session, records.get_any(session, uid)) == typed
        assert lookup.look_up(with_new, typed, DIGITS, Origin(ip="10.3.3.3")).found
    finally:
        rekey(replace(site.portal, keys=joined(old, new)))
    assert lookup.look_up(site.portal, typed, DIGITS, Origin(ip="10.3.3.4")).found


def test_a_destroyed_matter_takes_its_code_with_it(site: Site) -> None:
    uid, typed = made(site)
    records.destroy(site.portal, uid, "当事人要求")
    assert title(ask(site, typed).text) == "查进度"
    with site.portal.reading(SYSTEM) as session:
        digests = set(site.portal.keys.digests("lookup", typed))
        assert session.scalars(select(LookupCode).where(LookupCode.digest.in_(digests))).first() is None


def test_attempts_that_count_no_more_are_forgotten(site: Site) -> None:
    _, typed = made(site)
    ask(site, typed, "0000")
    with later(site.portal, hours=3):
        ask(site, typed, "0001")
        with site.portal.writing(SYSTEM) as uow:
            lookup.forget_old(uow, LookupLimits())
            uow.commit()
        with site.portal.reading(SYSTEM) as session:
            left = set(session.scalars(select(LookupAttempt.at)))
        assert left
        assert min(left) >= site.portal.clock.now() - dt.timedelta(hours=2)


def test_many_at_once_get_no_more_numbers_than_one(site: Site) -> None:
    """Twelve wrong numbers at one moment close the code: no more than five of them are looked at."""
    _, typed = made(site)
    looked: list[bool] = []

    def look(n: int) -> None:
        looked.append(not count_attempt(site.portal, typed, f"10.4.{n}.4", LookupLimits()).closed)

    threads = [threading.Thread(target=look, args=(n,)) for n in range(12)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert (len(looked), sum(looked)) == (12, 5)


def test_answers_at_one_moment_count_once(site: Site) -> None:
    uid, typed = made(site)
    closed(site, uid)
    page = ask(site, typed).text
    ticket = re.search(r'name="ticket" value="([^"]+)"', page)
    assert ticket

    def numbers() -> int:
        with site.portal.reading(SYSTEM) as session:
            return sum(one.number for one in session.scalars(select(LookupAnswer)))

    before, given = numbers(), []

    def give() -> None:
        try:
            given.append(lookup.give(site.portal, ticket[1], {"result": "good", "told": "good"}))
        except lookup.AnswerRefused:
            given.append(0)

    threads = [threading.Thread(target=give) for _ in range(6)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert sorted(given) == [0] * 5 + [2]
    assert numbers() == before + 2


@pytest.mark.parametrize("where", ["/progress/nothing", "/hall/999999", "/hall/530112/more", "/progress"])
def test_an_address_that_leads_nowhere_is_told_without_the_pages_of_staff(site: Site, where: str) -> None:
    answer = site.app.test_client().get(where, follow_redirects=True)
    assert "工作台" not in answer.text
    assert "/login" not in answer.text
    assert "Set-Cookie" not in answer.headers
    assert 'href="/progress/"' in answer.text or 'action="/progress/"' in answer.text
    assert answer.status_code == (200 if where == "/progress" else 404)


def test_an_address_of_staff_keeps_their_page(site: Site) -> None:
    for where in ("/progressing", "/hallway/530112"):
        assert "/progress/" not in site.app.test_client().get(where).text
