"""The county's own role is given to a person, who signs in and finds what the county's own list holds."""

from __future__ import annotations

import re

from tests.browser.county.counties import County
from tests.browser.county.hand import Hand
from tests.browser.county.opening import Office, confirm_people
from tests.browser.county.served import PASSWORD, SECOND


def account_of(county: County) -> str:
    """Return what the person with the county's own role signs in as."""
    return f"{county.short}.own"


def give(office: Office, county: County) -> None:
    """Let the security administrator make an account with the role, and a second person confirm it."""
    hand = office.hand(f"{county.short}.security")
    with office.tally.at("a person with the own role"):
        hand.go(hand.link("用户", inside="#sidebar"))
        hand.go(hand.find("main a[href*='/users/add']"))
        hand.write(hand.page.locator("#username"), account_of(county))
        hand.write(hand.page.locator("#last_name"), f"{county.name}{county.role}")
        hand.choose(hand.page.locator("#role"), county.role)
        # The list begins with the units below, whose names may begin with that of the county.
        hand.pick(hand.search("单位"), county.code, re.compile(rf"^\s*{county.name}(?![\u4e00-\u9fff])"))
        hand.write(hand.page.locator("#password"), PASSWORD)
        hand.write(hand.page.locator("#conf_password"), PASSWORD, leave=False)
        hand.go(hand.find("main form button[type=submit], main form .btn-primary"))
        assert not hand.page.locator(".invalid-feedback, .error-summary").locator("visible=true").count(), (
            hand.page.locator("main").inner_text()
        )
    confirm_people(office, county, SECOND)


def look(office: Office, county: County, uid: str) -> Hand:
    """Let the person sign in and find a matter in the list of the county."""
    hand = office.hand(account_of(county))
    with office.tally.at("a person with the own role"):
        hand.find("#queues .queue", county.worklist).wait_for()
        if not hand.page.locator(f'main a[href*="/show/{uid}"]').locator("visible=true").count():
            hand.go(hand.find("#queues .queue", county.worklist))
        hand.go(hand.page.locator(f'main a[href*="/show/{uid}"]').locator("visible=true").first)
        hand.find("h1").wait_for()
    return hand
