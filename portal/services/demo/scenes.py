"""Scenes of the demo: stories of the packs, played through the same services as everywhere.

Each story is played up to several of its steps, each time with other people and so that its last step falls into the
last weeks: so each stage, answer of a unit, session, agreement, paper and sheet that a story tells of is there, made as
it would be made at a centre.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from portal.adapters.clock import FixedClock
from portal.core.access import Access
from portal.core.calendars import WorkCalendar
from portal.core.packs import PackLibrary, stories
from portal.persistence.models import Assignment, Unit, User
from portal.services.calendars import calendar_of
from portal.services.demo.names import Names
from portal.services.releases.reading import pinned
from portal.services.stories.report import StoryReport
from portal.services.stories.running import take
from portal.services.stories.state import StoryState
from portal.services.units.centres import all_centres

if TYPE_CHECKING:
    from portal.services.portal import Portal

SEED = 530100
# At most so many scenes of one story, spread over its steps; the whole story is always among them.
SCENES = 6
_MOMENT = re.compile(r"(\d{4}-\d{2}-\d{2})(T\d{2}:\d{2})?")
_PHONE = re.compile(r"1\d{10}")
# Names of people in stories; those of companies stay.
_PERSON = re.compile(r"[\u4e00-\u9fff]{1,2}某[\u4e00-\u9fff]?|某(女士|先生)")
# Members of a story that name its own things: no words of people.
_NAMES_OF_THINGS = frozenset(
    {"who", "unit", "centre", "place", "record", "as", "parent", "expect", "proposal", "to"}
)


@dataclass(slots=True)
class ScenesReport:
    """How many scenes were played, and the stories that stopped before their scene was over."""

    played: int = 0
    stopped: list[StoryReport] = field(default_factory=list)


def play_scenes(portal: Portal, library: PackLibrary, names: Mapping[str, Any] | None = None) -> ScenesReport:
    """Play the stories of each centre that has a pack of its own; accounts of the demo are the people in them."""
    report = ScenesReport()
    with portal.reading(Access.system("demo data")) as session:
        centres = all_centres(session)
        bundles = {one.unit_code: pinned(portal, session, one.release_id) for one in centres}
        calendars = {bundle.pack: calendar_of(portal, session, bundle) for bundle in bundles.values()}
    owners = {bundle.pack: unit for unit, bundle in reversed(bundles.items())}
    today = portal.clock.today()
    for pack, unit in sorted(owners.items()):
        for name, story in sorted(stories(library, pack).items()):
            random = Random(f"{SEED}:{pack}:{name}")
            for back, count in enumerate(_lengths(len(story["steps"]))):
                scene = _Scene(
                    story, count, back, calendars[pack], today, random, Names.from_definition(names)
                )
                _play(portal, pack, unit, scene.cast(), report)
    return report


def _lengths(steps: int) -> list[int]:
    """Return up to which steps a story is played: evenly spread, the whole story last."""
    if steps <= SCENES:
        return list(range(1, steps + 1))
    return sorted({round(steps * (n + 1) / SCENES) for n in range(SCENES)} | {1})


def _play(portal: Portal, pack: str, unit: str, story: Mapping[str, Any], report: ScenesReport) -> None:
    told = StoryReport(pack, story["id"], "", "")
    clock = FixedClock.on(dt.date.fromisoformat(story["today"]))
    state = StoryState(portal, story.get("centre", unit), clock, people=_Staff(portal))
    if all(take(state, step, f"/steps/{n}", told) for n, step in enumerate(story["steps"])):
        report.played += 1
    else:
        report.stopped.append(told)


@dataclass(frozen=True)
class _Staff:
    """The accounts of the demo, as the people of stories."""

    portal: Portal

    def __call__(self, role: str, unit: Unit) -> tuple[int | None, str]:
        """Return the number and the name of an account that holds a role at a unit."""
        with self.portal.reading(Access.system("demo data")) as session:
            found = session.scalars(
                select(User)
                .join(Assignment, Assignment.user_id == User.id)
                .where(Assignment.role == role, Assignment.unit_id == unit.id)
                .order_by(User.id)
                .limit(1)
            ).first()
            if found is None:
                return None, f"{unit.name}（演示）"[:64]
            return found.id, f"{found.last_name}{found.first_name}" or found.username


@dataclass(frozen=True)
class _Scene:
    """The first steps of a story, with people and days of its own."""

    story: Mapping[str, Any]
    count: int
    # By how many weeks its last step lies back: each scene of a story has its own, so that none takes another's room.
    back: int
    calendar: WorkCalendar
    today: dt.date
    random: Random
    names: Names
    known: dict[str, str] = field(default_factory=dict)

    def cast(self) -> dict[str, Any]:
        """Return the scene as a story: its last day lies in the last weeks."""
        steps: Sequence[Mapping[str, Any]] = self.story["steps"][: self.count]
        days = [dt.date.fromisoformat(one["today"]) for one in steps if "today" in one]
        last = max([dt.date.fromisoformat(self.story["today"]), *days])
        # Whole weeks: a step of a Wednesday stays one, unless that is a holiday.
        weeks = (self.today - last).days // 7 - self.back
        while self._moved(last, weeks) > self.today:
            weeks -= 1
        for name in sorted(_people(steps), key=len, reverse=True):
            if name not in self.known:
                # Two people of a scene have two names.
                made = self.names.person(self.random)
                while made in self.known.values():
                    made = self.names.person(self.random)
                self.known[name] = made
        told = self._told(list(steps), weeks)
        first = self._words(self.story["today"], weeks)
        return {**self.story, "today": first, "steps": list(_without_refusals(told, steps))}

    def _told(self, value: Any, weeks: int) -> Any:
        if isinstance(value, Mapping):
            return {k: v if k in _NAMES_OF_THINGS else self._told(v, weeks) for k, v in value.items()}
        if isinstance(value, list):
            return [self._told(one, weeks) for one in value]
        return self._words(value, weeks) if isinstance(value, str) else value

    def _words(self, text: str, weeks: int) -> str:
        if found := _MOMENT.fullmatch(text):
            return self._moved(dt.date.fromisoformat(found[1]), weeks).isoformat() + (found[2] or "")
        if _PHONE.fullmatch(text):
            return self.known.setdefault(text, self.names.phone(self.random))
        for name, other in self.known.items():
            text = text.replace(name, other)
        return text

    def _moved(self, day: dt.date, weeks: int) -> dt.date:
        moved = day + dt.timedelta(weeks=weeks)
        return moved if self.calendar.is_working(moved) else self.calendar.next_working(moved)


def _people(value: Any, key: str = "") -> Iterator[str]:
    """Yield the names of people in what a story enters."""
    if isinstance(value, Mapping):
        for name, one in value.items():
            yield from _people(one, name)
    elif isinstance(value, list):
        for one in value:
            yield from _people(one, key)
    elif isinstance(value, str) and key.endswith("name") and _PERSON.fullmatch(value):
        yield value


def _without_refusals(
    told: Sequence[dict[str, Any]], steps: Sequence[Mapping[str, Any]]
) -> Iterator[dict[str, Any]]:
    """Yield the steps that do something: what a story shows to be refused is left out."""
    for mine, step in zip(told, steps, strict=True):
        if "refused" not in step.get("expect", {}):
            yield mine
        elif "today" in mine:
            yield {"do": "wait", "today": mine["today"]}
