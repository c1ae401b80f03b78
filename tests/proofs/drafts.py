"""Drafts under three persons: the layer equals the replay, nothing is lost, conflicts are told, kills take nothing."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import func, select

from portal.core import pointer as pointers
from portal.core.access import Access
from portal.core.canonical import canonical
from portal.core.drafts import Change
from portal.core.drafts.draft import document_of
from portal.core.errors import Conflict
from portal.persistence.models import AuditEntry, DraftCommand
from portal.services import drafts
from portal.services.drafts.loading import commands_of, read_anew
from portal.services.portal import Portal
from tests.fixtures.database import KEYS
from tests.fixtures.drafting import SYSTEM, XISHAN, drafter
from tests.proofs.frame import Number, Place, at_least, equal, proof

NAMES = ("杨晓梅", "赵云飞", "李建国")
# Places that are there, places that come and go, and a list as a whole.
PLACES = (
    "/forms/case/title",
    "/forms/case/schema/properties/amount/title",
    "/layout/zones/front/title",
    "/forms/case/schema/required",
    *(f"/settings/values/v{n}" for n in range(8)),
)
SEEDS = {"sqlite": 21, "postgresql": 22}
WORKING = 0.02


@dataclass
class Person:
    """A person with the values that their page showed last, and their own stacks of what can be taken back."""

    access: Access
    seen: dict[str, Any] = field(default_factory=dict)
    done: list[dict[str, tuple[Any, Any]]] = field(default_factory=list)
    undone: list[dict[str, tuple[Any, Any]]] = field(default_factory=list)


@dataclass
class Told:
    """What was counted over all sequences."""

    acts: int = 0
    commands: int = 0
    conflicts: int = 0
    wrong: int = 0
    untold: int = 0


@proof(
    "drafts",
    "1,000 random sequences of commands by 3 persons, with undo and redo: nothing is lost, conflicts are told",
    minutes=5,
    small={"sequences": 12, "acts": 12, "kills": 1},
    large={"sequences": 500, "acts": 12, "kills": 10},
)
def prove_drafts(place: Place, sequences: int, acts: int, kills: int) -> Iterator[Number]:
    """Let three persons act on what their pages showed, against a plain model; then kill them at random moments."""
    portal = Portal.from_url(place.seeded(), keys=KEYS)
    chance = random.Random(SEEDS[place.kind])
    people = [Person(drafter(portal, name=name)) for name in NAMES]
    told, differ, strays = Told(), 0, 0
    for _ in range(sequences):
        uid = _opened(portal, people[0].access)
        _follow(portal, uid, people, chance, acts, told)
        differ += _differing(portal, uid)
        strays += _strays(portal, uid)
    yield equal("sequences whose layer is not what a replay gives", 0, differ)
    yield equal("commands that did not find what they say was there", 0, strays)
    yield equal("acts that did something else than the plain model", 0, told.wrong)
    yield equal("refusals that did not say who had changed the place", 0, told.untold)
    yield at_least("conflicts that were told", sequences // 4, told.conflicts)
    yield at_least("commands", sequences * acts // 3, told.commands)
    yield from _killed(portal, place, chance, kills)
    portal.database.dispose()


def _opened(portal: Portal, who: Access) -> str:
    with portal.writing(who) as uow:
        uid: str = drafts.open_draft(uow, XISHAN, "草稿").uid
        uow.commit()
    return uid


def _values(portal: Portal, uid: str) -> dict[str, Any]:
    with portal.reading(SYSTEM) as session:
        document = drafts.effective(session, uid)
    return {path: pointers.get(document, path) for path in PLACES}


def _follow(
    portal: Portal, uid: str, people: list[Person], chance: random.Random, acts: int, told: Told
) -> None:
    model = _values(portal, uid)
    for one in people:
        one.seen, one.done, one.undone = dict(model), [], []
    for _ in range(acts):
        one = chance.choice(people)
        if chance.random() < 0.5:
            one.seen = dict(model)
        what = chance.choices(("change", "undo", "redo"), (6, 2, 1))[0]
        told.acts += 1
        model = _act(portal, uid, one, what, model, chance, told)
        if _values(portal, uid) != model:
            told.wrong += 1


def _act(
    portal: Portal, uid: str, one: Person, what: str, model: dict[str, Any], chance: random.Random, told: Told
) -> dict[str, Any]:
    """Do one act, and say what the plain model makes of it."""
    wanted = _wanted(one, what, chance)
    fits = wanted is not None and all(
        canonical(model[path]) in (canonical(before), canonical(after))
        if what == "change" or canonical(model[path]) == canonical(after)
        else canonical(model[path]) == canonical(before)
        for path, (before, after) in wanted.items()
    )
    try:
        with portal.writing(one.access) as uow:
            if what == "change":
                changes = [Change("replace", path, *pair) for path, pair in (wanted or {}).items()]
                made = drafts.change(uow, uid, changes)
            else:
                made = (drafts.undo if what == "undo" else drafts.redo)(uow, uid)
            uow.commit()
    except Conflict as error:
        told.conflicts += 1
        if wanted is not None and not all(problem.params.get("who") for problem in error.problems):
            told.untold += 1
        told.wrong += fits
        return model
    told.wrong += not fits
    told.commands += made.count
    did = {
        path: (model[path], after)
        for path, (_, after) in (wanted or {}).items()
        if canonical(model[path]) != canonical(after)
    }
    _note(one, what, did)
    return {**model, **{path: after for path, (_, after) in did.items()}}


def _wanted(one: Person, what: str, chance: random.Random) -> dict[str, tuple[Any, Any]] | None:
    """Return what an act wants of each place, before and after; None where there is nothing to take back."""
    if what == "change":
        chosen = chance.sample(PLACES, chance.randint(1, 3))
        return {path: (one.seen[path], _value(path, chance)) for path in chosen}
    stack = one.done if what == "undo" else one.undone
    return {path: (after, before) for path, (before, after) in stack[-1].items()} if stack else None


def _value(path: str, chance: random.Random) -> Any:
    if path.endswith("required"):
        return ["name", *chance.sample(["amount", "place", "channel"], chance.randint(0, 3))]
    if path.startswith("/settings") and chance.random() < 0.3:
        return None
    value = f"值{chance.randint(0, 5)}"
    return {"title": value} if path.startswith("/settings") else value


def _note(one: Person, what: str, did: dict[str, tuple[Any, Any]]) -> None:
    if not did:
        return
    if what == "change":
        one.done.append(did)
        one.undone.clear()
        return
    source, target = (one.done, one.undone) if what == "undo" else (one.undone, one.done)
    source.pop()
    target.append(did)


def _differing(portal: Portal, uid: str) -> bool:
    """Tell whether the draft, its replay and its layer over the packs above say different things."""
    with portal.reading(SYSTEM) as session:
        row = drafts.draft_of(session, uid)
        kept, anew = drafts.loaded(session, row), read_anew(session, row)
        merged = document_of(anew.parent, anew.share)
        return not canonical(kept.document) == canonical(anew.document) == canonical(merged)


def _strays(portal: Portal, uid: str) -> int:
    """Return how many commands of the log did not find what they say was there."""
    with portal.reading(SYSTEM) as session:
        row = drafts.draft_of(session, uid)
        found, log = read_anew(session, row, 0).document, commands_of(session, uid)
    values: dict[str, Any] = {}
    strays = 0
    for command in log:
        now = values.get(command.path, pointers.get(found, command.path))
        strays += canonical(now) != canonical(command.before)
        values[command.path] = command.after
    return strays


def _killed(portal: Portal, place: Place, chance: random.Random, kills: int) -> Iterator[Number]:
    """Kill a process in which three persons work at random moments; look for each act that it was told is stored."""
    url = portal.database.engine.url.render_as_string(hide_password=False)
    uid = _opened(portal, drafter(portal))
    acknowledged: dict[str, int] = {}
    for _ in range(kills):
        process = subprocess.Popen(
            [sys.executable, "-m", __name__, url, uid], stdout=subprocess.PIPE, text=True
        )
        assert process.stdout is not None
        lines = [process.stdout.readline()]
        killer = threading.Timer(chance.uniform(0.2, 1.5), process.send_signal, (signal.SIGKILL,))
        killer.start()
        lines += process.stdout.readlines()
        killer.join()
        process.wait()
        process.stdout.close()
        # A line that was not written to its end was not heard.
        said = (line.split() for line in lines if line.endswith("\n") and line.strip())
        acknowledged |= {group: int(count) for group, count in said}
    stored = _stored(portal, uid)
    lost = sum(stored.get(group) != count for group, count in acknowledged.items())
    yield at_least("acts that were acknowledged before a kill", 3 * kills, len(acknowledged))
    yield equal("acknowledged acts that are lost, or stored in part", 0, lost)
    with portal.reading(SYSTEM) as session:
        row = drafts.draft_of(session, uid)
        entries = session.scalar(
            select(func.count()).select_from(AuditEntry).where(AuditEntry.object_id == uid)
        )
    yield equal("commands beside the draft's position", row.position, sum(stored.values()))
    yield equal("entries of the log beside acts", len(stored) + 1, entries)
    yield equal("differences after the kills", (False, 0), (_differing(portal, uid), _strays(portal, uid)))


def _stored(portal: Portal, uid: str) -> dict[str, int]:
    query = (
        select(DraftCommand.group_uid, func.count())
        .where(DraftCommand.draft_uid == uid)
        .group_by(DraftCommand.group_uid)
    )
    with portal.reading(SYSTEM) as session:
        return dict(session.execute(query).all())  # type: ignore[arg-type]


def _work(url: str, uid: str) -> None:
    """Let three persons change a draft until the process is killed; say each act that was stored."""
    portal = Portal.from_url(url, keys=KEYS)
    people = [drafter(portal, name=name) for name in NAMES]

    def work(who: Access) -> None:
        chance = random.Random()
        while True:
            model = _values(portal, uid)
            chosen = chance.sample(PLACES, 3)
            group = uuid.uuid4().hex
            changes = [Change("replace", path, model[path], _value(path, chance)) for path in chosen]
            try:
                with portal.writing(who) as uow:
                    made = drafts.change(uow, uid, changes, group=group)
                    uow.commit()
            except Conflict:
                continue
            if made.count:
                print(f"{made.group} {made.count}\n", end="", flush=True)  # whole, whoever else prints
            time.sleep(WORKING)

    for who in people:
        threading.Thread(target=work, args=(who,), daemon=True).start()
    time.sleep(60)


if __name__ == "__main__":
    _work(*sys.argv[1:])
