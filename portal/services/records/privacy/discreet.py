"""Matters of which lists tell nothing that was written: the row leads to the matter, and its page holds the words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from portal.core.conditions import Env, evaluate, parse
from portal.persistence.models import Record
from portal.services.bundles import Bundle

if TYPE_CHECKING:
    from portal.services.portal import Portal


def is_discreet(portal: Portal, bundle: Bundle, record: Record) -> bool:
    """Return whether lists leave out what people wrote of a record, by what its type says of its data."""
    raw = bundle.entity(record.etype).entity.get("discreet")
    if raw is None:
        return False
    when = bundle.once(("discreet", record.etype), lambda: parse(raw)[0])
    env = Env(portal.clock.today(), taxonomies=bundle.taxonomies)
    return when is not None and bool(evaluate(when, record.data or {}, env))
