"""A correction that waits stands in the list of who decides and of who asked, until it is settled."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

import pytest

from portal.core.access import Access
from portal.core.errors import Forbidden
from portal.persistence.models import RecordReach
from portal.services import records
from portal.services.reach import upkeep
from tests.fixtures.database import access_for
from tests.services.handing import explain_rest, lists_with
from tests.web.records.closed_cases import closed_case, do, version_of
from tests.web.records.seeded_site import Browser, Site, uid_of
from tests.web.records.test_correction_pages import ask, settle
from tests.web.records.test_known_answers import accepted
from tests.web.records.test_next_act import AGREED, CLOSED
from tests.web.records.test_stage_bar import act

XISHAN, CITY = "530112", "530100"
DECIDE, ASKED = "更正待决定", "我申请的更正"


@pytest.fixture
def waiting(site: Site, clerk: Browser) -> Iterator[str]:
    """A closed case of which the clerk asked for a correction; it is settled afterwards."""
    url = closed_case(site, clerk)
    ask(clerk, url)
    yield url
    with site.portal.reading(Access.system("test")) as session:
        left = records.get_any(session, uid_of(url)).correction_by is not None
    if left:
        settle(site.login("director"), url, "approve")


def tabs(browser: Browser) -> dict[str, str]:
    """Return the lists of a person's first page: the name, and how much waits."""
    page = browser.get("/").text
    found = re.findall(r'href="/\?list=\w+#work"[^>]*>(.*?)</a>', page, re.S)
    words = [re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", one)).strip() for one in found]
    return {name.rpartition(" ")[0]: name.rpartition(" ")[2] for name in words}


def test_it_waits_for_who_decides_and_is_shown_to_who_asked(site: Site, clerk: Browser, waiting: str) -> None:
    director = site.login("director")
    assert tabs(director)[DECIDE] == "1"
    assert ASKED not in tabs(director)
    assert tabs(clerk)[ASKED] == "1"
    assert DECIDE not in tabs(clerk)
    page = director.get("/?list=corrections").text
    assert f'href="{waiting}#correction">' in page
    assert "作出决定" in page
    told = clerk.get(waiting).text
    assert "由本中心或者上级的中心主任决定，提出人自己不能决定。" in told


@pytest.mark.parametrize(
    ("who", "answer", "reason"), [("director", "approve", ""), ("clerk", "withdraw", "")]
)
def test_once_settled_it_waits_for_nobody(
    site: Site, clerk: Browser, waiting: str, who: str, answer: str, reason: str
) -> None:
    settle(site.login(who), waiting, answer)
    assert DECIDE not in tabs(site.login("director"))
    assert ASKED not in tabs(clerk)
    assert upkeep.check(site.portal.database) == []


def test_refused_it_is_over_and_may_be_asked_anew(site: Site, clerk: Browser, waiting: str) -> None:
    settle(site.login("director"), waiting, "refuse", reason="与来访登记表一致")
    assert DECIDE not in tabs(site.login("director"))
    ask(clerk, waiting, "退还定金及利息")
    assert tabs(site.login("director"))[DECIDE] == "1"


def test_nobody_finds_their_own_among_those_to_decide(site: Site, clerk: Browser) -> None:
    url = closed_case(site, clerk)
    uid, first = uid_of(url), access_for(site.portal, "director", XISHAN, user_id=501)
    with site.portal.reading(first) as session:
        data = records.view_of(site.portal, session, records.get_any(session, uid)).data
    with site.portal.writing(first) as uow:
        changed = {**data, "claim": "退还双倍定金"}
        records.ask_correction(uow, uid, changed, version=version_of(site, uid), reason="登记有误")
        uow.commit()
    second, above = (
        replace(first, user_id=502),
        access_for(site.portal, "director", CITY, user_id=503),
    )
    assert lists_with(site.portal, first, uid) >= {"my_corrections"}
    assert "corrections" not in lists_with(site.portal, first, uid)
    for who in (second, above):
        assert "corrections" in lists_with(site.portal, who, uid)
        assert "my_corrections" not in lists_with(site.portal, who, uid)
    other = access_for(site.portal, "director", "530115", user_id=504)
    assert lists_with(site.portal, other, uid) == set(), "a centre beside it"
    do(site, records.settle_correction, uid, "approve", version=version_of(site, uid))


def test_each_unit_that_sees_the_record_keeps_that_it_waits(site: Site, waiting: str) -> None:
    with site.portal.reading(Access.system("test")) as session:
        record = records.get_any(session, uid_of(waiting))
        rows = session.query(RecordReach).where(RecordReach.record_id == record.id).all()
        assert rows
        assert all(one.correcting for one in rows)


def test_nothing_is_archived_while_a_correction_waits(site: Site, clerk: Browser) -> None:
    url = accepted(site, clerk)
    act(site, url, records.transition, "record_result", form=AGREED)
    act(site, url, records.transition, "close", form=CLOSED)
    ask(clerk, url)
    archived = {"archived_on": "2026-05-06"}
    with pytest.raises(Forbidden) as refused:
        archive(site, uid_of(url), archived)
    assert refused.value.code == "lifecycle.guard"
    settle(site.login("director"), url, "approve")
    explain_rest(site.portal, uid_of(url))
    archive(site, uid_of(url), archived)


def archive(site: Site, uid: str, form: dict[str, str]) -> None:
    with site.portal.writing(access_for(site.portal, "archivist", XISHAN)) as uow:
        version = records.get_any(uow.session, uid).version
        records.transition(uow, uid, "archive", version=version, form=form)
        uow.commit()
