"""What somebody typed stays, in a real browser: sessions end, two tabs, leaving and returning, uploads under way."""

from __future__ import annotations

import re
import shutil
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect
from sqlalchemy import delete
from werkzeug.serving import make_server

from portal.core.access import Access, Origin
from portal.persistence.models import SignInSession
from portal.services import users
from tests.browser.screenshots import WIDTHS, log_in, watch
from tests.browser.unfolding import unfold
from tests.web.records.seeded_site import PASSWORD, Site

pytestmark = pytest.mark.browser

NAME, CLAIM = "赵小海（虚构）", "要求退还定金二万元"
SHOWN = re.compile(r"/records/case/show/")
DRAFTS = "Object.keys(localStorage).filter(key => key.startsWith('draft:'))"


@pytest.fixture(scope="module")
def live(filled_sqlite: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Site, str]]:
    """A seeded portal behind a real HTTP server, with a clerk of two counties."""
    folder = tmp_path_factory.mktemp("kept")
    shutil.copy(filled_sqlite, folder / "portal.db")
    site = Site.open(f"sqlite:///{folder / 'portal.db'}", folder)
    with site.portal.writing(Access.system("test"), Origin()) as uow:
        made = users.create(uow, "both", PASSWORD, "某", "both")
        for unit in ("530112", "530115"):
            users.assign(uow, made.id, "clerk", unit, audited=False)
        uow.commit()
    server = make_server("localhost", 0, site.app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield site, f"http://localhost:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()
    site.close()


@pytest.fixture
def page(chromium: Any, live: tuple[Site, str]) -> Iterator[Any]:
    """A page of a clerk; questions about leaving are answered yes, and counted."""
    wide, high = WIDTHS["wide"]
    opened = chromium.new_context(viewport={"width": wide, "height": high}).new_page()
    opened.asked = []
    opened.on("dialog", lambda dialog: (opened.asked.append(dialog.type), dialog.accept()))
    log_in(opened, live[1], "clerk", PASSWORD)
    yield opened
    opened.context.close()


def end_sessions(site: Site) -> None:
    with site.portal.writing(Access.system("test")) as uow:
        uow.session.connection().execute(delete(SignInSession))
        uow.commit()


def pick(page: Any, label: str, words: str) -> None:
    """Choose from a tree, and go on to another field."""
    page.get_by_role("combobox", name=label).fill(words)
    page.locator(".lookup-option").filter(has_text=words).first.click()
    page.locator("[name='/claim']").focus()


def fill_in(page: Any, base: str) -> None:
    page.goto(f"{base}/records/case/add")
    unfold(page)
    page.get_by_label("来源渠道").select_option(label="群众来访")
    page.get_by_label("申请人姓名（名称）").fill(NAME)
    pick(page, "纠纷类型", "房屋买卖")
    pick(page, "事项发生地", "马街街道")
    page.get_by_label("事由简述").fill("房屋买卖合同履行发生纠纷")
    page.locator("[name='/claim']").fill(CLAIM)
    page.get_by_role("group", name="申请人是否愿意调解").get_by_label("愿意", exact=True).check()


def assert_filled_in(page: Any) -> None:
    expect(page.locator("[name='/claim']")).to_have_value(CLAIM)
    unfold(page)
    expect(page.locator("[name='/applicant_name']")).to_have_value(NAME)
    expect(page.locator("[name='/claim']")).to_have_value(CLAIM)
    expect(page.locator("[name='/dispute_type']")).to_have_value(re.compile(r"^D03"))
    expect(page.get_by_role("combobox", name="纠纷类型")).to_have_value(re.compile("房屋买卖"))
    expect(page.locator("[name='/place']")).to_have_value(re.compile(r"^530112"))
    expect(page.get_by_role("combobox", name="事项发生地")).to_have_value(re.compile("马街"))
    expect(
        page.get_by_role("group", name="申请人是否愿意调解").get_by_label("愿意", exact=True)
    ).to_be_checked()


def lower_tried(page: Any) -> Any:
    """Tick what lets a field appear; return the field."""
    page.locator("input[type=checkbox][name='/lower_tried']").check()
    return page.get_by_role("group", name="调解未成的层级或组织")


def register(page: Any) -> None:
    page.get_by_role("button", name="登记", exact=True).click()


def sign_in_elsewhere(page: Any, base: str, name: str = "clerk") -> None:
    other = page.context.new_page()
    log_in(other, base, name, PASSWORD)
    other.close()
    page.bring_to_front()


# ---- a session that ends while somebody types ---------------------------------------------------------


def test_a_refresh_without_a_session_leaves_the_form_and_goes_on_after_signing_in(
    page: Any, live: tuple[Site, str]
) -> None:
    site, base = live
    fill_in(page, base)
    end_sessions(site)
    failed = lower_tried(page)
    over = page.locator("#session-over")
    expect(over).to_be_visible()
    expect(over).to_contain_text("您的会话已结束")
    assert page.locator("input[name=username]").count() == 0
    assert "您没有此项权限" not in page.content()
    assert_filled_in(page)
    sign_in_elsewhere(page, base, "clerk2")
    expect(over).to_contain_text("现在登录的是另一个人")
    expect(over).to_be_visible()
    page.context.clear_cookies()
    sign_in_elsewhere(page, base)
    expect(over).to_be_hidden(timeout=10_000)
    failed.wait_for()
    assert_filled_in(page)
    failed.get_by_role("checkbox").first.check()
    register(page)
    page.wait_for_url(SHOWN)
    assert page.evaluate(DRAFTS) == []


def test_sending_without_a_session_sends_nothing_and_keeps_all(page: Any, live: tuple[Site, str]) -> None:
    site, base = live
    fill_in(page, base)
    end_sessions(site)
    register(page)
    expect(page.locator("#session-over")).to_be_visible()
    assert page.url == f"{base}/records/case/add"
    sign_in_elsewhere(page, base)
    expect(page.get_by_text("请再按一次按钮")).to_be_visible(timeout=10_000)
    assert_filled_in(page)
    register(page)
    page.wait_for_url(SHOWN)


def test_signing_in_in_the_same_tab_brings_everything_back(page: Any, live: tuple[Site, str]) -> None:
    site, base = live
    fill_in(page, base)
    end_sessions(site)
    page.goto(f"{base}/records/case/list/?all=1")
    assert "您的会话已结束" in page.inner_text("body")
    assert "您没有此项权限" not in page.inner_text("body")
    log_in(page, base, "clerk", PASSWORD)
    page.goto(f"{base}/records/case/add")
    expect(page.locator(".kept-note")).to_contain_text("已恢复")
    assert_filled_in(page)


# ---- two tabs with two units ---------------------------------------------------------------------------


def test_a_form_of_one_county_is_registered_there_though_another_was_chosen_in_a_second_tab(
    chromium: Any, live: tuple[Site, str]
) -> None:
    _, base = live
    first = chromium.new_context().new_page()
    log_in(first, base, "both", PASSWORD)
    fill_in(first, base)
    second = first.context.new_page()
    second.goto(f"{base}/records/case/list/?all=1")
    second.locator(".topbar-unit summary").click()
    second.locator(".topbar-unit button", has_text="晋宁").click()
    second.wait_for_load_state()
    assert "晋宁" in second.inner_text(".topbar-unit summary")
    # The form of the first tab goes on as that of Xishan, conditions and pickers too.
    failed = lower_tried(first)
    failed.wait_for()
    failed.get_by_role("checkbox").first.check()
    assert_filled_in(first)
    register(first)
    first.wait_for_url(SHOWN)
    assert re.search(r"西综〔2026〕\d{5}", first.inner_text("h1"))
    first.context.close()


# ---- leaving and returning -----------------------------------------------------------------------------


def test_what_was_not_sent_is_there_again(page: Any, live: tuple[Site, str]) -> None:
    _, base = live
    add = f"{base}/records/case/add"
    complaints = watch(page)
    fill_in(page, base)
    lower_tried(page).get_by_role("checkbox").first.check()
    page.get_by_role("navigation", name="主导航").get_by_role("link").first.click()
    page.wait_for_url(f"{base}/")
    page.goto(add)
    expect(page.locator(".kept-note")).to_contain_text("已恢复")
    assert_filled_in(page)
    failed = page.get_by_role("group", name="调解未成的层级或组织")
    expect(failed.get_by_role("checkbox").first).to_be_checked()
    page.reload()
    expect(page.locator(".kept-note")).to_be_visible()
    assert_filled_in(page)
    page.goto(f"{base}/language/en?next=/records/case/add")
    expect(page.locator(".kept-note")).to_contain_text("is back")
    assert_filled_in_any_language(page)
    page.goto(f"{base}/language/zh_Hans?next=/records/case/list/%3Fall=1")
    page.go_back()
    expect(page.locator(".kept-note")).to_be_visible()
    assert_filled_in_any_language(page)
    assert page.asked == []
    page.goto(add)
    expect(page.locator(".kept-note")).to_be_visible()
    register(page)
    page.wait_for_url(SHOWN)
    assert page.evaluate(DRAFTS) == []
    page.goto(add)
    expect(page.locator("[name='/claim']")).to_have_value("")
    assert complaints == []


def assert_filled_in_any_language(page: Any) -> None:
    expect(page.locator("[name='/applicant_name']")).to_have_value(NAME)
    expect(page.locator("[name='/claim']")).to_have_value(CLAIM)
    expect(page.locator("[name='/dispute_type']")).to_have_value(re.compile(r"^D03"))
    expect(page.locator("[name='/place']")).to_have_value(re.compile(r"^530112"))


def test_sensitive_data_are_not_kept_and_leaving_asks_only_then(page: Any, live: tuple[Site, str]) -> None:
    _, base = live
    fill_in(page, base)
    page.locator("[name='/applicant_id_number']").fill("530102199003074514")
    assert "53010219900307" not in page.evaluate(
        "JSON.stringify(localStorage) + JSON.stringify(sessionStorage)"
    )
    assert CLAIM in page.evaluate("JSON.stringify(localStorage)")
    page.reload()
    assert page.asked == ["beforeunload"]
    expect(page.locator(".kept-note")).to_contain_text("敏感信息不予保存")
    expect(page.locator("[name='/applicant_id_number']")).to_have_value("")
    assert_filled_in(page)
    page.reload()
    assert page.asked == ["beforeunload"]


def test_where_nothing_can_be_kept_leaving_asks(page: Any, live: tuple[Site, str]) -> None:
    _, base = live
    page.add_init_script("Storage.prototype.setItem = () => { throw new Error('full') }")
    fill_in(page, base)
    page.goto(f"{base}/")
    assert page.asked == ["beforeunload"]


def test_another_tab_is_offered_what_was_not_sent_and_nothing_is_mixed(
    page: Any, live: tuple[Site, str]
) -> None:
    _, base = live
    fill_in(page, base)
    other = page.context.new_page()
    other.goto(f"{base}/records/case/add")
    expect(other.locator(".kept-note")).to_contain_text("另一个标签页")
    expect(other.locator("[name='/claim']")).to_have_value("")
    unfold(other)
    other.locator("[name='/claim']").fill("另一件事")
    page.reload()
    assert_filled_in(page)
    other.reload()
    expect(other.locator("[name='/claim']")).to_have_value("另一件事")


def test_signing_out_and_discarding_leave_nothing_behind(page: Any, live: tuple[Site, str]) -> None:
    _, base = live
    fill_in(page, base)
    page.reload()
    page.get_by_role("button", name="丢弃").click()
    expect(page.locator("[name='/claim']")).to_have_value("")
    assert page.evaluate(DRAFTS) == []
    unfold(page)
    page.locator("[name='/claim']").fill(CLAIM)
    assert len(page.evaluate(DRAFTS)) == 1
    page.locator(".topbar-right details").last.locator("summary").click()
    page.get_by_role("button", name="退出登录").click()
    page.wait_for_url(re.compile("/login/"))
    assert page.evaluate(DRAFTS) == []
    assert page.asked == []


def test_a_form_that_is_refused_keeps_its_draft(page: Any, live: tuple[Site, str]) -> None:
    _, base = live
    fill_in(page, base)
    page.get_by_label("事由简述").fill("")
    register(page)
    page.locator(".error-summary").wait_for()
    page.goto(f"{base}/")
    page.goto(f"{base}/records/case/add")
    expect(page.locator(".kept-note")).to_contain_text("已恢复")
    assert_filled_in(page)


# ---- uploads under way ---------------------------------------------------------------------------------


def choose(page: Any, name: str, content: bytes) -> None:
    page.locator("input[type=file]").last.set_input_files({"name": name, "mimeType": "", "buffer": content})


def test_the_form_waits_for_a_file_and_a_refresh_does_not_lose_it(page: Any, live: tuple[Site, str]) -> None:
    _, base = live
    held: list[Any] = []
    page.route("**/records/case/upload", lambda route: held.append(route))
    fill_in(page, base)
    page.get_by_role("button", name="添加附件").click()
    page.locator("input[type=file]").wait_for()
    choose(page, "收据.pdf", b"%PDF-1.7 x")
    expect(page.locator(".upload-state")).to_contain_text("正在上传: 收据.pdf")
    failed = lower_tried(page)
    failed.wait_for()
    failed.get_by_role("checkbox").first.check()
    expect(page.locator(".upload-state")).to_contain_text("正在上传: 收据.pdf")
    register(page)
    expect(page.get_by_text("文件上传完成后即提交")).to_be_visible()
    expect(page.get_by_role("button", name="登记", exact=True)).to_be_disabled()
    assert page.url.endswith("/add")
    held[0].continue_()
    page.wait_for_url(SHOWN)
    assert "收据.pdf" in page.inner_text("main")


def test_a_file_that_arrives_while_the_form_is_refreshed_stays(page: Any, live: tuple[Site, str]) -> None:
    _, base = live
    fill_in(page, base)
    page.get_by_role("button", name="添加附件").click()
    page.locator("input[type=file]").wait_for()
    held: list[Any] = []
    page.route("**/records/case/add", lambda route: held.append(route))
    page.locator("input[type=checkbox][name='/lower_tried']").check()
    choose(page, "收据.pdf", b"%PDF-1.7 x")
    expect(page.locator(".upload-state")).to_have_text("收据.pdf")
    pick(page, "事项发生地", "前卫街道")
    held[0].continue_()
    page.get_by_role("group", name="调解未成的层级或组织").wait_for()
    expect(page.locator(".upload-state")).to_have_text("收据.pdf")
    expect(page.get_by_role("combobox", name="事项发生地")).to_have_value(re.compile("前卫"))


def test_why_a_file_is_refused_stands_at_its_field_and_what_is_shown_is_sent(
    page: Any, live: tuple[Site, str]
) -> None:
    _, base = live
    fill_in(page, base)
    page.get_by_role("button", name="添加附件").click()
    page.locator("input[type=file]").wait_for()
    choose(page, "程序.exe", b"MZ\x90\x00")
    error = page.locator(".upload-error")
    expect(error).to_contain_text("程序.exe")
    expect(error).to_contain_text("不是可以保存的文件类型")
    assert page.locator("[name='/attachments/0']").input_value() == ""
    choose(page, "收据.pdf", b"%PDF-1.7 x")
    expect(page.locator(".upload-state")).to_have_text("收据.pdf")
    expect(error).to_be_hidden()
    first = page.locator("[name='/attachments/0']").input_value()
    choose(page, "空.pdf", b"")
    expect(error).to_contain_text("空.pdf")
    expect(page.locator(".upload-state")).to_have_text("表单中仍为: 收据.pdf")
    assert page.locator("[name='/attachments/0']").input_value() == first
    assert page.locator("input[type=file]").input_value() == ""
    page.get_by_role("button", name="移除文件: 收据.pdf").click()
    assert page.locator("[name='/attachments/0']").input_value() == ""
    expect(page.locator(".upload-state")).to_have_text("")


def test_a_reason_that_was_not_sent_is_there_again(page: Any, live: tuple[Site, str]) -> None:
    _, base = live
    fill_in(page, base)
    register(page)
    page.wait_for_url(SHOWN)
    url = page.url.replace("/show/", "/dispose/")
    page.context.clear_cookies()
    log_in(page, base, "director", PASSWORD)
    page.goto(url)
    page.locator("textarea[name=reason]").fill("情况复杂，另行交办")
    page.goto(f"{base}/")
    page.goto(url)
    expect(page.locator(".kept-note")).to_contain_text("已恢复")
    expect(page.locator("textarea[name=reason]")).to_have_value("情况复杂，另行交办")
    assert page.asked == []
