"""The records of a type that a picker offers, and the titles of those that were picked."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from portal.adapters.pinyin import spelling
from portal.core.access import LIST
from portal.core.conditions import Env, evaluate
from portal.core.forms import FieldInfo
from portal.core.picking import Choice, Index
from portal.persistence import scope
from portal.persistence.models import Record
from portal.persistence.scope import prepared
from portal.services.bundles import Bundle

if TYPE_CHECKING:
    from portal.services.portal import Portal

# A register has some hundred entries; of a longer one the latest are offered.
MOST = 1000
_OFFERED = prepared(
    select(Record)
    .where(Record.etype == bindparam("etype"), Record.is_open)
    .order_by(Record.id.desc())
    .limit(MOST)
)
_NAMED = prepared(select(Record).where(Record.uid.in_(bindparam("uids", expanding=True))))


def record_index(portal: Portal, session: Session, bundle: Bundle, info: FieldInfo) -> Index:
    """Return the records that a field may name: those within the person's scope that meet its condition."""
    etype = info.entity
    if not bundle.has_entity(etype) or not scope.access_of(session).can(etype, LIST):
        return Index.of([], spelling)
    env = Env(portal.clock.today(), taxonomies=bundle.taxonomies)
    rows = session.scalars(_OFFERED, {"etype": etype}, execution_options={"scope_etype": etype})
    fitting = (row for row in rows if info.only is None or evaluate(info.only, row.data, env))
    choices = sorted((row.title, row.uid) for row in fitting)
    return Index.of([Choice(uid, title, ((title,),), title) for title, uid in choices], spelling)


def records_named(session: Session, uids: Iterable[str]) -> dict[str, Record]:
    """Return the records of some identifiers that the person may see, by identifier."""
    wanted = sorted({uid for uid in uids if isinstance(uid, str) and uid})
    if not wanted:
        return {}
    return {row.uid: row for row in session.scalars(_NAMED, {"uids": wanted})}


def may_be_chosen(portal: Portal, bundle: Bundle, info: FieldInfo, record: Record) -> bool:
    """Tell whether a record that the person sees can be chosen for a field."""
    env = Env(portal.clock.today(), taxonomies=bundle.taxonomies)
    fits = info.only is None or evaluate(info.only, record.data, env)
    return record.etype == info.entity and record.is_open and fits
