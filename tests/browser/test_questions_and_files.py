"""A pilot's names become questions, a county answers them and works by its own words; versions as files: by hand."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from werkzeug.serving import make_server

from portal.adapters.clock import FixedClock
from portal.core import packages
from portal.core.access import Access
from portal.services import drafts, releases, rollout, units, users
from portal.services.drafts.checking import keep_findings, opened_for_check
from portal.services.portal import Policy, Portal
from portal.services.rollout.carrying import FOLDER
from portal.services.users.access import access_of
from tests.browser import looks
from tests.browser.screenshots import axe_violations, scrolls_sideways, watch
from tests.browser.world import World
from tests.fixtures.rolling import checked
from tests.web.records.seeded_site import KEYS, PASSWORD, TODAY, Site
from tests.web.test_version_files import KEY, package

pytestmark = pytest.mark.browser
SYSTEM = Access.system("test")
CITY, PILOT, COUNTY, HOUSING = "530100", "530112", "530115", "/departments/housing/name"
PEOPLE = (
    ("zhoumin", "template_owner", CITY),
    ("sunli", "director", CITY),
    ("yangxm", "config_admin", COUNTY),
    ("lijg", "director", COUNTY),
)


@pytest.fixture
def rolled(filled_sqlite: Path, tmp_path: Path) -> Iterator[World]:
    """A served portal that asks for a second person, with a folder for keys."""
    shutil.copy(filled_sqlite, tmp_path / "portal.db")
    url = f"sqlite:///{tmp_path / 'portal.db'}"
    portal = Portal.from_url(url, FixedClock.on(TODAY), KEYS)
    portal = replace(portal, policy=Policy(second_person=True), instance=tmp_path)
    site = Site.open(url, tmp_path, portal=portal)
    for name, role, unit in PEOPLE:
        with portal.writing(SYSTEM) as uow:
            users.assign(uow, users.create(uow, name, PASSWORD, "某", name).id, role, unit, audited=False)
            uow.commit()
    server = make_server("localhost", 0, site.app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield World(site, f"http://localhost:{server.server_port}")
    server.shutdown()
    thread.join()
    server.server_close()
    site.close()


class Visitor:
    """One person's browser on the pages of the roll-out, each of which is looked at."""

    def __init__(self, chromium: Any, world: World, name: str) -> None:
        self.context = chromium.new_context(accept_downloads=True)
        self.context.set_default_timeout(30_000)
        self.context.add_cookies(world.cookies(name, "zh_Hans"))
        self.page, self.world = self.context.new_page(), world
        self.complaints = watch(self.page)

    def go(self, path: str) -> Any:
        """Open a page."""
        self.page.goto(self.world.base + path)
        return self.page

    def press(self, name: str) -> None:
        """Go to a button by its name, press Enter on it, and wait for the page that comes."""
        with self.page.expect_navigation():
            self.page.get_by_role("button", name=name).first.focus()
            self.page.keyboard.press("Enter")

    def fill(self, label: str, text: str) -> None:
        """Go to a field by its label and type."""
        self.page.get_by_label(label).first.focus()
        self.page.keyboard.press("Control+a")
        self.page.keyboard.type(text)

    def look(self) -> None:
        """Fail where the page has a fault that a machine finds."""
        assert axe_violations(self.page) == []
        assert looks.cut_off(self.page) == []
        assert not scrolls_sideways(self.page)

    def leave(self) -> None:
        """Close the browser; fail where it complained."""
        assert self.complaints == []
        self.context.close()


def approved(portal: Portal, key: str) -> None:
    """Check a draft of the city as the worker does, and let its two persons approve it."""
    with portal.reading(SYSTEM) as session:
        checking = opened_for_check(session, key)
        zhou, sun = (access_of(portal, users.by_username(session, name).id) for name in ("zhoumin", "sunli"))
    acts = (
        (SYSTEM, lambda uow: keep_findings(uow, checking, [], {"count": 0, "failed": []})),
        (zhou, lambda uow: drafts.submit(uow, key, "请批")),
        (sun, lambda uow: drafts.approve(uow, key, "同意")),
    )
    for who, act in acts:
        with portal.writing(who) as uow:
            act(uow)
            uow.commit()


def plan_of(portal: Portal) -> str:
    """Return the county's plan."""
    with portal.reading(SYSTEM) as session:
        row = rollout.live_plan(session, units.by_code(session, COUNTY).id)
        assert row is not None
        return row.uid


def test_names_of_a_pilot_become_questions_and_a_county_s_own_words(chromium: Any, rolled: World) -> None:
    portal = rolled.site.portal
    zhou = Visitor(chromium, rolled, "zhoumin")
    page = zhou.go(f"/rollout/drift/?unit={PILOT}")
    page.locator(f"a[href='/rollout/pilot/{PILOT}']").click()
    page.locator(f"input[name=ask][value='{HOUSING}']").focus()
    page.keyboard.press("Space")
    zhou.look()
    zhou.press("查看结果")
    page.wait_for_selector("text=前后一致")
    zhou.look()
    question = page.locator("input[name^='title-']").first
    question.focus()
    page.keyboard.press("Control+a")
    page.keyboard.type("贵县（市、区）叫什么")
    must = page.locator("input[name^='must-']").first
    if not must.is_checked():
        must.click()
    zhou.press("生成草稿")
    page.wait_for_url("**/studio/**")
    approved(portal, page.url.split("/studio/")[1].split("/")[0])
    zhou.leave()

    yang = Visitor(chromium, rolled, "yangxm")
    page = yang.go(f"/rollout/?unit={COUNTY}")
    page.get_by_role("link", name="回答新版本提的问题").click()
    page.wait_for_selector("text=还有 1 个没有回答")
    yang.look()
    yang.fill("贵县（市、区）叫什么", "本地")
    yang.press("保存回答")
    assert page.locator(".field-error, .invalid-feedback, [aria-invalid=true]").count()
    yang.fill("贵县（市、区）叫什么", "晋宁区")
    yang.press("保存回答")
    page.wait_for_selector("text=晋宁区住房和城乡建设局")
    yang.look()
    page.get_by_role("link", name="回到新版本").click()
    yang.press("生成计划")
    checked(portal, plan_of(portal))
    yang.go(f"/rollout/?unit={COUNTY}")
    yang.press("提交批准")
    yang.leave()

    lee = Visitor(chromium, rolled, "lijg")
    page = lee.go(f"/rollout/?unit={COUNTY}")
    lee.look()
    lee.press("启用")
    page.wait_for_selector("text=最近启用")
    page = lee.go(f"/rollout/drift/?unit={COUNTY}")
    assert page.get_by_text("晋宁区住房和城乡建设局").count()
    lee.leave()
    with portal.reading(SYSTEM) as session:
        found = releases.for_unit(portal, session, units.by_code(session, COUNTY)).raw
    assert found["departments"]["housing"]["name"] == "晋宁区住房和城乡建设局"


def test_a_version_is_carried_out_read_refused_and_taken_in(
    chromium: Any, rolled: World, tmp_path: Path
) -> None:
    KEY.write(tmp_path / FOLDER, "signing")
    good, broken = tmp_path / "good.package", tmp_path / "broken.package"
    content = package("1.9.0")
    good.write_bytes(content)
    broken.write_bytes(content[: len(content) // 2])
    zhou = Visitor(chromium, rolled, "zhoumin")
    page = zhou.go("/rollout/files/")
    zhou.look()
    with page.expect_download() as waited:
        page.get_by_role("button", name="导出文件").first.focus()
        page.keyboard.press("Enter")
    found = packages.inspect(Path(waited.value.path()).read_bytes())
    assert found.manifest.pack == "city/kunming"
    assert found.signer == KEY.trusted.id
    # What is chosen is told at once; nothing of a broken file is kept.
    page.set_input_files("#file", str(broken))
    page.wait_for_selector("#read >> text=这个文件不能收入")
    assert page.locator("#read .finding-must").all_inner_texts()
    zhou.look()
    page.set_input_files("#file", str(good))
    page.wait_for_selector("#read >> text=多元调解")
    assert "昆明市委政法委" in page.locator("#read").inner_text()
    zhou.look()
    zhou.press("收入")
    page.wait_for_selector("text=已收入")
    assert page.get_by_text("1.9.0").count()
    zhou.leave()
