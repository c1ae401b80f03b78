"""The history of a record in words: what happened, who did it, why, when."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from portal.core import acts
from portal.core.disclosure import Level, Plan
from portal.core.effects import EFFECTS
from portal.core.encrypted import DESTROYED_TEXT, is_destroyed
from portal.core.errors import fill, msg
from portal.web.days import long_day
from portal.web.language import readable, translate
from portal.web.words.decisions import seat_words
from portal.web.words.effects import effect_words
from portal.web.words.screen import Screen


@dataclass(frozen=True, slots=True)
class Moment:
    """One thing that happened."""

    at: dt.datetime
    title: str
    who: str
    text: str
    tone: str
    icon: str
    event: int = 0
    because: tuple[int, str] | None = None  # the earlier event that it follows from, and its title


def in_words(
    screen: Screen, plan: Plan, events: Sequence[Any], unit_names: Mapping[int, tuple[str, str]]
) -> list[Moment]:
    """Return the events of a record, in the order they are given; hidden fields are not even named."""
    titles = {event.id: (event, acts.told(event.kind, event.name)) for event in events}
    found = []
    for event in events:
        moment = _moment(screen, plan, event, unit_names)
        data = {} if is_destroyed(event.data) else event.data or {}
        cause = titles.get((data.get("because") or {}).get("event"))
        if cause is not None:
            moment = replace(
                moment, because=(cause[0].id, _title(screen, cause[0], translate(cause[1].title)))
            )
        found.append(moment)
    return found


def _moment(screen: Screen, plan: Plan, event: Any, unit_names: Mapping[int, tuple[str, str]]) -> Moment:
    told = acts.told(event.kind, event.name)
    return Moment(
        event.at,
        _title(screen, event, translate(told.title)),
        event.by_name,
        " — ".join(
            part for part in (_detail(screen, plan, event, unit_names), readable(event.reason)) if part
        ),
        told.tone,
        told.icon,
        event.id,
    )


def _title(screen: Screen, event: Any, title: str) -> str:
    if event.kind == "transition":
        cycle = screen.lifecycle
        step = next((t for t in cycle.transitions if t.id == event.name), None) if cycle else None
        return screen.texts(step.title) if step else title
    if event.kind == acts.EFFECT and event.name in EFFECTS:
        return translate(EFFECTS[event.name].words)
    if event.kind == acts.RECORD_EVENT.kind:
        return screen.texts(screen.bundle.raw.get("events", {}).get(event.name, {}).get("title"), title)
    return title


def _detail(screen: Screen, plan: Plan, event: Any, unit_names: Mapping[int, tuple[str, str]]) -> str:
    data = {} if is_destroyed(event.data) else event.data or {}
    if event.kind == "transition" and event.from_stage != event.to_stage and event.to_stage:
        names = {"old": _stage(screen, event.from_stage), "new": _stage(screen, event.to_stage)}
        return fill(translate(msg("%(old)s → %(new)s")), names)
    if is_destroyed(event.data) and event.kind in ("change", "attach"):
        return translate(DESTROYED_TEXT)
    if event.kind in ("change", acts.CORRECTION):
        seen = (where for where in data.get("fields", ()) if plan.level(where) is not Level.HIDDEN)
        labels = dict.fromkeys(screen.form.label(where) for where in seen)
        return translate(msg(", ")).join(labels)
    if event.kind == acts.EFFECT:
        said, todo = effect_words(screen, event), bool(data.get("open"))
        return fill(translate(msg("%(what)s — to be done")), {"what": said}) if todo and said else said
    if event.kind == acts.TASK:
        return _task(screen, data)
    if event.kind == acts.PAPER:
        known = screen.bundle.documents.get(data.get("document") or "", {})
        title = screen.texts(known.get("title")) or str(data.get("document") or "")
        return " ".join(filter(None, (title, data.get("number"))))
    if event.kind == acts.VOLUME:
        codes = [data["document"]] if data.get("document") else data.get("documents", ())
        known = screen.bundle.documents
        return translate(msg(", ")).join(screen.texts(known.get(one, {}).get("title"), one) for one in codes)
    if event.kind == "grade":
        known = screen.bundle.settings.get("values", {}).get("grades", {})
        return screen.texts(known.get(event.name), event.name)
    if event.kind == acts.RECORD_EVENT.kind:
        return _recorded(screen, data)
    if event.kind == "attach":
        return str(data.get("file", ""))
    if data.get("seat"):
        return seat_words(screen, data["seat"]).title
    return unit_names.get(event.unit_id, ("", ""))[1] if event.kind in ("register", "referral") else ""


def _task(screen: Screen, data: Mapping[str, Any]) -> str:
    """Return which task a row of the history is about, and whose it was then."""
    known = screen.bundle.raw.get("tasks", {}).get(data.get("task") or "", {})
    title = screen.texts(known.get("title")) or str(data.get("words") or data.get("task") or "")
    role = screen.bundle.roles.get(data.get("role") or "", {})
    return " · ".join(filter(None, (title, data.get("owner") or screen.texts(role.get("title")))))


def _recorded(screen: Screen, data: Mapping[str, Any]) -> str:
    """Return the day of an event that a person recorded, and the lengths of periods that were picked with it."""
    periods, picked = screen.bundle.periods, data.get("variants") or {}
    lengths = [
        screen.texts(period.title)
        + translate(msg(": "))
        + screen.texts(period.variants[key].title if key in period.variants else "", key)
        for code, key in picked.items()
        if (period := periods.get(code)) is not None
    ]
    return translate(msg(", ")).join(part for part in (_day(data.get("day")), *lengths) if part)


def _day(told: Any) -> str:
    try:
        return long_day(dt.date.fromisoformat(str(told or "")))
    except ValueError:
        return str(told or "")


def _stage(screen: Screen, stage_id: str | None) -> str:
    return screen.stages.get(stage_id or "", stage_id or "—")
