"""A person at Chromium with a mouse and a keyboard alone; what they do is counted by a keystroke-level model.

Card, Moran and Newell: a key pressed or a button clicked 0.28 s, pointing at something 1.1 s, a hand going from mouse
to keyboard or back 0.4 s, deciding what comes next 1.35 s. Chinese is counted as it is typed: the letters of its sound
and one key to choose the character. What is pasted is counted as if it were typed here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from portal.adapters.pinyin import spelling
from tests.browser.screenshots import watch

KEY, POINT, HOME, THINK = 0.28, 1.1, 0.4, 1.35
SEEN = (1440, 900)
SOON = 90_000
STEP = 15
# Nothing of the page is being asked for or put in its place.
BUSY = ".htmx-request, .htmx-swapping, .htmx-settling"


def strokes(text: str) -> int:
    """Return how many keys a text takes."""
    count = 0
    for sign in text:
        sound = spelling(sign) if not sign.isascii() else ()
        count += len(sound[0][0]) + 1 if sound else 1
    return count


@dataclass
class Tally:
    """What was done, by the part of the work to which it belongs."""

    seconds: dict[str, float] = field(default_factory=dict)
    part: str = "sign in"

    def add(self, keys: int = 0, points: int = 0, homes: int = 0, thoughts: int = 0) -> None:
        """Count what was done for the part that is at hand."""
        more = keys * KEY + points * POINT + homes * HOME + thoughts * THINK
        self.seconds[self.part] = self.seconds.get(self.part, 0.0) + more

    @contextmanager
    def at(self, part: str) -> Iterator[None]:
        """Count all of a block for one part."""
        before, self.part = self.part, part
        try:
            yield
        finally:
            self.part = before

    @property
    def minutes(self) -> float:
        """Return the minutes of all parts."""
        return sum(self.seconds.values()) / 60

    def told(self) -> str:
        """Return the minutes of each part, a line each."""
        lines = [f"  {seconds / 60:5.1f}  {part}" for part, seconds in self.seconds.items()]
        return "\n".join([*lines, f"  {self.minutes:5.1f}  together"])


class Hand:
    """One person's hands at one browser."""

    def __init__(self, chromium: Any, base: str, tally: Tally) -> None:
        self.base, self.tally = base, tally
        wide, high = SEEN
        self.context = chromium.new_context(
            viewport={"width": wide, "height": high}, locale="zh-CN", accept_downloads=True
        )
        self.page = self.context.new_page()
        self.page.set_default_timeout(SOON)
        self.complaints = watch(self.page)
        self.typing = False

    def arrive(self) -> None:
        """Type the address of the portal: the only one that is ever typed."""
        self.tally.add(keys=len(self.base) + 1, points=1, thoughts=1)
        self.page.goto(self.base + "/")

    def close(self) -> None:
        """Close the browser."""
        self.context.close()

    # -- looking: reads, changes nothing -----------------------------------------------------------

    def find(self, selector: str, text: str | re.Pattern[str] = "") -> Any:
        """Return the first thing that is seen and holds a text."""
        found = self.page.locator(selector)
        return (found.filter(has_text=text) if text else found).locator("visible=true").first

    def link(self, name: str | re.Pattern[str], inside: str = "body", exact: bool = True) -> Any:
        """Return the first link of a name."""
        return self._called("link", name, inside, exact)

    def button(self, name: str | re.Pattern[str], inside: str = "body", exact: bool = True) -> Any:
        """Return the first button of a name."""
        return self._called("button", name, inside, exact)

    def label(self, name: str | re.Pattern[str], inside: str = "body", exact: bool = True) -> Any:
        """Return the control that has a label."""
        named = self.page.locator(inside).first.get_by_label(name, exact=exact)
        return named.locator("visible=true").first

    def search(self, name: str) -> Any:
        """Return the list that is searched by typing, by its label."""
        return self._called("combobox", name, "main", False)

    def _called(self, role: str, name: str | re.Pattern[str], inside: str, exact: bool) -> Any:
        named = self.page.locator(inside).get_by_role(role, name=name, exact=exact)
        return named.locator("visible=true").first

    def sees(self, text: str) -> None:
        """Wait until a text is seen on the page."""
        self.page.locator(f"text={text}").locator("visible=true").first.wait_for()

    def settle(self) -> None:
        """Wait until the page rests, as a slow hand does."""
        self.page.wait_for_timeout(STEP)
        while self.page.locator(BUSY).count():
            self.page.wait_for_timeout(STEP)

    # -- pointing ----------------------------------------------------------------------------------

    def click(self, what: Any, leads: bool = False) -> None:
        """Point at a thing and press; wait for the page where it leads to one."""
        what.wait_for()
        self._reach(what)
        self.tally.add(keys=1, points=1, homes=int(self.typing), thoughts=1)
        self.typing = False
        if leads:
            with self.page.expect_navigation():
                what.click()
        else:
            what.click()
        self.settle()

    def go(self, what: Any) -> None:
        """Press what leads to another page."""
        self.click(what, leads=True)

    def agree(self, what: Any) -> None:
        """Press what asks once more, and say yes."""
        self.click(what)
        self.go(self.find("#confirm [data-yes]"))

    def pull(self, what: Any, right: float, down: float) -> None:
        """Take a thing, move it by so many points, and let it go."""
        x, y = self._middle(what)
        self.tally.add(keys=2, points=2, homes=int(self.typing), thoughts=1)
        self.typing = False
        self.page.mouse.move(x, y)
        self.page.mouse.down()
        self.page.mouse.move(x + right, y + down, steps=6)
        self.page.mouse.up()
        self.settle()

    def unfold(self, summary: Any) -> None:
        """Open what is folded, unless it is open."""
        summary.wait_for()
        if not summary.evaluate("node => node.parentElement.open"):
            self.click(summary)

    def _reach(self, what: Any) -> None:
        """Turn the wheel where a thing is off the screen."""
        box = what.bounding_box()
        if box is None or box["y"] < 0 or box["y"] + box["height"] > SEEN[1]:
            self.tally.add(points=1)
            what.scroll_into_view_if_needed()

    def _middle(self, what: Any) -> tuple[float, float]:
        self._reach(what)
        box = what.bounding_box()
        return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2

    # -- keys --------------------------------------------------------------------------------------

    def press(self, *keys: str) -> None:
        """Press keys one after the other."""
        self.tally.add(keys=sum(key.count("+") + 1 for key in keys), homes=int(not self.typing))
        self.typing = True
        for key in keys:
            self.page.keyboard.press(key)

    def write(self, what: Any, text: str, leave: bool = True) -> None:
        """Click into a field, write over what it holds, and leave it by the tabulator."""
        self.click(what)
        if what.input_value():
            self.press("Control+a")
        self.enter(text)
        if leave:
            self.press("Tab")
        self.settle()

    def enter(self, text: str) -> None:
        """Type a text where the cursor is."""
        self.tally.add(keys=strokes(text), homes=int(not self.typing))
        self.typing = True
        if text.isascii() and "\n" not in text:
            self.page.keyboard.type(text)
        else:
            self.page.keyboard.insert_text(text)

    def choose(self, what: Any, option: str) -> None:
        """Open a list and go to an entry by arrows."""
        names = [" ".join(one.split()) for one in what.locator("option").all_text_contents()]
        wanted = next((at for at, name in enumerate(names) if name == option), None)
        if wanted is None:
            wanted = next((at for at, name in enumerate(names) if option in name), None)
        assert wanted is not None, (option, names)
        now = what.evaluate("list => list.selectedIndex")
        if now == wanted:
            return
        self.click(what)
        self.press(*_way(now, wanted, len(names)), "Enter")
        self.settle()
        assert what.evaluate("list => list.selectedIndex") == wanted, (option, names)

    def pick(self, what: Any, words: str, option: str | re.Pattern[str] = "") -> None:
        """Search in a list by words and press the entry that is found."""
        self.click(what)
        if what.input_value():
            self.press("Control+a")
        self.enter(words)
        found = self.page.locator(".lookup-option").filter(has_text=option or words)
        self.click(found.locator("visible=true").first)

    def tick(self, what: Any, on: bool = True) -> None:
        """Press a box unless it is as wanted."""
        if what.is_checked() != on:
            self.click(what)

    def paste(self, what: Any, table: str) -> None:
        """Copy cells out of a spreadsheet that lies beside, and paste them."""
        sheet = self.context.new_page()
        sheet.set_content("<textarea id='cells' rows='30' cols='90'></textarea>")
        sheet.click("#cells")
        sheet.keyboard.insert_text(table)
        sheet.keyboard.press("Control+a")
        sheet.keyboard.press("Control+c")
        sheet.close()
        self.tally.add(keys=strokes(table) + 4, points=2, homes=2, thoughts=table.count("\n") + 1)
        self.page.bring_to_front()
        self.click(what)
        self.press("Control+v")
        assert what.input_value().split() == table.split()

    def upload(self, what: Any, file: Path) -> None:
        """Choose a file in the window of the browser."""
        self.tally.add(keys=len(file.name) + 1, points=1, homes=1, thoughts=1)
        with self.page.expect_file_chooser() as chooser:
            self.click(what)
        chooser.value.set_files(str(file))


def _way(now: int, wanted: int, many: int) -> list[str]:
    """Return the shortest keys from one entry of a list to another."""
    ways = [_steps(now, wanted), ["Home", *_steps(0, wanted)], ["End", *_steps(many - 1, wanted)]]
    return min(ways, key=len)


def _steps(start: int, wanted: int) -> list[str]:
    return ["ArrowDown" if wanted > start else "ArrowUp"] * abs(wanted - start)
