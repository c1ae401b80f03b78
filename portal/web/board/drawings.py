"""Lines and bars of the board as points and lengths, drawn by the server; each stands beside its numbers."""

from __future__ import annotations

from collections.abc import Sequence

WIDTH, HEIGHT, EDGE = 84, 20, 2
BAR = 100


def line(numbers: Sequence[int]) -> str:
    """Return the points of a line through numbers, the lowest at the bottom; empty where there is none to draw."""
    if len(numbers) < 2 or not any(numbers):
        return ""
    low, high = min(numbers), max(numbers)
    step = (WIDTH - 2 * EDGE) / (len(numbers) - 1)
    points = []
    for at, number in enumerate(numbers):
        share = (number - low) / (high - low) if high > low else 0.5
        points.append(f"{EDGE + at * step:.1f},{HEIGHT - EDGE - share * (HEIGHT - 2 * EDGE):.1f}")
    return " ".join(points)


def last_point(points: str) -> tuple[str, str]:
    """Return where a line ends."""
    x, _, y = points.rpartition(" ")[2].partition(",")
    return x, y


def bar(number: int, largest: int) -> str:
    """Return the length of a bar of 100, beside the largest; what is there is always seen."""
    if not number or largest <= 0:
        return "0"
    return f"{max(BAR * number / largest, 0.8):.1f}"
