"""Pickers in a real browser, by mouse, keyboard and touch: nothing opens by itself, nothing is taken by guessing."""

from __future__ import annotations

import re
import shutil
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect
from werkzeug.serving import make_server

from portal.core.access import Access, Origin
from portal.services import users
from tests.browser.screenshots import AXE, WIDTHS, axe_violations, log_in
from tests.browser.unfolding import unfold
from tests.web.records.seeded_site import PASSWORD, Site

pytestmark = pytest.mark.browser

TYPE, PLACE = "纠纷类型", "事项发生地"
SOLD = "房屋与物业纠纷 › 房屋买卖纠纷"
VILLAGE = "竹园村委会"  # three villages of Kunming have this name


@pytest.fixture(scope="module")
def live(filled_sqlite: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Site, str]]:
    """A seeded portal behind a real HTTP server, with a clerk of the city."""
    folder = tmp_path_factory.mktemp("pickers")
    shutil.copy(filled_sqlite, folder / "portal.db")
    site = Site.open(f"sqlite:///{folder / 'portal.db'}", folder)
    with site.portal.writing(Access.system("test"), Origin()) as uow:
        made = users.create(uow, "city", PASSWORD, "某", "city")
        users.assign(uow, made.id, "clerk", "530100", audited=False)
        uow.commit()
    server = make_server("localhost", 0, site.app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield site, f"http://localhost:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()
    site.close()


@pytest.fixture(scope="module")
def signed_in(chromium: Any, live: tuple[Site, str]) -> dict[tuple[str, str], Any]:
    """What a browser keeps of a person who has signed in, by name and language."""
    return {}


@pytest.fixture
def sit(chromium: Any, live: tuple[Site, str], signed_in: dict[tuple[str, str], Any]) -> Iterator[Any]:
    """Open a page as a person, in a window of a width, with or without a finger for a mouse."""
    contexts = []

    def opened(
        name: str = "clerk", path: str = "/records/case/add", *, lang: str = "zh_Hans", **more: Any
    ) -> Any:
        key = (name, lang)
        if key not in signed_in:
            first = chromium.new_context()
            log_in(first.new_page(), live[1], name, PASSWORD, lang)
            signed_in[key] = first.storage_state()
            first.close()
        wide, high = WIDTHS["wide"]
        more = {"viewport": {"width": wide, "height": high}, **more}
        context = chromium.new_context(storage_state=signed_in[key], **more)
        contexts.append(context)
        context.set_default_timeout(8000)
        page = context.new_page()
        page.goto(live[1] + path)
        unfold(page)
        return page

    yield opened
    for context in contexts:
        context.close()


def box(page: Any, label: str = TYPE) -> Any:
    return page.get_by_role("combobox", name=label)


def code(page: Any, name: str = "/dispute_type") -> str:
    return str(page.locator(f"[name='{name}']").input_value())


def settled(page: Any) -> None:
    """Wait until no part of the form is being refreshed, and for whatever could open a list late."""
    page.wait_for_function("() => !document.querySelector('.htmx-request, .htmx-swapping, .htmx-settling')")
    page.wait_for_timeout(600)


def closed(page: Any) -> None:
    expect(page.locator(".lookup-popup:visible")).to_have_count(0)
    assert page.locator("[role=combobox][aria-expanded=true]").count() == 0


def options(page: Any) -> list[str]:
    page.locator(".lookup-option:visible").first.wait_for()
    return [text.split("\n")[0] for text in page.locator(".lookup-option:visible").all_inner_texts()]


def test_after_a_choice_by_mouse_the_list_stays_closed_and_the_focus_comes_back(sit: Any) -> None:
    page = sit()
    box(page).click()
    assert options(page)[0] == "婚姻家庭纠纷"
    box(page).fill("房屋买卖")
    page.locator(".lookup-option", has_text="房屋买卖纠纷").click()
    settled(page)  # the type decides which fields follow: the form was refreshed
    closed(page)
    expect(box(page)).to_be_focused()
    assert (code(page), box(page).input_value()) == ("D0301", SOLD)
    page.locator("[name='/summary']").click()
    page.locator("[name='/claim']").click()
    settled(page)
    closed(page)
    assert code(page) == "D0301"


def test_after_a_choice_by_keyboard_the_list_stays_closed_and_the_focus_comes_back(sit: Any) -> None:
    page = sit()
    box(page).focus()
    page.wait_for_timeout(400)
    closed(page)
    page.keyboard.type("fwmm")
    options(page)
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    settled(page)
    closed(page)
    expect(box(page)).to_be_focused()
    assert (code(page), box(page).input_value()) == ("D0301", SOLD)
    page.keyboard.press("Tab")
    settled(page)
    closed(page)


def test_after_a_choice_by_finger_the_list_stays_closed_and_every_target_is_large(sit: Any) -> None:
    wide, high = WIDTHS["phone"]
    page = sit(viewport={"width": wide, "height": high}, has_touch=True, is_mobile=True)
    box(page).tap()
    options(page)
    small = page.evaluate(
        "() => [...document.querySelectorAll('.lookup [role=combobox], .lookup-option, .lookup-more')]"
        ".map(e => [e.className, e.getBoundingClientRect()])"
        ".filter(([, r]) => r.width && (r.height < 43.5 || r.width < 43.5))"
    )
    assert small == []
    page.locator(".lookup-option", has_text="房屋与物业纠纷").locator(".lookup-more").tap()
    page.locator(".lookup-option", has_text="房屋买卖纠纷").tap()
    settled(page)
    closed(page)
    expect(box(page)).to_be_focused()
    assert (code(page), box(page).input_value()) == ("D0301", SOLD)
    assert page.evaluate("document.documentElement.scrollWidth") <= wide


def test_a_late_answer_opens_nothing(sit: Any) -> None:
    page = sit()
    held: list[Any] = []
    page.route("**/lookup/terms/**", lambda route: held.append(route))
    box(page).click()
    page.wait_for_timeout(300)
    page.keyboard.press("Escape")
    page.locator("[name='/summary']").focus()
    box(page).focus()
    while held:
        held.pop().continue_()
    page.wait_for_timeout(600)
    closed(page)


def test_a_list_that_somebody_opened_stays_open_when_the_form_is_refreshed(sit: Any) -> None:
    page = sit()
    held: list[Any] = []
    page.route("**/records/case/add", lambda route: held.append(route))
    page.locator("input[type=checkbox][name='/lower_tried']").check()
    box(page, PLACE).click()
    options(page)
    held.pop().continue_()
    settled(page)
    expect(box(page, PLACE)).to_be_focused()
    assert "马街街道" in options(page)


def test_pinyin_initials_and_other_words_find(sit: Any) -> None:
    page = sit()
    for query, first in (
        ("fangwu", "房屋买卖纠纷"),
        ("fw", "房屋买卖纠纷"),
        ("房产", "房屋买卖纠纷"),
        ("讨薪", "拖欠农民工工资"),
    ):
        box(page).fill(query)
        expect(page.locator(".lookup-option").filter(has_text=first).first).to_be_visible()
    for query, first in (("majie", "马街街道"), ("mjjd", "马街街道"), ("xs", "西山区")):
        box(page, PLACE).fill(query)
        expect(page.locator(".lookup-option").filter(has_text=first).first).to_be_visible()


def test_a_name_that_several_have_is_not_taken_and_the_box_says_so(sit: Any) -> None:
    page = sit("city")
    place = box(page, PLACE)
    place.fill(VILLAGE)
    expect(page.locator(".lookup-note:visible")).to_have_text(f"有 3 项都叫“{VILLAGE}”，请选择其中一项")
    paths = page.locator(".lookup-path:visible").all_inner_texts()
    assert len(set(paths[:3])) == 3
    page.keyboard.press("Tab")
    refusal = page.locator(".lookup-refusal:visible")
    expect(refusal).to_contain_text("有 3 项都叫")
    settled(page)
    closed(page)
    assert page.locator("[name='/place']").input_value() == VILLAGE, "no code: the server refuses it too"
    assert place.get_attribute("aria-invalid") == "true"
    refusal.get_by_role("button", name="从列表中选择").click()
    page.locator(".lookup-option").nth(1).click()
    settled(page)
    closed(page)
    assert place.input_value().endswith(f" / {VILLAGE}")
    assert re.fullmatch(r"\d{12}", code(page, "/place"))
    assert refusal.count() == 0


def test_a_name_that_one_choice_has_alone_is_taken_with_its_path(sit: Any) -> None:
    page = sit()
    box(page, PLACE).fill("马街街道")
    page.keyboard.press("Tab")
    expect(page.locator("[name='/place']")).to_have_value(re.compile("^530112"))
    expect(box(page, PLACE)).to_have_value("西山区 / 马街街道")
    box(page).fill("房屋")
    page.keyboard.press("Tab")
    expect(page.locator(".lookup-refusal:visible")).to_contain_text("请从“房屋”找到的各项中选一项")
    settled(page)
    closed(page)
    page.wait_for_timeout(600)
    # The form that was refreshed meanwhile says so too.
    expect(page.locator(".lookup-refusal:visible")).to_contain_text("请从“房屋”找到的各项中选一项")


def test_a_name_by_which_nothing_is_found_is_told_otherwise_than_one_that_is_a_part(sit: Any) -> None:
    page = sit()
    box(page).fill("没有这样的纠纷")
    page.keyboard.press("Tab")
    expect(page.locator(".lookup-refusal:visible")).to_contain_text("没有名为“没有这样的纠纷”的选项")


def test_the_path_is_there_again_on_the_form_of_a_change_and_in_a_draft(sit: Any, live: Any) -> None:
    page = sit()
    box(page).fill("D0301")
    page.keyboard.press("Tab")
    expect(box(page)).to_have_value(SOLD)
    settled(page)
    page.reload()
    expect(page.locator(".kept-note")).to_be_visible()
    expect(box(page)).to_have_value(SOLD)
    expect(page.locator("[name='/dispute_type']")).to_have_value("D0301")
    closed(page)
    box(page).click()
    assert len(options(page)) > 5, "the box that came with the draft is a picker"
    site = live[0]
    uid = site.register(site.login("clerk")).rsplit("/", 1)[1]
    changing = sit(path=f"/records/case/edit/{uid}")
    expect(box(changing)).to_have_value(SOLD)
    assert box(changing, PLACE).input_value().startswith("西山区 / ")


def test_the_keys_of_a_combobox(sit: Any) -> None:
    page = sit()
    one = box(page)
    one.focus()
    page.keyboard.press("ArrowDown")
    count = len(options(page))
    active = lambda: page.evaluate(  # noqa: E731
        "() => { const e = document.getElementById(document.activeElement.getAttribute('aria-activedescendant'));"
        " return e ? [...e.parentElement.children].indexOf(e) : -1; }"
    )
    assert (one.get_attribute("aria-expanded"), active()) == ("true", -1)
    for key, expected in (
        ("ArrowDown", 0),
        ("End", count - 1),
        ("ArrowDown", 0),
        ("ArrowUp", count - 1),
        ("Home", 0),
        ("PageDown", 8),
        ("PageUp", 0),
    ):
        page.keyboard.press(key)
        assert active() == expected, key
    assert page.locator("[role=option][aria-selected=true]").count() == 1
    said = page.locator(".lookup", has=one).locator("[role=status]")
    expect(said).to_have_text(f"找到 {count} 项")
    page.keyboard.press("ArrowRight")
    expect(page.locator(".lookup-back")).to_have_text("← 婚姻家庭纠纷")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.locator(".lookup-back")).to_have_count(0)
    page.keyboard.press("Escape")
    closed(page)
    page.keyboard.type("qqqq")
    expect(page.locator(".lookup-note:visible")).to_have_text("没有找到")
    page.keyboard.press("Escape")
    page.keyboard.press("Escape")
    assert one.input_value() == ""
    assert code(page) == ""


def test_the_list_is_seen_whole_and_nothing_lies_over_it(sit: Any) -> None:
    for width, height in ((1280, 640), (390, 664), (390, 844)):
        page = sit(viewport={"width": width, "height": height})
        for label in (TYPE, PLACE):
            box(page, label).click()
            options(page)
            seen = page.evaluate(
                "() => { const r = document.querySelector('.lookup-popup:not([hidden])').getBoundingClientRect();"
                " const at = y => document.elementFromPoint(r.left + 20, y).closest('.lookup-popup') !== null;"
                " return [r.top >= 0, r.bottom <= innerHeight, at(r.top + 6), at(r.bottom - 6)]; }"
            )
            assert seen == [True] * 4, (width, height, label)
            page.keyboard.press("Escape")


def test_axe_finds_nothing_whatever_the_picker_shows(sit: Any) -> None:
    if not AXE.is_file():
        pytest.fail("axe-core is missing: make assets")
    for lang, label in (("zh_Hans", PLACE), ("en", "Place of the matter")):
        page = sit("city", lang=lang)
        place = box(page, label)
        place.click()
        options(page)
        page.keyboard.press("ArrowDown")
        assert axe_violations(page) == []
        place.fill(VILLAGE)
        page.locator(".lookup-note:visible").wait_for()
        assert axe_violations(page) == []
        page.keyboard.press("Tab")
        page.locator(".lookup-refusal:visible").wait_for()
        assert axe_violations(page) == []


def test_without_javascript_a_name_is_found_and_chosen(sit: Any) -> None:
    page = sit("city", java_script_enabled=False)
    page.get_by_label(PLACE).fill(VILLAGE)
    page.get_by_label(TYPE).fill("fangwumaimai")
    page.get_by_role("button", name="登记", exact=True).click()
    offers = page.locator(".lookup-offers")
    expect(offers).to_have_count(2)
    expect(offers.nth(0)).to_contain_text("有 3 项都叫")
    offers.nth(1).get_by_label(SOLD).check()
    offers.nth(0).get_by_role("radio").nth(2).check()
    page.locator(".form-line > summary").click()
    page.locator("#s-claim-fold > summary").click()
    page.get_by_label("申请人姓名（名称）").fill("无脚某（虚构）")
    page.get_by_label("事由简述").fill("房屋买卖合同履行发生纠纷")
    page.locator("[name='/claim']").fill("退还定金")
    page.get_by_label("来源渠道").select_option(label="群众来访")
    page.get_by_role("group", name="申请人是否愿意调解").get_by_label("愿意", exact=True).check()
    page.get_by_role("button", name="登记", exact=True).click()
    page.wait_for_url(re.compile("/records/case/show/"))
    assert VILLAGE in page.inner_text("main")
    assert "房屋买卖纠纷" in page.inner_text("main")
