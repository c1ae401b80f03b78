"""Run one story."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from portal.adapters.clock import FixedClock
from portal.core.errors import PortalError
from portal.services.stories.expecting import compare
from portal.services.stories.report import StoryReport
from portal.services.stories.state import StoryState
from portal.services.stories.steps import ACTIONS

if TYPE_CHECKING:
    from portal.services.portal import Portal


def run_story(portal: Portal, pack: str, unit: str, story: Mapping[str, Any], file: str) -> StoryReport:
    """Run a story on a database that has the pack in force at ``unit``; stop at a step that is refused."""
    title = story["title"] if isinstance(story["title"], str) else next(iter(story["title"].values()))
    report = StoryReport(pack, story["id"], title, file)
    clock = FixedClock.on(dt.date.fromisoformat(story["today"]))
    state = StoryState(portal, story.get("centre", unit), clock)
    for index, step in enumerate(story["steps"]):
        pointer = f"/steps/{index}"
        report.steps.append(_told(step))
        if not take(state, step, pointer, report):
            break
        compare(state, step, f"{pointer}/expect", report)
    return report


def take(state: StoryState, step: Mapping[str, Any], pointer: str, report: StoryReport) -> bool:
    """Do what a step says; return whether the story can go on."""
    if "today" in step:
        state.go_to(step["today"])
    state.later()
    refused = step.get("expect", {}).get("refused")
    try:
        if "do" in step:
            ACTIONS[step["do"]](state, step)
    except PortalError as error:
        if refused == error.code:
            return True
        report.fail(pointer, f"refused: {refused}" if refused else "done", f"refused: {error}", error)
        return False
    if refused:
        report.fail(f"{pointer}/expect/refused", refused, "done")
    return True


def _told(step: Mapping[str, Any]) -> str:
    what = " ".join(str(step[name]) for name in ("do", "transition", "action") if name in step) or "expect"
    title = step.get("title")
    words = f"{step['who']}: {what}" if "who" in step else what
    return f"{words} ({title})" if isinstance(title, str) else words
