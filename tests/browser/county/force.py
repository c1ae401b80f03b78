"""From a finished draft to what is in force: checked, submitted, approved by a second person."""

from __future__ import annotations

from tests.browser.county.counties import County
from tests.browser.county.hand import Hand
from tests.browser.county.opening import Office

LOOKS = 30


def submit(office: Office, county: County, hand: Hand) -> None:
    """Have all checked, wait for what is found, and hand it to a second person."""
    with office.tally.at("check and submit"):
        hand.go(hand.link("发布", inside="#draftbar"))
        hand.go(hand.button("全面检查，并走一遍示例办件"))
        _until_checked(hand)
        hand.write(hand.page.locator("#why"), f"{county.name}开办，按本地实际调整。", leave=False)
        hand.go(hand.button("提交批准"))
        hand.sees("已提交，可由另一个人批准。")


def _until_checked(hand: Hand) -> None:
    """Look again until the check has ended; whatever must be mended fails."""
    for _ in range(LOOKS):
        button = hand.page.locator("main .studio-submit button")
        if button.count() and button.first.is_enabled():
            return
        main = hand.page.locator("main")
        if not main.locator("li.wait", has_text="没有必须处理的事").count():
            assert not main.locator(".finding-must").count(), main.inner_text()
        hand.page.wait_for_timeout(1_000)
        hand.go(hand.link("发布", inside="#draftbar"))
    raise AssertionError(hand.page.locator("main").inner_text())


def approve(office: Office, county: County) -> None:
    """Let the director look at it and put it in force."""
    hand = office.hand(f"{county.short}.director")
    with office.tally.at("approval"):
        hand.go(hand.link("配置工作室", inside="#sidebar"))
        hand.go(hand.link("本级第一稿", inside="main"))
        hand.go(hand.link("发布", inside="#draftbar"))
        hand.go(hand.button("批准"))
        hand.sees("这份草稿已生效")
