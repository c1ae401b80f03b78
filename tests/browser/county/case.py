"""A matter on its way: registered at the window, then step by step by those whose turn it is, to the archive."""

from __future__ import annotations

import re
from typing import Any

from tests.browser.county import own_role
from tests.browser.county.counties import County, Step
from tests.browser.county.hand import Hand
from tests.browser.county.opening import Office

SHOWN = re.compile(r"/records/case/show/([0-9a-f]+)")


def begin(office: Office, county: County) -> str:
    """Register a matter, and let the person with the county's own role find it; return which one it is."""
    with office.tally.at("a matter at the window"):
        uid = register(county, office.hand(f"{county.short}.clerk"))
    own_role.look(office, county, uid)
    return uid


def run(office: Office, county: County) -> None:
    """Let a matter run from the window to the archive."""
    uid = begin(office, county)
    with office.tally.at("a matter, window to archive"):
        for step in county.case:
            take(office.hand(f"{county.short}.{step.who}"), uid, step)
    assert "已归档" in hand_of_last(office, county).page.locator("main").inner_text()


def hand_of_last(office: Office, county: County) -> Hand:
    """Return the person who took the last step."""
    return office.hand(f"{county.short}.{county.case[-1].who}")


def register(county: County, hand: Hand) -> str:
    """Register a matter of the new sort with the new fields; return which one it is."""
    first, second = county.fields
    hand.go(hand.find("main a[href='/records/case/add']"))
    hand.write(hand.page.locator("[name='/applicant_name']"), "张小明（虚构）")
    hand.pick(hand.search("纠纷类型"), county.leaf[1])
    hand.write(hand.page.locator("[name='/summary']"), "轮作先后有争议，希望调解。")
    hand.click(hand.page.get_by_role("group", name="申请人是否愿意调解").get_by_text("愿意", exact=True))
    hand.unfold(hand.find("main summary", county.section))
    hand.choose(hand.label(first.title), first.options[0])
    hand.write(hand.label(second.title), "第三组")
    hand.go(hand.button("登记"))
    found = SHOWN.search(hand.page.url)
    assert found, hand.page.locator("main").inner_text()
    return found[1]


def take(hand: Hand, uid: str, step: Step) -> None:
    """Find the matter from home and take a step on it."""
    find(hand, uid)
    ways = hand.page.locator("main").get_by_role("link", name=step.button, exact=True)
    ways = ways.or_(hand.page.locator("main").get_by_role("button", name=step.button, exact=True))
    seen = ways.locator("visible=true")
    if not seen.count() and explain(hand):
        take(hand, uid, step)
        return
    if not seen.count():
        hand.unfold(hand.find("main summary", "更多"))
    hand.go(seen.first)
    for label, value in step.fill:
        put(hand, label, value)
    if hand.page.locator("#form").count():
        hand.go(hand.find("#form .form-actions .btn-primary"))
    assert hand.page.locator(".error-summary").count() == 0, hand.page.locator(".error-summary").inner_text()


def explain(hand: Hand) -> bool:
    """Say why papers are not in the file where the step waits for them; tell whether it did."""
    file = hand.page.locator('main .now-missing a[href*="/efile/"]').locator("visible=true")
    if not file.count():
        return False
    hand.go(file.first)
    hand.go(hand.find('main a[href$="/the-rest"]'))
    hand.write(hand.page.locator("#rest-why"), "纸质材料已当场送达，另行装订。", leave=False)
    hand.go(hand.button("保存", inside="#form"))
    return True


def find(hand: Hand, uid: str) -> None:
    """Go home and on to the matter, by the first list that shows it."""
    hand.go(hand.find("#sidebar a.brand"))
    there = hand.page.locator(f'main a[href*="/show/{uid}"]').locator("visible=true")
    tabs = hand.page.locator("#queues .queue:not(.queue-zero, .queue-rest)")
    for number in range(tabs.count()):
        if there.count():
            break
        hand.go(tabs.nth(number))
    hand.go(there.first)


def put(hand: Hand, label: str, value: str) -> None:
    """Fill in one control by what it is called."""
    form = hand.page.locator("#form")
    form.get_by_text(label, exact=True).locator("visible=true").first.wait_for()
    group: Any = form.get_by_role("group", name=label, exact=True)
    if group.count() and group.get_by_text(value, exact=True).count():
        hand.click(group.get_by_text(value, exact=True).first)
        return
    answer = form.get_by_role("radio", name=value, exact=True)
    if answer.count() == 1:
        hand.click(form.get_by_text(value, exact=True).locator("visible=true").first)
        assert answer.is_checked(), (label, value)
        return
    entered = form.locator("input:not([type=hidden]), select, textarea")
    control = form.get_by_label(label, exact=True).and_(entered).locator("visible=true").first
    kind = control.evaluate("one => one.tagName + ' ' + (one.type || '')")
    if kind.startswith("SELECT"):
        hand.choose(control, value)
    elif kind.endswith("checkbox"):
        hand.tick(control)
    elif kind.endswith("date"):
        day(hand, control, value)
    else:
        hand.write(control, value)


def day(hand: Hand, control: Any, value: str) -> None:
    """Type a day into the parts of its field, in the order in which the browser shows them."""
    year, month, number = value.split("-")
    hand.click(control)
    hand.press("ArrowLeft", "ArrowLeft")
    hand.enter(month + number + year)
    if control.input_value() != value:
        hand.press("ArrowLeft", "ArrowLeft")
        hand.enter(year)
        hand.press("ArrowRight")
        hand.enter(month + number)
    assert control.input_value() == value, (value, control.input_value())
