"""The hall of a county: rooms pasted from a spreadsheet, one moved on the plan, who is stationed, who comes by rota."""

from __future__ import annotations

import re

from tests.browser.county.counties import County
from tests.browser.county.hand import Hand
from tests.browser.county.opening import Office

DAYS = {1: "周一", 2: "周二", 3: "周三", 4: "周四", 5: "周五"}


def open_draft(office: Office, county: County) -> Hand:
    """Let the county's own administrator open the draft that came with the centre."""
    hand = office.hand(f"{county.short}.config")
    with office.tally.at("the draft"):
        hand.go(hand.link("配置工作室", inside="#sidebar"))
        hand.go(hand.link("本级第一稿", inside="main"))
    return hand


def part(hand: Hand, name: str) -> None:
    """Go to a part of the configuration from wherever the person is in the draft."""
    if not hand.page.locator(".studio-parts").count():
        hand.go(hand.link("本级第一稿", inside="#draftbar"))
    hand.go(hand.link(name, inside=".studio-parts"))


def build(office: Office, county: County, hand: Hand) -> None:
    """Build the hall."""
    with office.tally.at("layout"):
        part(hand, "中心布局")
        _paste(county, hand)
        _move(county, hand)
        assert hand.find(".counted-name").inner_text() == county.formula
    with office.tally.at("stationing and rosters"):
        _station(county, hand)
        _rota(county, hand)


def _paste(county: County, hand: Hand) -> None:
    hand.go(hand.link("从表格粘贴"))
    hand.paste(hand.page.locator("#cells"), county.rows)
    hand.go(hand.button("看看读成什么样"))
    hand.go(hand.button(re.compile("写入这 .* 行")))
    hand.go(hand.link("平面图", inside=".hall-tabs"))


def _move(county: County, hand: Hand) -> None:
    """Make the new court wider by its handle on the plan."""
    _choose(hand, county.resident[1])
    thing = hand.find(".plan-picked [data-thing]")
    key, box = thing.get_attribute("data-thing"), thing.get_attribute("data-box")
    x, y, wide, high = (int(one) for one in box.split())
    cell = thing.bounding_box()["width"] / wide
    hand.pull(hand.find('.plan-picked [data-handle="e"]'), cell, 0)
    hand.page.locator(f'[data-thing="{key}"][data-box="{x} {y} {wide + 1} {high}"]').wait_for()
    hand.settle()


def _choose(hand: Hand, room: str) -> None:
    hand.click(hand.find(".outline a", room))
    hand.page.locator(".outline [aria-current]", has_text=room).wait_for()
    hand.settle()


def _station(county: County, hand: Hand) -> None:
    department, room = county.resident
    _choose(hand, room)
    hand.unfold(hand.find("summary", "安排单位入驻"))
    hand.choose(hand.page.locator("#station-department"), department)
    hand.click(hand.button("常驻", inside=".hall-station"))
    hand.find(".hall-stays li", "常驻").wait_for()


def _rota(county: County, hand: Hand) -> None:
    department, room, days = county.rota
    hand.go(hand.link("轮驻排班", inside=".hall-tabs"))
    hand.choose(hand.page.locator("#week-department"), department)
    for day in days:
        row = hand.page.locator("table.week tbody tr", has_text=room)
        hand.go(row.locator("td").nth(day - 1).locator(".empty-slot"))
    row = hand.page.locator("table.week tbody tr", has_text=room)
    assert row.locator(".shift").count() == len(days)
