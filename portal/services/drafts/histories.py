"""The history of a draft by person and minute, in words."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any

from sqlalchemy.orm import Session

from portal.core.drafts import Command
from portal.core.drafts.draft import stand_in
from portal.core.editors.differing import Difference, Told, told
from portal.services.drafts.finding import draft_of
from portal.services.drafts.loading import commands_of, loaded

MOST_TOLD = 8


@dataclass(frozen=True, slots=True)
class Minute:
    """What one person changed within one minute: the first differences, and how many there are."""

    at: dt.datetime
    by_id: int | None
    by_name: str
    count: int
    kinds: frozenset[str]
    differences: tuple[Difference, ...]
    why: tuple[str, ...] = field(default=())


def history(session: Session, draft_id: str, limit: int = 200) -> list[Minute]:
    """Return the history of a draft, the last minute first."""
    row = draft_of(session, draft_id)
    draft = loaded(session, row)
    names = Told(stand_in(draft.document, {**draft.above, **draft.base.own}))
    log = commands_of(session, row.uid)
    return [_minute(names, commands) for commands in reversed(list(_minutes(log)))][:limit]


def _minutes(log: list[Command]) -> Iterator[list[Command]]:
    def key(one: Command) -> tuple[Any, ...]:
        return one.by_id, one.by_name, one.at and one.at.replace(second=0, microsecond=0)

    for _, commands in groupby(log, key):
        yield list(commands)


def _minute(names: Told, commands: list[Command]) -> Minute:
    last = commands[-1]
    found = [one for command in commands for one in told(names, command.path, command.before, command.after)]
    # Of several changes of one place, the last one says how it stands.
    unique = {one.pointer: one for one in found}
    return Minute(
        at=last.at or dt.datetime.min,
        by_id=last.by_id,
        by_name=last.by_name,
        count=len(unique),
        kinds=frozenset(one.kind for one in commands),
        differences=tuple(unique.values())[:MOST_TOLD],
        why=tuple(dict.fromkeys(one.why for one in commands if one.why)),
    )
