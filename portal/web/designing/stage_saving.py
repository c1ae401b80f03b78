"""Changes that the page of a course asks for, each a command of the draft."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from portal.adapters.pinyin import spelling
from portal.core import pointer as pointers
from portal.core.designing.courses import listed, moved, stage_added, step_added
from portal.core.drafts import Change
from portal.core.editors import identifier
from portal.core.errors import InvalidInput, NotFound, msg
from portal.core.lifecycle.reaching import main_stages
from portal.core.text import DEFAULT_LANGUAGE
from portal.web.designing.stage_desk import STAGE, STEP, StageDesk
from portal.web.editing.naming import checked_name
from portal.web.editing.saving import remove as take_away
from portal.web.editing.saving import save
from portal.web.language import joined, translate

_STAGE_KINDS = {"start": "initial", "end": "final"}


def differing(seen: Mapping[str, Any], wanted: Mapping[str, Any], at: str) -> list[Change]:
    """Return the changes from what a page showed of a thing to what it sent; None stands for nothing there."""
    changes = []
    for key, after in wanted.items():
        before, where = seen.get(key), pointers.join([key], at)
        if before == after:
            continue
        if isinstance(before, list) and isinstance(after, list):
            changes += listed(where, before, after)
        else:
            changes.append(Change("replace", where, before, after))
    return changes


def stage_sent(seen: Mapping[str, Any], form: Mapping[str, str]) -> dict[str, Any]:
    """Return what a page says of a stage."""
    wanted: dict[str, Any] = {}
    if "title" in form:
        wanted["title"] = as_kept(seen.get("title"), form["title"])
    if form.get("canonical"):
        wanted["canonical"] = form["canonical"]
    if "kind" in form:
        for kind, member in _STAGE_KINDS.items():
            wanted[member] = (
                True if form["kind"] == kind else None if seen.get(member) is True else seen.get(member)
            )
    if "on_referral" in form:
        chosen = form["on_referral"]
        stays = {"stay": True} if chosen == "stay" else None
        wanted["on_referral"] = {"first": chosen[6:]} if chosen.startswith("first:") else stays
    return wanted


def step_sent(seen: Mapping[str, Any], form: Any) -> dict[str, Any]:
    """Return what a page says of a step, without its guard."""
    wanted: dict[str, Any] = {}
    if "title" in form:
        wanted["title"] = as_kept(seen.get("title"), form["title"])
    for name in ("to", "form", "reason", "on"):
        if name in form:
            wanted[name] = form[name] or None
    for name in ("missing", "confirm"):
        if name in form:
            wanted[name] = as_kept(seen.get(name), form[name]) or None
    for name in ("roles", "from"):
        if f"has-{name}" in form:
            before = list(seen.get(name) or ())
            sent = form.getlist(name)
            wanted[name] = [one for one in before if one in sent] + [one for one in sent if one not in before]
    return wanted


def as_kept(before: Any, text: str) -> Any:
    """Return a text as it is kept: where it is said in several languages, the first of them changes."""
    said = " ".join(text.split())[:2000]
    if isinstance(before, Mapping) and before:
        first = DEFAULT_LANGUAGE if DEFAULT_LANGUAGE in before else next(iter(before))
        return {**before, first: said}
    return said


def add_stage(desk: StageDesk, title: str, after: str) -> str:
    """Put a stage after another one; return its identifier."""
    title = checked_name(title, (desk.title(STAGE, one) for one in desk.stages))
    if after and after not in desk.stages:
        raise NotFound("editor.gone", msg("This is not there any more: somebody removed it"))
    name = identifier(title, list(desk.stages), spelling, "stage")
    follower = stage_added(desk.screen.pointer, desk.definition, name, title, after or None, "", "")
    words = translate(msg("Go on"))
    if len(follower) > 1:
        target = str(follower[-1].after["to"])
        words = translate(msg("On to %(stage)s")) % {"stage": desk.title(STAGE, target)}
    step = identifier(words, list(desk.steps), spelling, "step")
    save(desk.key, stage_added(desk.screen.pointer, desk.definition, name, title, after or None, step, words))
    return name


def add_step(desk: StageDesk, title: str, source: str, target: str) -> str:
    """Begin a step between two main stages, for the roles that act in the first; return its identifier."""
    leaving = [key for key, one in desk.steps.items() if source in one.get("from", ())]
    title = checked_name(title, (desk.title(STEP, one) for one in leaving))
    if not {source, target} <= main_stages(desk.stages):
        raise InvalidInput("stages.ends", msg("Choose from which stage to which stage it leads"))
    name = identifier(title, list(desk.steps), spelling, "step")
    roles = sorted(
        {role for one in desk.steps.values() if source in one.get("from", ()) for role in one["roles"]}
    )
    save(desk.key, [step_added(desk.screen.pointer, desk.definition, name, title, source, target, roles)])
    return name


def move(desk: StageDesk, up: bool) -> None:
    """Let a stage or a step stand one place earlier or later: one number changes."""
    things = desk.steps if desk.what == STEP else desk.stages
    if desk.chosen not in things:
        raise NotFound("editor.gone", msg("This is not there any more: somebody removed it"))
    number = moved(things, desk.chosen, up)
    if number is not None:
        where = f"{desk.pointer}/order"
        save(desk.key, [Change("move", where, things[desk.chosen].get("order"), number)])


def remove(desk: StageDesk) -> None:
    """Take a stage or a step of our own away; a stage that steps name stays."""
    named = [
        desk.title(STEP, key)
        for key, step in desk.steps.items()
        if desk.what == STAGE and desk.chosen in (*(step.get("from") or ()), step.get("to"), step.get("lane"))
    ]
    if named:
        names = {"steps": joined(named[:8])}
        raise InvalidInput(
            "stages.named", msg("Steps lead here or from here; change them first: %(steps)s"), names
        )
    take_away(desk.key, desk.pointer)
