"""The page of a trial on past matters: asked for, cancelled or counted, read by whoever may see the draft."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from portal.core.access import Access
from portal.core.drafts import Change
from portal.core.drafts.locks import lock_at
from portal.persistence.models import AuditEntry, BackTest, Draft
from portal.services import drafts, records
from portal.services.jobs import queue
from portal.services.jobs.running import JobRun, run_claim
from tests.services.handing import DATA
from tests.web.records.conftest import site
from tests.web.records.seeded_site import Browser, Site
from tests.web.test_studio import account, by, post, text_of

__all__ = ["site"]
SYSTEM = Access.system("test")
XISHAN = "530112"
HIDDEN = "/rules/referral/rules/{}/hidden"


@pytest.fixture(scope="module")
def keeper(site: Site) -> Browser:
    return account(site, "past.keeper", "config_admin")


@pytest.fixture(scope="module")
def case(site: Site) -> str:
    """A matter of which the rules propose a way."""
    with site.portal.writing(SYSTEM) as uow:
        uid: str = records.register(uow, "case", XISHAN, DATA | {"place": XISHAN}).record.uid
        uow.commit()
    return uid


@pytest.fixture(scope="module")
def draft(site: Site, keeper: Browser, case: str) -> str:
    """A draft in which no rule proposes a way any more but those that the configurations above keep."""
    with site.portal.writing(by(site, "past.keeper")) as uow:
        uid = drafts.open_draft(uow, XISHAN, "试算").uid
        uow.commit()
    with site.portal.writing(by(site, "past.keeper")) as uow:
        made = drafts.loaded(uow.session, drafts.draft_of(uow.session, uid))
        rules = made.document["rules"]["referral"]["rules"]
        changes = [
            Change("replace", HIDDEN.format(name), one.get("hidden"), True)
            for name, one in rules.items()
            if any(act["do"] == "refer" for act in one["then"])
            and lock_at(made.locks, HIDDEN.format(name)) is None
        ]
        drafts.change(uow, uid, changes)
        uow.commit()
    return uid


def work(site: Site) -> None:
    while (claim := queue.claim(site.portal, "w", ["back_test"])) is not None:
        assert run_claim(site.portal, JobRun(site.portal, claim))


def entries(site: Site, uid: str) -> list[str]:
    with site.portal.reading(SYSTEM) as session:
        query = select(AuditEntry.action).where(AuditEntry.object_id == uid).order_by(AuditEntry.id)
        return list(session.scalars(query))


def test_a_draft_is_tried_on_past_matters_and_the_page_says_what_came_of_it(
    site: Site, keeper: Browser, draft: str, case: str
) -> None:
    url = f"/studio/{draft}/back-test"
    assert "还没有试算过" in text_of(keeper, url)
    before = entries(site, draft)
    place = post(keeper, f"{url}/ask", which="last", last="1000")
    assert entries(site, draft) == [*before, "ask_back_test"]
    waiting = keeper.get(place)
    assert "hx-get" in waiting.text
    assert "正在试算" in waiting.text
    work(site)
    assert entries(site, draft) == [*before, "ask_back_test", "back_test_draft"]
    page = keeper.get(place).text
    assert "没有建议" in page
    assert "hx-trigger" not in page.split('id="past-result"')[1].split(">")[0]
    # The part alone, as the page asks for it again.
    part = keeper.get(place, headers={"HX-Request": "true"}).text
    assert part.lstrip().startswith('<div id="past-result"')
    # Who configures sees no cases: counts, and no link to any of them.
    assert f"/records/case/show/{case}" not in page
    both = account(site, "past.director", "director")
    with site.portal.reading(SYSTEM) as session:
        row = session.scalars(select(BackTest).where(BackTest.draft_uid == draft)).one()
        assert row.position == session.scalars(select(Draft.position).where(Draft.uid == draft)).one()
    assert any(f"/records/case/show/{uid}" in both.get(place).text for uid in _examples(row))


def _examples(row: BackTest) -> list[str]:
    return [uid for *_, uids in (row.result or {})["ways"] for uid in uids]


def test_an_older_trial_says_so_and_a_wrong_question_is_told_on_the_page(
    site: Site, keeper: Browser, draft: str
) -> None:
    url = f"/studio/{draft}/back-test"
    post(keeper, f"{url}/ask", which="days", since="2026-05-03", until="2026-05-01")
    assert "最后一天早于第一天" in text_of(keeper, url)
    post(keeper, f"{url}/ask", which="last", last="1000")
    work(site)
    with site.portal.writing(by(site, "past.keeper")) as uow:
        title = drafts.effective(uow.session, draft)["forms"]["case"]["title"]
        drafts.change(uow, draft, [Change("replace", "/forms/case/title", title, "群众事项")])
        uow.commit()
    assert "要看之后改动的影响，请再试算一次" in text_of(keeper, url)


def test_beside_a_removal_stands_how_many_open_matters_hold_the_thing(
    site: Site, keeper: Browser, draft: str
) -> None:
    url = f"/studio/{draft}/held"
    assert "件在办事项用到它" in text_of(keeper, f"{url}?path=/forms/case")
    assert text_of(keeper, f"{url}?path=/routes/nowhere").strip() == ""
    page = keeper.get(f"/studio/{draft}/roles/clerk").text
    assert f"{url}?path=/roles/clerk" in page.replace("%2F", "/")


def test_nobody_else_learns_of_a_trial(site: Site, draft: str) -> None:
    other = account(site, "past.jinning", "config_admin", "530115")
    assert other.get(f"/studio/{draft}/back-test").status_code == 404
    clerk = account(site, "past.clerk", "clerk")
    assert clerk.get(f"/studio/{draft}/back-test").status_code in (403, 404)
