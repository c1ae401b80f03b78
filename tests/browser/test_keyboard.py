"""The main tasks by keyboard alone; on every stop the focus is seen and nothing lies over it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.browser.keys import Keys
from tests.browser.screenshots import axe_violations
from tests.browser.world import World, refer
from tests.web.records.seeded_site import PASSWORD

pytestmark = pytest.mark.browser
WALKED = (
    ("director", "/"),
    ("director", "/records/case/list/?all=1"),
    ("clerk", "/records/case/add"),
    ("director", "/records/case/show/{case}"),
    ("director", "/records/case/dispose/{case}?proposal=0"),
    ("root", "/users/show/{user}"),
    ("root", "/units/show/{unit}"),
    ("root", "/audit/"),
    ("root", "/roles/matrix/clerk"),
)


SETTLED = "() => !document.querySelector('.htmx-request, .htmx-swapping, .htmx-settling')"
FROM_THE_TOP = (
    "() => { document.body.tabIndex = -1; document.body.focus(); document.body.removeAttribute('tabindex'); }"
)


@contextmanager
def sitting(chromium: Any, world: World, who: str = "", lang: str = "en") -> Iterator[Keys]:
    """Sit a person down at a window that is low enough for pages to scroll."""
    context = chromium.new_context(viewport={"width": 1280, "height": 640})
    context.add_cookies(world.cookies(who, lang))
    yield Keys(context.new_page())
    context.close()


def test_every_stop_of_the_main_pages_is_seen(chromium: Any, world: World) -> None:
    for who, path in WALKED:
        with sitting(chromium, world, who) as keys:
            keys.page.goto(world.url(path))
            keys.page.evaluate(FROM_THE_TOP)  # some pages put the focus into their first field
            assert keys.walk() > 10


def test_a_clerk_signs_in_finds_a_case_and_signs_out(chromium: Any, world: World) -> None:
    with sitting(chromium, world, lang="zh_Hans") as keys:
        page = keys.page
        page.goto(world.url("/login/"))
        assert keys.focused("#username")
        keys.follow(".sign-in-languages a[lang=en]")
        assert page.evaluate("document.documentElement.lang") == "en"
        keys.write("triage")
        keys.press("Tab")
        keys.write(PASSWORD)
        with page.expect_navigation():
            keys.press("Enter")
        keys.press("Tab")
        keys.follow(".nav-line[href*='/case/list']")
        keys.skip()
        keys.to(".list-filters > summary")
        keys.press("Enter")
        keys.to(
            ".list-filter-panel select[name=canonical_stage], .list-filter-panel input[name=canonical_stage]"
        )
        if keys.focused("select"):
            page.keyboard.type("Int")
        else:
            keys.press("Space")
        keys.follow(".list-filter-buttons .btn-primary")
        keys.skip()
        keys.to("#list-text")
        keys.write("房屋买卖")
        with page.expect_navigation():
            keys.press("Enter")
        assert page.locator(".filter-chip-held").count() == 2
        keys.skip()
        keys.follow(".data-table td a")
        assert "/records/case/show/" in page.url
        keys.to(".topbar-right .menu:last-child > summary")
        keys.press("Enter")
        keys.press("Tab", "Escape")
        assert keys.focused(".topbar-right .menu:last-child > summary"), "Escape leads back to the menu"
        assert not page.locator("form[action='/logout/']").is_visible()
        keys.press("Enter")
        keys.follow("form[action='/logout/'] button")
        page.wait_for_url("**/login/**")


def test_a_clerk_registers_a_case_and_attaches_a_file(chromium: Any, world: World, tmp_path: Path) -> None:
    with sitting(chromium, world, "clerk") as keys:
        page = keys.page
        page.goto(world.url("/records/case/list/?all=1"))
        keys.skip()
        keys.follow(".page-actions .btn-primary")
        keys.press("Control+s")
        page.locator(".error-summary").wait_for()
        assert keys.focused(".error-summary")
        keys.press("Tab")
        keys.press("Enter")
        assert keys.focused("[name='/applicant_name']"), "the first error leads to its field"
        _fill_in(keys)
        file = tmp_path / "合同.txt"
        file.write_text("甲方", "utf-8")
        keys.to(".form-rows button[name^='_add:'][name*=attachment]")
        keys.press("Enter")
        page.locator("input[type=file]").wait_for()
        page.wait_for_function(SETTLED)
        keys.to("input[type=file]")
        with page.expect_file_chooser() as chooser:
            keys.press("Space")
        chooser.value.set_files(file)
        page.locator(".upload-state", has_text="合同.txt").wait_for()
        with page.expect_navigation(url=re.compile("/records/case/show/")):
            keys.press("Control+s")
        assert "键" in page.inner_text("h1")
        assert page.locator("#files", has_text="合同.txt").count() == 1


def _fill_in(keys: Keys) -> None:
    page = keys.page
    keys.press("Shift+Tab")
    assert keys.focused(".form-line > summary"), "what is preset stands before the first field"
    keys.press("Enter")
    for label, words in (("Place of the matter", "马街街道"), ("Type of dispute", "房屋买卖")):
        box = page.get_by_role("combobox", name=label)
        keys.to(f"[id='{box.get_attribute('id')}']")
        with page.expect_response(re.compile(r"/lookup/.*[?&]q=")):
            keys.write(words)
        page.locator(".lookup-option:visible").first.wait_for()
        keys.press("ArrowDown", "Enter")
        if label.startswith("Place"):
            keys.to("[name='/applicant_name']")
            keys.write("键某（虚构）")
            keys.press("Enter")
            assert page.url.endswith("/add"), "Enter does not send the form"
    page.wait_for_function(SETTLED)  # the type decides which fields follow
    keys.to("[name='/willing']")
    keys.press("Space")
    for fold, name, text in (("", "/summary", "房屋买卖合同纠纷"), ("#s-claim-fold", "/claim", "退还定金")):
        if fold:
            keys.to(f"{fold} > summary")
            keys.press("Enter")
        keys.to(f"[name='{name}']")
        keys.write(text)
    keys.to("#s-files-fold > summary")
    keys.press("Enter")


def test_a_director_confirms_and_a_handler_answers(chromium: Any, world: World) -> None:
    case = world.site.register(world.person("clerk"))
    with sitting(chromium, world, "director") as keys:
        keys.page.goto(world.base + case)
        keys.skip()
        keys.follow(".proposal-actions button")
        assert keys.page.locator("#referrals .proposal").count() == 1
    with sitting(chromium, world, "handler") as keys:
        page = keys.page
        page.goto(world.base + case)
        keys.skip()
        keys.follow("#referrals form[action$='/accept'] button")
        keys.to("#referrals .answer > summary")
        keys.press("Enter", "Tab")
        keys.write("双方达成一致")
        keys.to("#referrals .answer[open] button")
        with page.expect_navigation():
            keys.press("Enter")
        assert "双方达成一致" in page.inner_text("#referrals")


def test_a_clerk_takes_a_step(chromium: Any, world: World) -> None:
    case = world.site.register(world.person("clerk"))
    with sitting(chromium, world, "clerk") as keys:
        page = keys.page
        page.goto(world.base + case)
        keys.skip()
        keys.follow("#now .btn-primary")
        with page.expect_navigation():
            keys.press("Control+s")
        assert page.url.endswith(case)
        assert "→" in page.inner_text("#history")


def test_another_unit_is_chosen_with_a_reason(chromium: Any, world: World) -> None:
    case = world.site.register(world.person("clerk"))
    with sitting(chromium, world, "director") as keys:
        page = keys.page
        page.goto(world.base + case)
        keys.skip()
        keys.follow(".proposal-actions a.btn")
        keys.skip()
        keys.to("input[name=choice]")
        keys.press("ArrowDown")
        keys.check()
        keys.to("#reason")
        keys.write("当事人在此处办理更近")
        with page.expect_navigation():
            keys.press("Control+s")
        assert "当事人在此处办理更近" in page.inner_text("#referrals")


def test_an_administrator_searches_the_audit_and_gives_a_role(chromium: Any, world: World) -> None:
    with sitting(chromium, world, "root") as keys:
        page = keys.page
        page.goto(world.url("/audit/"))
        keys.skip()
        keys.to("#audit-person")
        keys.write("clerk")
        with page.expect_navigation():
            keys.press("Enter")
        keys.skip()
        keys.to(".audit-entry > summary")
        keys.press("Enter")
        assert page.locator(".audit-entry[open] .audit-detail").first.is_visible()
        page.goto(world.url("/users/show/{user}"))
        keys.skip()
        keys.to("#role")
        page.keyboard.type("Triage")
        keys.press("Tab")
        keys.write("530112")
        keys.follow(".inline-fields .btn-primary")
        assert page.locator(".data-table tbody tr").count() == 2
        keys.skip()
        keys.to(".cell-actions button")
        keys.press("Enter")
        page.locator("#confirm[open]").wait_for()
        for _ in range(4):
            keys.press("Tab")
            if keys.check():
                assert page.evaluate("document.activeElement.closest('#confirm') !== null")
        keys.press("Escape")
        assert page.locator("#confirm[open]").count() == 0
        assert keys.focused(".cell-actions button"), "the question gives the focus back"
        keys.press("Enter", "Tab")
        with page.expect_navigation():
            keys.press("Enter")
        assert page.locator(".data-table tbody tr").count() == 1


def test_referred_cases_are_reached_from_the_worklist(chromium: Any, world: World) -> None:
    case = world.site.register(world.person("clerk"))
    refer(world, case)
    with sitting(chromium, world, "handler") as keys:
        keys.page.goto(world.url("/"))
        keys.skip()
        keys.follow("#work td a")
        assert "/records/case/show/" in keys.page.url


def test_a_supervisor_goes_down_the_board_and_begins_a_sheet(chromium: Any, world: World) -> None:
    """From the first page to a question, down to a county, to the menu of a row and its sheet, and all the way back."""
    with sitting(chromium, world, "supervisor", "zh_Hans") as keys:
        page = keys.page
        page.goto(world.base)
        keys.press("Tab")
        keys.follow(".nav-line[href='/board/']")
        assert axe_violations(page) == []
        keys.skip()
        keys.follow(".asks a[href*='sort=median_days']")
        assert page.locator(".asks a[aria-current=true]").count() == 1
        keys.skip()
        keys.follow("#units tbody th a[href*='/board/unit/530112?']")
        assert "西山区" in page.inner_text("h1")
        assert "sort=median_days" in page.url, "the question stays on the way down"
        keys.skip()
        keys.to("#units .board-acts summary")
        keys.press("Enter")
        # An open menu lies over rows below it.
        assert [one for one in axe_violations(page) if not one.startswith("target-size")] == []
        keys.to("#units details[open] .menu-list a")
        keys.press("Escape")
        assert keys.focused("#units .board-acts summary"), "Escape leads back to the row"
        assert page.locator("#units details[open]").count() == 0
        keys.press("Enter")
        keys.follow("#units details[open] .menu-list a[href*='kind=supervise']")
        assert "/records/sheet/add" in page.url
        assert axe_violations(page) == []
        assert page.input_value("[name='/matter']")
        page.go_back()  # as the keys of the browser do, which the page does not get
        assert "/board/unit/530112?" in page.url
        page.evaluate(FROM_THE_TOP)
        keys.follow(".crumbs a[href*='/board/unit/530100']")
        assert "昆明市" in page.inner_text("h1")
        keys.press("Tab")
        keys.follow(".nav-line[href='/']")
