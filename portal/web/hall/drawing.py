"""The plan of a hall as shapes of a picture: rectangles, lines of text, handles, marks."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass

from markupsafe import Markup

from portal.core.errors import msg
from portal.core.layout.plan import WINDOWS, ZONES, Spot
from portal.core.text import DEFAULT_LANGUAGE
from portal.web.hall.desk import Desk, Line
from portal.web.language import HTML_LANG, as_written, translate

CELL, GAP = 24, 3
_WIDE, _NARROW = 12.0, 6.6  # how wide a Chinese sign and a Latin letter are, in units of the picture
_LEADING = 16
# Where the handles of a chosen thing sit, by the sides that they move: fractions of its width and height.
HANDLES = {
    "nw": (0.0, 0.0),
    "n": (0.5, 0.0),
    "ne": (1.0, 0.0),
    "w": (0.0, 0.5),
    "e": (1.0, 0.5),
    "sw": (0.0, 1.0),
    "s": (0.5, 1.0),
    "se": (1.0, 1.0),
}


@dataclass(frozen=True, slots=True)
class Text:
    """A line of text in the picture."""

    text: str
    y: float
    kind: str = ""

    @property
    def lang(self) -> Markup:
        """Return the mark of a Chinese text on a page of another language, as an attribute."""
        marked = isinstance(as_written(self.text), Markup)
        return Markup(' lang="{}"').format(HTML_LANG[DEFAULT_LANGUAGE]) if marked else Markup("")


@dataclass(frozen=True, slots=True)
class Shape:
    """A thing of the picture: its rectangle, its texts, and what it is called aloud."""

    line: Line
    cells: tuple[int, int, int, int]
    x: float
    y: float
    w: float
    h: float
    texts: tuple[Text, ...]
    label: str
    picked: bool
    is_zone: bool

    @property
    def lang(self) -> Markup:
        """Return the mark of a name in Chinese on a page of another language, as an attribute."""
        return Text(self.label, self.y).lang

    @property
    def middle(self) -> float:
        """Return the middle of the rectangle from the left."""
        return self.x + self.w / 2

    @property
    def handles(self) -> list[tuple[str, float, float]]:
        """Return the handles by which the thing is made larger or smaller."""
        return [
            (name, self.x + self.w * fx - 4, self.y + self.h * fy - 4) for name, (fx, fy) in HANDLES.items()
        ]


@dataclass(frozen=True, slots=True)
class Picture:
    """The plan: zones below, things above, the chosen one last."""

    zones: tuple[Shape, ...]
    things: tuple[Shape, ...]
    columns: int
    rows: int

    @property
    def view(self) -> str:
        """Return the part of the plane that is shown."""
        return f"-6 -6 {self.columns * CELL + 12} {self.rows * CELL + 12}"


def picture_of(desk: Desk) -> Picture:
    """Return the picture of a plan."""
    lines = {line.key: line for line in desk.lines}
    shapes = [_shape(spot, lines[spot.key], desk.at == spot.key) for spot in desk.plan.spots]
    shapes.sort(key=lambda shape: shape.picked)
    return Picture(
        tuple(one for one in shapes if one.is_zone),
        tuple(one for one in shapes if not one.is_zone),
        desk.plan.width,
        desk.plan.height + (1 if desk.may_edit else 0),
    )


def _shape(spot: Spot, line: Line, picked: bool) -> Shape:
    box, gap = spot.box, 0 if spot.group == ZONES else GAP
    x, y = float(box.x * CELL + gap), float(box.y * CELL + gap)
    w, h = float(box.w * CELL - 2 * gap), float(box.h * CELL - 2 * gap)
    if spot.group == ZONES:
        x, y, w, h = x + 1.5, y + 1.5, w - 3, h - 3
        texts: tuple[Text, ...] = (Text(_cut(line.title, (w - 16) / 1.12), y + 18),)
    else:
        texts = _texts(spot, line, x, y, w, h)
    return Shape(
        line, (box.x, box.y, box.w, box.h), x, y, w, h, texts, _label(line), picked, spot.group == ZONES
    )


def _texts(spot: Spot, line: Line, x: float, y: float, w: float, h: float) -> tuple[Text, ...]:
    top = 26 if spot.group == WINDOWS and line.number else 4
    room = max(int((h - top - 2) // _LEADING), 1)
    who = [_cut(line.who, w - 4)] if line.who and room > 1 else []
    names = _wrapped(_plain(spot, line.title), w - 4, room - len(who))
    start = y + top + (h - top - (len(names) + len(who)) * _LEADING) / 2 + 12
    found = [Text(text, start + n * _LEADING) for n, text in enumerate(names)]
    return (*found, *(Text(text, start + len(names) * _LEADING, "who") for text in who))


def _plain(spot: Spot, title: str) -> str:
    """Return the name of a window without the word that its number says already."""
    short = title.removesuffix("窗口") if spot.group == WINDOWS else title
    return short or title


def _label(line: Line) -> str:
    """Return what a thing is called aloud: sort, number, name, whose, what is wrong with it."""
    said = [f"{line.sort} {line.number} {line.title}" if line.number else f"{line.sort} {line.title}"]
    if line.who:
        said.append(line.who)
    if line.changed:
        said.append(translate(msg("changed in this draft")))
    said += [one.text for one in line.findings]
    return translate(msg(", ")).join(said)


def _width(text: str) -> float:
    return sum(_WIDE if unicodedata.east_asian_width(sign) in "WF" else _NARROW for sign in text)


def _cut(text: str, room: float) -> str:
    if _width(text) <= room:
        return text
    while text and _width(text + "…") > room:
        text = text[:-1]
    return text + "…"


def _wrapped(text: str, room: float, most: int) -> list[str]:
    """Return a text in lines that fit: Latin words whole, Chinese in lines of about the same length."""
    most = max(most, 1)
    parts = text.split(" ") if text.isascii() else list(text)
    joint = " " if text.isascii() else ""
    lines_needed = max(int(-(-_width(text) // room)), 1) if room > 0 else 1
    even = room if joint else min(room, max(_width(text) / lines_needed + _NARROW, _WIDE * 2))
    found: list[str] = []
    for part in parts:
        joined = f"{found[-1]}{joint}{part}" if found else part
        if found and _width(joined) <= even:
            found[-1] = joined
        else:
            found.append(part)
    if len(found) > most:
        found = [*found[: most - 1], joint.join(found[most - 1 :])]
    return [_cut(line, room) for line in found]
