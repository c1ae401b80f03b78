"""Every page in every state: WCAG 2.2 A and AA, narrow windows, no text cut off, one language at a time.

One pass over the pages for each language does all of it; the pages come from the URL map.
"""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.browser import looks
from tests.browser.pseudo import PSEUDO, speak_pseudo
from tests.browser.screens import NOT_PAGES, SCREENS, unfold
from tests.browser.screenshots import axe_violations, scrolls_sideways, watch
from tests.browser.world import World
from tests.web.records.seeded_site import PEOPLE

pytestmark = pytest.mark.browser

# A window of 1280 pixels at 200 % is 640 wide; 320 is a window of 1280 at 400 %, and a small phone.
NARROW = (640, 320)
WIDE, PHONE = (1440, 900), (390, 844)
# Latin words of a Chinese page that are data or names: accounts, packs, programs, file formats.
LATIN = re.compile(
    r"^(API|IP|ID|PDF|CSV|UTF|GBK|XLSX|Excel|Word|xlsx|docx|English|en|zh|phone|zzz|nobody|locked|careful|fresh|Werkzeug|invalid|portal"
    rf"|base|city|county|kunming|xishan|jinning|wuhua|root|{'|'.join(PEOPLE)})\d*$"
)
# Where codes, digests and the names of keys stand as such.
TECHNICAL = (
    "span.digest",
    "span.slip-group",
    "p.digest",
    "span.tree-code",
    "text code.",
    "audit-",
    "text td.",
    "text dd.",
    "text kbd.",
)


# What is asked for on purpose and refused.
REFUSED = ("404", "a wrong page", "refused")

BAR_FOLLOWS = """document.querySelectorAll('.form-actions').forEach(bar => { bar.style.position = 'static'; });
window.scrollTo(0, 0);"""


def english_words(found: list[str]) -> list[str]:
    """Return the findings that hold a Latin word nobody accounts for."""
    return [
        line
        for line in found
        if not any(place in line for place in TECHNICAL)
        and not all(LATIN.match(word) for word in re.findall(r"[A-Za-z]{2,}\d*", line.split("“", 1)[1]))
    ]


def measured(page: Any, lang: str, size: tuple[int, int]) -> list[str]:
    """Return everything wrong with the page as it stands."""
    page.set_viewport_size({"width": size[0], "height": size[1]})
    # What lies under a bar that stays is touched after scrolling: axe measures without a bar over it.
    page.evaluate(BAR_FOLLOWS)
    found = axe_violations(page) + [f"cut off: {text}" for text in looks.cut_off(page)]
    if lang == "en":
        found += [f"Chinese: {text}" for text in looks.chinese_on_english(page)]
    else:
        found += [f"English: {text}" for text in english_words(looks.english_on_chinese(page))]
    if page.evaluate("document.documentElement.lang") != {"en": "en", "zh_Hans": "zh-Hans"}[lang]:
        found.append("the page names another language")
    for width in (size[0], *NARROW):
        if width != size[0]:
            page.set_viewport_size({"width": width, "height": 800})
        if scrolls_sideways(page):
            found.append(f"scrolls sideways at {width}")
    return found + [f"cut off at {NARROW[-1]}: {text}" for text in looks.cut_off(page)]


@pytest.mark.parametrize(("lang", "size"), [("en", WIDE), ("zh_Hans", PHONE)], ids=["en-wide", "zh-phone"])
def test_no_page_has_a_fault(chromium: Any, world: World, lang: str, size: tuple[int, int]) -> None:
    context = chromium.new_context(viewport={"width": size[0], "height": size[1]})
    page = context.new_page()
    complaints = watch(page)
    faults: list[str] = []
    for screen in SCREENS:
        page.set_viewport_size({"width": size[0], "height": size[1]})
        context.clear_cookies()
        context.add_cookies(world.cookies(screen.who, lang))
        answer = page.goto(world.url(screen.path))
        if answer.status >= 400 and screen.name not in REFUSED and not screen.rule.startswith("/failing/"):
            faults.append(f"{screen.label}: answered {answer.status}")
        if screen.act:
            screen.act(world, page)
        faults += [f"{screen.label}: {text}" for text in measured(page, lang, size) + complaints]
        complaints.clear()
    context.close()
    assert faults == []


# Of an address that holds one of several words, or a place with strokes, the name of that part.
_ANY = re.compile(r"<(?:any\([^)]*\)|path):(?!filename)")


def test_no_page_is_forgotten(world: World) -> None:
    pages = {
        _ANY.sub("<", str(rule))
        for rule in world.site.app.url_map.iter_rules()
        if "GET" in (rule.methods or ()) and not str(rule).startswith("/api/")
    }
    listed = {screen.rule for screen in SCREENS}
    assert pages - listed - set(NOT_PAGES) == set(), "list them in tests/browser/screens.py"
    assert (listed | set(NOT_PAGES)) - pages == set(), "these are no more"
    assert listed & set(NOT_PAGES) == set()


def test_texts_two_fifths_longer_fit(chromium: Any, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    speak_pseudo(world.site.app, monkeypatch)
    context = chromium.new_context()
    page = context.new_page()
    faults: list[str] = []
    for screen in SCREENS:
        if screen.act not in (None, unfold):
            continue
        context.clear_cookies()
        context.add_cookies(world.cookies(screen.who, PSEUDO))
        page.goto(world.url(screen.path))
        if screen.act:
            screen.act(world, page)
        assert page.evaluate("document.documentElement.lang") == "en-XA", screen.label
        for width, high in (WIDE, PHONE):
            page.set_viewport_size({"width": width, "height": high})
            found = looks.cut_off(page) + ["scrolls sideways"] * scrolls_sideways(page)
            faults += [f"{screen.label} at {width}: {text}" for text in found]
    context.close()
    assert faults == []


def test_the_check_would_see_a_fault(chromium: Any) -> None:
    page = chromium.new_page()
    page.set_content("<html lang='en'><title>x</title><main><h1>x</h1><img src='x.png'></main></html>")
    (found,) = axe_violations(page)
    assert found.startswith("image-alt: img ")
    page.close()
