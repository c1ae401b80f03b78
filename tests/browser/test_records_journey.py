"""A case on its way through real browsers: registered, proposed, confirmed, moved on, seen and not seen."""

from __future__ import annotations

import re
import shutil
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from werkzeug.serving import make_server

from tests.browser.screenshots import WIDTHS, log_in, watch
from tests.browser.unfolding import unfold
from tests.web.records.seeded_site import PASSWORD, Site

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def live(filled_sqlite: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Site, str]]:
    """A seeded portal behind a real HTTP server."""
    folder = tmp_path_factory.mktemp("journey")
    shutil.copy(filled_sqlite, folder / "portal.db")
    site = Site.open(f"sqlite:///{folder / 'portal.db'}", folder)
    server = make_server("localhost", 0, site.app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield site, f"http://localhost:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()
    site.close()


def signed_in(chromium: Any, base: str, name: str, width: str = "wide", lang: str = "zh_Hans") -> Any:
    wide, high = WIDTHS[width]
    page = chromium.new_context(viewport={"width": wide, "height": high}).new_page()
    log_in(page, base, name, PASSWORD, lang)
    return page


def pick(page: Any, label: str, words: str) -> None:
    """Choose from a tree by typing."""
    page.get_by_role("combobox", name=label).fill(words)
    page.locator(".lookup-option").filter(has_text=words).first.click()


def register(page: Any, base: str, name: str = "张小明（虚构）") -> str:
    """Fill in the form as a clerk does, conditional fields included; return the case's address."""
    page.goto(f"{base}/records/case/list/?all=1")
    page.get_by_role("link", name="新增登记").first.click()
    unfold(page)
    page.get_by_label("来源渠道").select_option(label="群众来访")
    page.get_by_label("申请人姓名（名称）").fill(name)
    pick(page, "纠纷类型", "房屋买卖")
    pick(page, "事项发生地", "马街街道")
    page.get_by_label("事由简述").fill("房屋买卖合同履行发生纠纷")
    page.locator("[name='/claim']").fill("退还定金")
    page.get_by_role("group", name="申请人是否愿意调解").get_by_label("愿意", exact=True).check()
    failed = page.get_by_role("group", name="调解未成的层级或组织")
    assert failed.count() == 0
    page.locator("input[type=checkbox][name='/lower_tried']").check()
    failed.wait_for()
    failed.get_by_role("checkbox").first.check()
    page.get_by_role("button", name="登记", exact=True).click()
    page.wait_for_url(re.compile(r"/records/case/show/"))
    return str(page.url)


def test_a_case_goes_its_way(chromium: Any, live: tuple[Site, str]) -> None:
    _, base = live
    clerk = signed_in(chromium, base, "clerk")
    complaints = watch(clerk)
    case = register(clerk, base)
    assert re.search(r"西综〔2026〕\d{5}", clerk.inner_text("h1"))
    assert clerk.locator(".proposal").count() >= 1
    clerk.get_by_text("其他规则为何未适用").click()
    clerk.locator(".why-list dt").first.wait_for()
    clerk.locator("#now .btn-primary").click()
    clerk.locator(".form-actions .btn-primary").click()
    clerk.wait_for_url(case)
    assert clerk.inner_text(".step-current .step-title") == "分析研判"

    director = signed_in(chromium, base, "director")
    director.goto(case)
    director.get_by_role("button", name="采纳建议").first.click()
    director.locator("#referrals .proposal").first.wait_for()
    assert "待接收" in director.inner_text("#referrals")
    assert "已交办" in director.inner_text("#history")

    supervisor = signed_in(chromium, base, "supervisor")
    supervisor.goto(f"{base}/records/case/list/?all=1")
    supervisor.locator("tr[data-href]", has_text="张*").first.click()
    supervisor.wait_for_url(case)

    jinning = signed_in(chromium, base, "jinning")
    jinning.goto(f"{base}/records/case/list/?all=1")
    assert "张小明" not in jinning.inner_text("main")
    answer = jinning.goto(case)
    assert answer.status == 404
    assert complaints == []
    for page in (clerk, director, supervisor, jinning):
        page.context.close()


def test_two_clerks_edit_one_case(chromium: Any, live: tuple[Site, str]) -> None:
    _, base = live
    first, second = signed_in(chromium, base, "clerk"), signed_in(chromium, base, "clerk2")
    case = register(first, base, "李某（虚构）")
    edit = case.replace("/show/", "/edit/")
    for page in (first, second):
        page.goto(edit)
    second.locator("[name='/claim']").fill("对方写的诉求")
    second.get_by_role("button", name="保存").click()
    second.wait_for_url(case)
    first.locator("[name='/claim']").fill("我写的诉求")
    first.get_by_role("button", name="保存").click()
    first.get_by_text("您的修改尚未保存").wait_for()
    choice = first.get_by_role("group", name=re.compile("诉求"))
    assert "对方写的诉求" in choice.inner_text()
    assert "我写的诉求" in choice.inner_text()
    choice.get_by_role("radio").last.check()
    first.get_by_role("button", name="保存").click()
    first.wait_for_url(case)
    assert "我写的诉求" in first.inner_text("#facts")
    for page in (first, second):
        page.context.close()
