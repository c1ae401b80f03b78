"""The words of a search: how they are asked for in texts of fields, and in which fields they were found."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from sqlalchemy import Select, and_, bindparam, or_, select
from sqlalchemy.orm import Session

from portal.core.access import LIST
from portal.core.grams import sought
from portal.core.ways.texts import text as clean
from portal.persistence import scope
from portal.persistence.models import Record, RecordText
from portal.persistence.scope import prepared
from portal.persistence.text_match import asked
from portal.services.bundles import Bundle
from portal.services.records.finding.list_statements import written
from portal.services.records.finding.text_fields import open_texts
from portal.services.records.privacy.people_index import naming

if TYPE_CHECKING:
    from portal.services.portal import Portal

MAX_WORDS = 5


@dataclass(frozen=True, slots=True)
class AskedTexts:
    """Which words are looked for in texts, and the parameters by which."""

    words: tuple[bool, ...]
    values: Mapping[str, Any]


def words_of(text: str) -> list[str]:
    """Return the words of a search, each of which must be found."""
    return clean(text).casefold().split()[:MAX_WORDS]


def asked_texts(session: Session, bundle: Bundle, etype: str, words: Sequence[str]) -> AskedTexts:
    """Return how words are asked for: in the fields that the session's person may look into."""
    fields = open_texts(bundle, scope.access_of(session), etype) if words else []
    found = [sought(word) if fields else None for word in words]
    values: dict[str, Any] = {"open_texts": fields} if any(found) else {}
    dialect = session.get_bind().dialect.name
    for at, one in enumerate(found):
        if one is not None:
            values |= {f"asked_{at}": asked(one, dialect), f"follows_{at}": one.pattern}
    return AskedTexts(tuple(one is not None for one in found), values)


def found_in(
    portal: Portal, session: Session, bundle: Bundle, text: str, rows: Sequence[Record]
) -> dict[int, list[str]]:
    """Return for records of one type, found by a text, the fields that hold some of its words."""
    if not rows or not text:
        return {}
    etype = rows[0].etype
    if naming(session, portal.keys, etype, text):
        return {}
    texts = asked_texts(session, bundle, etype, words_of(text))
    if not texts.values:
        return {}
    values = {**texts.values, "etype": etype, "rows": [row.id for row in rows]}
    options = {"scope_action": LIST, "scope_etype": etype}
    found: dict[int, list[str]] = defaultdict(list)
    for record_id, pointer in session.execute(_where(texts.words), values, execution_options=options):
        found[record_id].append(pointer)
    return dict(found)


@lru_cache(maxsize=100)
def _where(words: tuple[bool, ...]) -> Select[int, str]:
    holds = [and_(*written(RecordText, at)) for at, there in enumerate(words) if there]
    named = RecordText.record_id.in_(bindparam("rows", expanding=True))
    rows = select(RecordText.record_id, RecordText.pointer)
    rows = rows.where(named, RecordText.etype == bindparam("etype"), or_(*holds))
    return prepared(rows.order_by(RecordText.record_id, RecordText.pointer))
