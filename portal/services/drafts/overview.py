"""A draft in numbers: what is own and what inherited in each part, and how it differs from what is in force."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy.orm import Session

from portal.core import pointer as pointers
from portal.core.drafts.owners import counted
from portal.persistence.models import Draft as Row
from portal.services.drafts.comparing import Compared, compare
from portal.services.drafts.finding import draft_of
from portal.services.drafts.loading import commands_of, loaded

if TYPE_CHECKING:
    from portal.services.portal import Portal


@dataclass(frozen=True)
class Overview:
    """The counts of a draft: things of each part, own and inherited; differences; the last change of each part."""

    counts: Mapping[str, tuple[int, int]]
    differences: tuple[Compared, ...]
    by_part: Mapping[str, int]
    last: Mapping[str, tuple[str, dt.datetime | None]]


def overview(portal: Portal, session: Session, row: Row) -> Overview:
    """Return a draft in numbers."""
    draft = loaded(session, draft_of(session, row.uid))
    found = tuple(compare(portal, session, row.uid))
    last = {pointers.split(one.path)[0]: (one.by_name, one.at) for one in commands_of(session, row.uid)}
    return Overview(counted(draft), found, Counter(one.difference.part for one in found), last)
