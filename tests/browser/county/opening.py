"""A county gets its centre: the wizard, its people, and their first sign-in."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.browser.county.counties import ROLES, County, saved
from tests.browser.county.hand import Hand, Tally
from tests.browser.county.served import PASSWORD


class Office:
    """The people of the county, each at a browser of their own, and what was counted."""

    def __init__(self, chromium: Any, base: str, folder: Path) -> None:
        self.chromium, self.base, self.folder = chromium, base, folder
        self.tally = Tally()
        self.passwords: dict[str, str] = {}
        self.complaints: list[str] = []
        self._hands: dict[str, Hand] = {}

    def hand(self, name: str) -> Hand:
        """Return a person who has signed in."""
        if name not in self._hands:
            hand = self._hands[name] = Hand(self.chromium, self.base, self.tally)
            with self.tally.at("signing in"):
                sign_in(hand, name, self.passwords)
        return self._hands[name]

    def leave(self, name: str) -> None:
        """Let a person sign out and close the browser."""
        hand = self._hands.pop(name)
        hand.click(hand.find(".menu-right summary .icon-user-circle, .menu-right:last-of-type > summary"))
        hand.go(hand.button("退出登录"))
        self.complaints += hand.complaints
        hand.close()

    def close(self) -> None:
        """Close all browsers."""
        for hand in self._hands.values():
            self.complaints += hand.complaints
            hand.close()
        self._hands.clear()


def sign_in(hand: Hand, name: str, passwords: dict[str, str]) -> None:
    """Open the door; the first time choose a password of one's own."""
    hand.arrive()
    first = passwords.get(name, PASSWORD)
    hand.write(hand.page.locator("#username"), name)
    hand.write(hand.page.locator("#password"), first, leave=False)
    hand.go(hand.find("form[name=login] .btn-primary"))
    if hand.page.locator("#conf_password").count():
        own = passwords[name] = f"{name}-Own-words-2026"
        hand.write(hand.page.locator("#password"), own)
        hand.write(hand.page.locator("#conf_password"), own, leave=False)
        hand.go(hand.button("保存并登录"))


def open_centre(office: Office, county: County, name: str) -> None:
    """Open the centre in the wizard: its unit, what it works by, its people."""
    hand = office.hand(name)
    with office.tally.at("centre"):
        hand.go(hand.link("配置工作室", inside="#sidebar"))
        hand.go(hand.link("新建中心"))
        if county.units:
            hand.upload(hand.page.locator("#file"), saved(office.folder, "units.csv", county.units))
            hand.write(hand.page.locator("#county"), county.code)
            hand.go(hand.button("试读"))
            hand.sees(county.name)
            hand.go(hand.button("加入这些单位并继续"))
        else:
            hand.write(hand.page.locator("#q"), county.name, leave=False)
            hand.go(hand.button("查询", inside="main"))
            hand.go(hand.link(county.name, inside="main"))
        hand.write(hand.page.locator("#agency"), county.agency)
        hand.go(hand.button("开设中心，立即可用"))
    with office.tally.at("people"):
        _people(office, county, hand)


def _people(office: Office, county: County, hand: Hand) -> None:
    lines = ["账号,姓名,角色,单位"]
    people = [(end, title, f"{county.name}{title}") for end, title in ROLES.items()]
    lines += [f"{county.short}.{end},{said},{title},{county.code}" for end, title, said in people]
    table = "\r\n".join(lines) + "\r\n"
    office.tally.add(keys=len(table))  # the table is written in a spreadsheet first
    hand.upload(hand.page.locator("#file"), saved(office.folder, "people.csv", table.encode("gbk")))
    hand.go(hand.button("试读"))
    hand.go(hand.button("确认开通"))
    for row in hand.page.locator("main tbody tr").all():
        if row.locator("code").count():
            account = row.locator("td").first.inner_text().strip()
            office.passwords[account] = row.locator("code").inner_text().strip()
    assert len(office.passwords) == len(ROLES), office.passwords
    hand.go(hand.link("下一步"))
    hand.sees(county.agency)


def confirm_people(office: Office, county: County, name: str) -> None:
    """Let a second person confirm each role that sees personal data."""
    hand = office.hand(name)
    with office.tally.at("people"):
        hand.go(hand.link("用户", inside="#sidebar"))
        while (waiting := hand.find("main section li a", county.name)).count():
            hand.go(waiting)
            hand.agree(hand.find("main td button"))
            hand.go(hand.link("用户", inside="#sidebar"))
