"""What parties answered in the parts of a record, such as whether they take part in a session of a case."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy.orm import Session

from portal.core import pointer as pointers
from portal.core.disclosure import Level
from portal.core.sessions import Brings, brings_of
from portal.persistence.models import Record
from portal.services.bundles import Bundle, EntityType
from portal.services.records.finding.children import Children, part_types
from portal.services.records.privacy.disclosure import Views

if TYPE_CHECKING:
    from portal.services.portal import Portal

MOST = 200


@dataclass(frozen=True, slots=True)
class Answered:
    """The answer of one party: the type and the field that hold it, its value, and whether it agrees."""

    etype: str
    at: str
    value: str
    agrees: bool


def consents_in_parts(
    portal: Portal,
    session: Session,
    record: Record,
    bundle: Bundle,
    clear: Mapping[str, Any],
    children: Children | None = None,
) -> dict[str, Answered]:
    """Return the latest answer of each party, by its whole name, from the parts that the session's person sees.

    ``clear`` are the data of the record, ``children`` what belongs to it where that is read already. A party that has
    not answered has no entry.
    """
    if children is None:
        children = Children(session, record, part_types(bundle, record.etype), MOST)
    found: dict[str, Answered] = {}
    for entity in bundle.entities():
        if entity.parent != record.etype or entity.hidden:
            continue
        for where, brings in brings_of(entity.entity).items():
            if brings.consent is not None:
                found |= dict(_answers(portal, children, bundle, clear, entity, where, brings))
    return found


def _answers(
    portal: Portal,
    children: Children,
    bundle: Bundle,
    clear: Mapping[str, Any],
    entity: EntityType,
    where: str,
    brings: Brings,
) -> Iterator[tuple[str, Answered]]:
    asks = brings.consent
    parts = children.of(entity.id)
    if asks is None or not parts:
        return
    views = Views(portal, children.session)
    names = _names(portal, children, bundle, clear, brings, views)
    for part in parts:
        view = views.of(part)
        field = f"{where}/*{asks.at}"
        if view.plan.level(field) < Level.READ:
            continue
        rows = pointers.get(view.clear, where)
        for row in rows if isinstance(rows, list) else ():
            name, value = names.get(str(pointers.get(row, brings.ref))), str(pointers.get(row, asks.at))
            if name and value in asks.agrees | asks.refuses:
                yield name, Answered(entity.id, field, value, value in asks.agrees)


def _names(
    portal: Portal,
    children: Children,
    bundle: Bundle,
    clear: Mapping[str, Any],
    brings: Brings,
    views: Views,
) -> dict[str, str]:
    """Return the whole names of the parties by the digests under which rows know them."""
    types = sorted(one for one in brings.types() if bundle.has_entity(one))
    parts: dict[str, list[Mapping[str, Any]]] = {name: [] for name in types}
    for part in children.of(*types):
        parts[part.etype].append(views.of(part).clear)
    return {
        digest: key[0].strip()
        for key, _ in brings.rows(clear, parts)
        for digest in portal.keys.digests(children.record.uid, *key)
    }
