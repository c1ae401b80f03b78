"""The stories of a chain of packs walked through on scratch databases, before the chain takes effect anywhere."""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from portal.core.errors import Problem, Words, msg
from portal.core.json_lines import line_of
from portal.core.packs import Layer, MemoryLibrary, Resolved
from portal.core.text import Texts
from portal.persistence import migrate
from portal.services.seeding import seed
from portal.services.stories.report import Failure, StoryReport
from portal.services.stories.running import run_story

if TYPE_CHECKING:
    from portal.services.portal import Portal

MOST_TOLD = 10
MOST_SHOWN = 160
Telling = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class StoryAt:
    """One story of a pack at the unit where it is walked."""

    pack: str
    unit: str
    story: Mapping[str, Any]
    file: str
    text: str


def own_stories(resolved: Resolved) -> list[StoryAt]:
    """Return the stories of the last pack of a chain, each at its own centre."""
    layer = resolved.chain[-1]
    return list(_stories(layer, layer.manifest.unit or ""))


def stories_above(resolved: Resolved) -> list[StoryAt]:
    """Return the stories of the packs above the last one, as they go at the centre of the last one.

    Nothing is asked of the code there: its word is the centre's own.
    """
    unit = resolved.chain[-1].manifest.unit or ""
    return [
        StoryAt(one.pack, unit, _moved(one.story), one.file, one.text)
        for layer in resolved.chain[:-1]
        for one in _stories(layer, unit)
    ]


def walk(resolved: Resolved, chosen: Sequence[StoryAt], tell: Telling) -> list[tuple[StoryAt, StoryReport]]:
    """Walk stories on a chain of packs, each on a copy of one scratch database; return what came of each."""
    found: list[tuple[StoryAt, StoryReport]] = []
    if not chosen:
        return found
    library = MemoryLibrary({one.id: dict(one.raw) for one in resolved.chain})
    with tempfile.TemporaryDirectory() as folder:
        template, scratch = Path(folder) / "template.db", Path(folder) / "scratch.db"
        portal = _opened(template)
        migrate.upgrade(portal.database.engine)
        seed(portal, library, verify=False, only=[resolved.chain[-1].id])
        _close(portal)
        for number, one in enumerate(chosen):
            tell(number, len(chosen))
            shutil.copy(template, scratch)
            portal = _opened(scratch)
            found.append((one, run_story(portal, one.pack, one.unit, one.story, one.file)))
            _close(portal)
    return found


def walked(resolved: Resolved, tell: Telling) -> dict[str, Any]:
    """Walk the stories of the last pack of a chain; return how many there are, and where some stop."""
    found = walk(resolved, own_stories(resolved), tell)
    return {"count": len(found), "failed": _failed(found)[:MOST_TOLD]}


def walked_through(merged: Resolved, before: Resolved, tell: Telling) -> dict[str, Any]:
    """Walk the stories of a whole chain as it would be in force: those of the last pack, and those of all above it.

    A story of a pack above that stops on what is in force today too (``before``) is told and holds nothing up: there
    the centre goes its own way.
    """
    above = stories_above(merged)
    found = walk(merged, [*own_stories(merged), *above], tell)
    doubtful = [one for one, report in found if not report.passed and one in above]
    otherwise = walk(before, doubtful, tell)
    stays = {one.file for one, report in otherwise if not report.passed}
    held = [(one, report) for one, report in found if not (one in above and one.file in stays)]
    return {
        "count": len(held),
        "failed": _failed(held)[:MOST_TOLD],
        "stays": _failed([pair for pair in found if pair not in held]),
    }


def story_problem(kept: Mapping[str, Any]) -> Problem:
    """Return where a story stops, as a problem that names the story, the step and the line of its file."""
    why = kept.get("why") or {"message": msg("not as told"), "params": {}}
    params = {"title": kept["title"], "at": kept.get("at", 1), "why": Words(why["message"], why["params"])}
    file = f"{kept['file']}:{kept['line']}" if kept.get("file") else ""
    text = msg("The sample matter “%(title)s” stops at step %(at)s: %(why)s")
    return Problem("rollout.stories", text, params, file, kept["step"])


def _stories(layer: Layer, unit: str) -> Iterator[StoryAt]:
    for name, story in sorted(layer.stories.items()):
        file = f"seed/{layer.id}/stories/{name}.json"
        yield StoryAt(
            layer.id, story.get("centre") or unit, story, file, layer.raw.get(file, b"").decode("utf-8")
        )


def _moved(story: Mapping[str, Any]) -> dict[str, Any]:
    steps = [
        {**step, "expect": {name: value for name, value in step["expect"].items() if name != "code"}}
        if "expect" in step
        else step
        for step in story["steps"]
    ]
    return {**{name: value for name, value in story.items() if name != "centre"}, "steps": steps}


def _failed(found: Sequence[tuple[StoryAt, StoryReport]]) -> list[dict[str, Any]]:
    """Return the first place at which each story stops, as plain data."""
    return [_kept(one, report, report.failures[0]) for one, report in found if report.failures]


def _kept(one: StoryAt, report: StoryReport, failure: Failure) -> dict[str, Any]:
    number = failure.pointer.split("/")[2]
    return {
        "title": Texts()(one.story["title"]) or report.title,
        "pack": one.pack,
        "unit": one.unit,
        "step": failure.pointer,
        "at": int(number) + 1,
        "file": one.file,
        "line": line_of(one.text, failure.pointer),
        "why": _why(failure),
    }


def _why(failure: Failure) -> dict[str, Any]:
    if failure.refusal is not None:
        params = {name: str(value) for name, value in failure.refusal.params.items()}
        return {"message": failure.refusal.message, "params": params}
    said = {"expected": _short(failure.expected), "actual": _short(failure.actual)}
    return {"message": msg("%(expected)s is told, it was %(actual)s"), "params": said}


def _short(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= MOST_SHOWN else text[: MOST_SHOWN - 1] + "…"


def _opened(file: Path) -> Portal:
    from portal.services.portal import Portal

    return Portal.from_url(f"sqlite:///{file}")


def _close(portal: Portal) -> None:
    """Bring everything into the file itself, so that it can be copied."""
    with portal.database.engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    portal.database.dispose()
