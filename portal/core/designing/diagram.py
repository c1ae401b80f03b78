"""A course of stages as a picture: stages in columns from left to right, steps as lines that cross no stage."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from portal.core.lifecycle.reaching import Entries, main_stages

WIDTH, HEIGHT = 132, 54
GAP, ROW, TRACK, EDGE = 92, 30, 24, 16
_TEXT, _LATIN = 12, 6.6
Pair = tuple[str, str]
Side = Literal["top", "bottom"]


@dataclass(frozen=True, slots=True)
class Box:
    """A stage of the picture."""

    id: str
    x: float
    y: float
    final: bool = False
    lane: bool = False
    width: int = WIDTH
    height: int = HEIGHT

    @property
    def middle(self) -> float:
        """Return the height at which lines meet its sides."""
        return self.y + self.height / 2


@dataclass(frozen=True, slots=True)
class Line:
    """The steps from one stage to another: the path of the line, and the place over which its words stand."""

    steps: tuple[str, ...]
    source: str
    target: str
    path: str
    x: float
    y: float
    room: float  # how wide its words may be
    guarded: bool = False


@dataclass(frozen=True, slots=True)
class Diagram:
    """The whole picture."""

    width: float
    height: float
    boxes: tuple[Box, ...]
    lines: tuple[Line, ...]


@dataclass(slots=True)
class _Route:
    """How a line runs: straight on, through the gap before its target, or along a track beside all stages."""

    straight: bool = False
    side: Side | None = None
    track: int = 0
    start: float | None = None  # where on the side it leaves; None: through the gap behind the source
    end: float | None = None


@dataclass
class _Plan:
    """Where stages stand, and which places lines have taken."""

    places: Mapping[str, tuple[int, int]]
    tracks: dict[Side, list[list[tuple[int, int]]]] = field(default_factory=lambda: {"top": [], "bottom": []})
    gaps: dict[int, int] = field(default_factory=dict)

    def is_on(self, side: Side, name: str) -> bool:
        """Tell whether nothing stands between a stage and a side of the picture."""
        column, row = self.places[name]
        rows = [one for at, one in self.places.values() if at == column]
        return row == (min(rows) if side == "top" else max(rows))

    def track(self, side: Side, start: int, end: int) -> int:
        """Return the number of a track of a side that is free between two columns."""
        low, high = min(start, end), max(start, end)
        for number, taken in enumerate(self.tracks[side]):
            if all(high <= one[0] or low >= one[1] for one in taken):
                taken.append((low, high))
                return number
        self.tracks[side].append([(low, high)])
        return len(self.tracks[side]) - 1

    def gap(self, column: int) -> float:
        """Return how far into the gap after a column the next upright line stands."""
        used = self.gaps.get(column, 0)
        self.gaps[column] = used + 1
        return 12 + (used * 9) % (GAP - 26)


def diagram(stages: Entries, steps: Entries) -> Diagram:
    """Return the picture of a course; stages and steps out of use are left out."""
    shown = [key for key in _in_order(stages) if not stages[key].get("hidden")]
    main = [key for key in shown if key in main_stages(stages)]
    pairs = _pairs(main, steps)
    plan = _Plan(_places(main, _columns(main, list(pairs))))
    routes = _routes(pairs, plan)
    top = EDGE + len(plan.tracks["top"]) * TRACK + 8
    rows = 1 + max((row for _, row in plan.places.values()), default=0)
    bottom = top + rows * (HEIGHT + ROW) - ROW
    below = bottom + 8 + len(plan.tracks["bottom"]) * TRACK
    boxes = {
        key: Box(key, _x(column), top + row * (HEIGHT + ROW), bool(stages[key].get("final")))
        for key, (column, row) in plan.places.items()
    }
    lines = tuple(
        _line(pair, routes[pair], boxes, plan, (top, bottom), tuple(keys), steps)
        for pair, keys in pairs.items()
    )
    columns = 1 + max((one for one, _ in plan.places.values()), default=0)
    wide = _x(columns) - GAP + (GAP if columns - 1 in plan.gaps else EDGE)
    lanes, height = _lanes([key for key in shown if key not in main], below, wide)
    return Diagram(wide, height, (*boxes.values(), *lanes), lines)


def _in_order(things: Entries) -> list[str]:
    return sorted(things, key=lambda key: (_number(things[key].get("order")), key))


def _number(value: Any) -> float:
    return float(value) if isinstance(value, int | float) else 0.0


def _pairs(main: list[str], steps: Entries) -> dict[Pair, list[str]]:
    """Return the steps between each two stages; those from everywhere and those that stay are told in words alone."""
    found: dict[Pair, list[str]] = {}
    for key in _in_order(steps):
        step = steps[key]
        sources = step.get("from")
        if step.get("hidden") or step.get("to") not in main or not isinstance(sources, list):
            continue
        for source in sources:
            if source in main and source != step["to"]:
                found.setdefault((source, step["to"]), []).append(key)
    return found


def _columns(main: list[str], pairs: list[Pair]) -> dict[str, int]:
    """Return the column of each stage: as far right as the longest way forward to it asks."""
    place = {key: index for index, key in enumerate(main)}
    columns = dict.fromkeys(main, 0)
    for key in main:
        ways = [columns[source] + 1 for source, to in pairs if to == key and place[source] < place[key]]
        columns[key] = max(ways, default=0)
    return columns


def _places(main: list[str], columns: Mapping[str, int]) -> dict[str, tuple[int, int]]:
    rows: dict[int, int] = {}
    found = {}
    for key in main:
        column = columns[key]
        found[key] = (column, rows.get(column, 0))
        rows[column] = rows.get(column, 0) + 1
    return found


def _routes(pairs: Mapping[Pair, Any], plan: _Plan) -> dict[Pair, _Route]:
    """Return the route of each line; short ones lie nearest to the stages, so that few lines cross."""
    found = {}
    for pair in sorted(pairs, key=lambda one: abs(plan.places[one[0]][0] - plan.places[one[1]][0])):
        found[pair] = _route(pair, plan)
    for name in plan.places:
        _ports(name, "top", found, plan)
        _ports(name, "bottom", found, plan)
    return found


def _route(pair: Pair, plan: _Plan) -> _Route:
    (column, row), (to, to_row) = plan.places[pair[0]], plan.places[pair[1]]
    taken = set(plan.places.values())
    if to > column and row == to_row and not any((one, row) in taken for one in range(column + 1, to)):
        return _Route(True)
    if to == column + 1:
        return _Route()
    sides: tuple[Side, Side] = ("top", "bottom") if to > column else ("bottom", "top")
    side = next((one for one in sides if all(plan.is_on(one, name) for name in pair)), sides[0])
    return _Route(side=side, track=plan.track(side, column, to))


def _ports(name: str, side: Side, routes: Mapping[Pair, _Route], plan: _Plan) -> None:
    """Spread the lines that meet one side of a stage over it: those to the left on the left, near ones outside."""
    if not plan.is_on(side, name):
        return
    here = plan.places[name][0]
    met = [(pair, route) for pair, route in routes.items() if route.side == side and name in pair]

    def place(item: tuple[Pair, _Route]) -> tuple[bool, int]:
        other = item[0][1] if item[0][0] == name else item[0][0]
        column = plan.places[other][0]
        return column > here, -column

    for index, (pair, route) in enumerate(sorted(met, key=place)):
        at = WIDTH * (index + 1) / (len(met) + 1)
        if pair[0] == name:
            route.start = at
        else:
            route.end = at


def _x(column: int) -> float:
    return EDGE + column * (WIDTH + GAP)


def _line(
    pair: Pair,
    route: _Route,
    boxes: Mapping[str, Box],
    plan: _Plan,
    sides: tuple[float, float],
    keys: tuple[str, ...],
    steps: Entries,
) -> Line:
    source, target = boxes[pair[0]], boxes[pair[1]]
    x, end = source.x + WIDTH, target.x
    room = GAP - 8.0
    if route.straight:
        path, at, room = f"M{x:g} {source.middle:g}H{end:g}", ((x + end) / 2, source.middle), end - x - 8
    elif route.side is None:
        bend = x + plan.gap(plan.places[pair[0]][0])
        path = f"M{x:g} {source.middle:g}H{bend:g}V{target.middle:g}H{end:g}"
        at = ((bend + end) / 2, target.middle)
    else:
        level = (
            sides[0] - 14 - route.track * TRACK
            if route.side == "top"
            else sides[1] + 18 + route.track * TRACK
        )
        first, leaving = _leaving(source, route, plan)
        last, coming = _coming(target, route, plan)
        path = f"M{leaving}V{level:g}H{last:g}{coming}"
        at, room = ((first + last) / 2, level), max(abs(last - first) - 12, room)
    return Line(keys, pair[0], pair[1], path, *at, room, any("when" in steps[key] for key in keys))


def _leaving(source: Box, route: _Route, plan: _Plan) -> tuple[float, str]:
    """Return where a line goes upright behind its source, and the path to there."""
    if route.start is not None:
        x = source.x + route.start
        return x, f"{x:g} {source.y if route.side == 'top' else source.y + HEIGHT:g}"
    x = source.x + WIDTH + plan.gap(plan.places[source.id][0])
    return x, f"{source.x + WIDTH:g} {source.middle:g}H{x:g}"


def _coming(target: Box, route: _Route, plan: _Plan) -> tuple[float, str]:
    """Return where a line goes upright before its target, and the path from there."""
    if route.end is not None:
        return target.x + route.end, f"V{target.y if route.side == 'top' else target.y + HEIGHT:g}"
    column = plan.places[target.id][0]
    x = target.x - GAP + plan.gap(column - 1) if column else target.x - EDGE / 2
    return x, f"V{target.middle:g}H{target.x:g}"


def _lanes(lanes: list[str], below: float, wide: float) -> tuple[list[Box], float]:
    each = max(int((wide - EDGE) // (WIDTH + 12)), 1)
    found = []
    for index, key in enumerate(lanes):
        row, at = divmod(index, each)
        y = below + 18 + row * (HEIGHT - 8)
        found.append(Box(key, EDGE + at * (WIDTH + 12), y, lane=True, height=HEIGHT - 18))
    return found, (found[-1].y + found[-1].height if found else below) + EDGE


def fitted(text: str, room: float) -> str:
    """Return as much of a text as there is room for."""
    used = 0.0
    for index, char in enumerate(text):
        used += _LATIN if char.isascii() else _TEXT
        if used > room:
            return text[: max(index - 1, 1)] + "…"
    return text


def walk(boxes: tuple[Box, ...]) -> Iterator[str]:
    """Yield the stages of a picture column by column, as keys walk through them."""
    yield from (box.id for box in sorted(boxes, key=lambda box: (box.lane, box.x, box.y)))
