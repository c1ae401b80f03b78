"""The measures of docs/flask-appbuilder.md, signing in and requests: how each is taken away, what must fail then."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Measure:
    """One measure: the gap it closes, the text (found once in the file) that goes, what stands instead, its tests."""

    gap: str
    file: str
    text: str
    instead: str
    tests: tuple[str, ...]


MEASURES: tuple[Measure, ...] = ()
