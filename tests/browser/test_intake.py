"""A case is registered at the window in under a minute: clicks and keys are counted as the page gets them."""

from __future__ import annotations

import re
import shutil
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect
from sqlalchemy import select
from werkzeug.serving import make_server

from portal.core.access import Access, Origin
from portal.persistence.models import Record, Unit
from portal.services import records, users
from tests.browser.keys import Keys
from tests.browser.screenshots import WIDTHS, log_in, watch
from tests.web.records.seeded_site import PASSWORD, Site, uid_of

pytestmark = pytest.mark.browser

# Before any script of the page: what a person presses, kept over the pages that follow.
COUNT = """
for (const [event, name, counts] of [
  ["pointerdown", "clicks", () => true],
  ["keydown", "keys", e => e.key.length === 1 && !e.ctrlKey && !e.metaKey && !e.altKey],
  ["keydown", "moves", e => e.key.length > 1 && e.key !== "Control"],
]) addEventListener(event, e => {
  if (!e.isTrusted || !counts(e)) return;
  sessionStorage.setItem(name, Number(sessionStorage.getItem(name)) + 1);
}, true);
"""
ADD = "main a[href='/records/case/add']"
NAME = "[name='/applicant_name']"
SHOWN = re.compile(r"/records/case/show/")
MOST_CLICKS, MOST_KEYS = 9, 60
# Tab, arrows and Enter from the first page to the registered case, by somebody without a mouse.
# Forty on a quiet machine; one that is slow to answer takes the focus back on the way, and it is walked to again.
MOST_MOVES = 80


@pytest.fixture(scope="module")
def live(filled_sqlite: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Site, str]]:
    """A seeded portal behind a real HTTP server."""
    folder = tmp_path_factory.mktemp("intake")
    shutil.copy(filled_sqlite, folder / "portal.db")
    site = Site.open(f"sqlite:///{folder / 'portal.db'}", folder)
    with site.portal.writing(Access.system("test"), Origin()) as uow:
        query = select(Unit.code).where(Unit.level == "village", Unit.code.like("530112%"))
        village = str(uow.session.scalars(query.order_by(Unit.code)).first())
        users.assign(
            uow, users.create(uow, "grid", PASSWORD, "某", "grid").id, "grid_worker", village, audited=False
        )
        uow.commit()
    server = make_server("localhost", 0, site.app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield site, f"http://localhost:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()
    site.close()


def opened(chromium: Any, base: str, width: str = "wide", lang: str = "zh_Hans", who: str = "clerk") -> Any:
    wide, high = WIDTHS[width]
    context = chromium.new_context(viewport={"width": wide, "height": high})
    page = context.new_page()
    log_in(page, base, who, PASSWORD, lang)
    context.add_init_script(COUNT)
    page.goto(base + "/")
    return page


def counted(page: Any) -> tuple[int, int]:
    """Return how often somebody clicked, and how many characters they typed."""
    both = page.evaluate("['clicks', 'keys'].map(name => Number(sessionStorage.getItem(name)))")
    return int(both[0]), int(both[1])


def moved(page: Any) -> int:
    """Return how often somebody pressed a key that writes nothing: Tab, an arrow, Enter."""
    return int(page.evaluate("Number(sessionStorage.getItem('moves'))"))


def settled(page: Any) -> None:
    """Wait until the page has what the last answer opens: a hand is slower than a server."""
    page.wait_for_timeout(600)
    page.wait_for_function("!document.querySelector('.htmx-request')")


def kept(site: Site, page: Any) -> dict[str, Any]:
    """Return what was registered."""
    with site.portal.reading(Access.system("test")) as session:
        record = session.scalars(select(Record).where(Record.uid == uid_of(page.url))).one()
        return dict(records.view_of(site.portal, session, record).clear)


def test_a_clerk_registers_with_nine_clicks_and_sixty_characters(
    chromium: Any, live: tuple[Site, str]
) -> None:
    site, base = live
    page = opened(chromium, base)
    complaints = watch(page)
    keys = page.keyboard
    page.click(ADD)
    expect(page.locator(NAME)).to_be_focused()
    keys.insert_text("张小明（虚构）")
    keys.press("Tab")
    keys.type("13800000001")
    page.click("[name='/respondents/0/name']")
    keys.insert_text("李小红（虚构）")
    keys.press("Tab")
    keys.type("13800000002")
    page.get_by_role("combobox", name="纠纷类型").click()
    keys.type("fwmm")
    page.locator(".lookup-option").filter(has_text="房屋买卖").first.click()
    page.get_by_role("group", name="申请人是否愿意调解").get_by_text("愿意", exact=True).click()
    page.click("[name='/summary']")
    keys.insert_text("房屋买卖合同履行发生纠纷，要求退还定金二万元。")
    page.locator("[name='/lower_tried']").first.focus()  # what this county asks of everybody is open
    page.get_by_role("button", name="登记", exact=True).click()
    page.wait_for_url(SHOWN)
    clicks, typed = counted(page)
    assert clicks <= MOST_CLICKS
    assert typed <= MOST_KEYS
    assert (clicks, typed) == (7, 26)
    data = kept(site, page)
    assert data["channel"] == "walk_in"
    assert data["received_on"]
    assert data["place"] == "530112"
    assert data["dispute_type"] == "D0301"
    assert data["respondents"] == [{"name": "李小红（虚构）", "phone": "13800000002"}]
    # On a busy machine the last answer of the form is still on its way when the page goes on.
    assert [one for one in complaints if not one.startswith(("htmx:afterRequest", "htmx:sendAbort"))] == []
    page.context.close()


def test_a_clerk_registers_by_keyboard_alone_with_sixty_characters(
    chromium: Any, live: tuple[Site, str], capsys: pytest.CaptureFixture[str]
) -> None:
    """Names and story are written as an input method writes them; everything else is counted key by key."""
    site, base = live
    page = opened(chromium, base)
    keys = Keys(page)
    keys.follow(ADD)
    expect(page.locator(NAME)).to_be_focused()
    keys.write("王小五（虚构）")
    keys.to("[name='/applicant_phone']")
    page.keyboard.type("13800000003")
    keys.to("[name='/respondents/0/name']")
    keys.write("赵小六（虚构）")
    keys.to("[name='/respondents/0/phone']")
    page.keyboard.type("13800000004")
    settled(page)
    keys.to("[role=combobox]")
    page.keyboard.type("fwmm")
    option = page.locator(".lookup-option").filter(has_text="房屋买卖").first
    option.wait_for()
    for _ in range(page.locator(".lookup-option").count()):
        keys.press("ArrowDown")
        if option.get_attribute("aria-selected") == "true":
            break
    keys.press("Enter")
    settled(page)
    keys.to("[name='/willing']")
    keys.press("Space")
    keys.to("[name='/summary']")
    keys.write("房屋买卖合同履行发生纠纷")
    keys.to(".form-actions .btn-primary")
    with page.expect_navigation(url=SHOWN):
        keys.press("Enter")
    clicks, typed = counted(page)
    with capsys.disabled():
        print(
            f"\nregistered by keyboard alone: {typed} characters, {moved(page)} other keys, {clicks} clicks"
        )
    assert clicks == 0
    assert typed <= MOST_KEYS
    assert moved(page) <= MOST_MOVES
    data = kept(site, page)
    assert data["applicant_phone"] == "13800000003"
    assert data["respondents"] == [{"name": "赵小六（虚构）", "phone": "13800000004"}]
    assert data["dispute_type"] == "D0301"
    page.context.close()


def test_the_next_one_begins_where_the_last_one_was_saved(chromium: Any, live: tuple[Site, str]) -> None:
    _, base = live
    page = opened(chromium, base)
    page.goto(f"{base}/records/case/add")
    fill(page, "陈小七（虚构）")
    page.get_by_role("button", name="登记，接着下一件").click()
    link = page.locator("#flash a[href*='/records/case/show/']")
    expect(link).to_have_text(re.compile(r"西综〔2026〕\d{5}"))
    expect(page.locator(NAME)).to_be_focused()
    expect(page.locator(NAME)).to_have_value("")
    expect(page.locator(".form-line-told")).to_contain_text("群众来访")
    link.click()
    page.wait_for_url(SHOWN)
    assert "陈" in page.inner_text("h1")
    page.context.close()


def test_danger_is_in_reach_and_what_was_opened_stays_open(chromium: Any, live: tuple[Site, str]) -> None:
    _, base = live
    page = opened(chromium, base, "phone")
    page.goto(f"{base}/records/case/add")
    danger = page.locator(".form-shortcut")
    expect(danger).to_be_in_viewport()
    danger.click()
    violence = page.get_by_label("正在或可能发生暴力")
    expect(violence).to_be_visible()
    page.locator("#s-files-fold > summary").click()
    violence.check()
    expect(page.locator("[name='/safety_note']")).to_be_visible()
    expect(page.locator("#s-files-fold")).to_have_attribute("open", "")
    expect(page.locator("#s-safety-fold .form-fold-state")).to_have_text("已填 1 项")
    page.context.close()


def test_the_line_of_presets_tells_what_was_chosen_instead(chromium: Any, live: tuple[Site, str]) -> None:
    site, base = live
    page = opened(chromium, base)
    page.goto(f"{base}/records/case/add")
    page.locator(".form-line > summary").click()
    page.get_by_label("来源渠道").select_option(label="网格上报")
    page.locator(".form-line > summary").click()
    expect(page.locator(".form-line-told")).to_contain_text("网格上报")
    fill(page, "周小八（虚构）")
    page.get_by_role("button", name="登记", exact=True).click()
    page.wait_for_url(SHOWN)
    assert kept(site, page)["channel"] == "grid"
    page.context.close()


def fill(page: Any, name: str) -> None:
    """Fill in what every case needs."""
    page.fill(NAME, name)
    page.get_by_role("combobox", name="纠纷类型").fill("房屋买卖")
    page.locator(".lookup-option").filter(has_text="房屋买卖").first.click()
    page.get_by_role("group", name="申请人是否愿意调解").get_by_label("愿意", exact=True).check()
    page.fill("[name='/summary']", "房屋买卖合同履行发生纠纷")


def test_the_same_matter_and_known_people_stand_beside_the_form(
    chromium: Any, live: tuple[Site, str]
) -> None:
    site, base = live
    first = uid_of(site.register(site.login("clerk2"), **{"/applicant_phone": "13800002631"}))
    page = opened(chromium, base)
    complaints = watch(page)
    page.goto(f"{base}/records/case/add")
    page.locator("[name='/applicant_phone']").fill("138 0000 2631")
    page.get_by_role("combobox", name="纠纷类型").fill("房屋买卖")
    page.locator(".lookup-option").filter(has_text="房屋买卖").first.click()
    hit = page.locator(".same").first
    expect(hit).to_contain_text("同一当事人")
    page.locator("button[data-take-over]").click()
    expect(page.locator(NAME)).to_have_value("张小明（虚构）")
    page.get_by_label("记为重复反映").first.check()
    page.get_by_role("group", name="申请人是否愿意调解").get_by_label("愿意", exact=True).check()
    page.fill("[name='/summary']", "同一件事又来反映")
    page.get_by_role("button", name="登记", exact=True).click()
    page.wait_for_url(SHOWN)
    expect(page.locator("#links a").first).to_have_attribute("href", f"/records/case/show/{first}")
    assert complaints == []
    page.context.close()


def test_a_grid_worker_registers_on_a_phone(chromium: Any, live: tuple[Site, str]) -> None:
    site, base = live
    page = opened(chromium, base, "phone", who="grid")
    complaints = watch(page)
    page.goto(f"{base}/records/case/add")
    expect(page.locator(".form-line-told")).to_contain_text("网格上报")
    fill(page, "吴小九（虚构）")
    wide = "document.documentElement.scrollWidth > document.documentElement.clientWidth"
    assert not page.evaluate(wide)
    page.get_by_role("button", name="登记", exact=True).click()
    page.wait_for_url(SHOWN)
    data = kept(site, page)
    assert data["channel"] == "grid"
    assert len(data["place"]) == len("530112001001")
    assert complaints == []
    page.context.close()
