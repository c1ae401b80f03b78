"""The personal fields that a record withholds, such as an address kept from the other side: its type says when."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from portal.core import pointer as pointers
from portal.core.conditions import Condition, Env, bind, evaluate, parse
from portal.services.bundles import Bundle

NOTHING: frozenset[str] = frozenset()
# What papers say in the place of such a field.
SAID = "保密，由中心转交"


def withheld(bundle: Bundle, etype: str, data: Mapping[str, Any], today: dt.date) -> frozenset[str]:
    """Return the fields that are withheld by what a record holds; of rows, all where one row says so."""
    known = bundle.once(("withheld", etype), lambda: _conditions(bundle, etype))
    if not known:
        return NOTHING
    env = Env(today, taxonomies=bundle.taxonomies)
    return frozenset(where for where, when in known.items() if _holds(where, when, data or {}, env))


def _holds(where: str, when: Condition, data: Mapping[str, Any], env: Env) -> bool:
    rows, every, _ = where.partition("/*")
    if not every:
        return evaluate(when, data, env)
    count = len(pointers.get(data, rows) or ())
    return any(evaluate(bind(when, f"{rows}/{index}"), data, env) for index in range(count))


def _conditions(bundle: Bundle, etype: str) -> Mapping[str, Condition]:
    raw = bundle.entity(etype).entity.get("withheld", {}) if bundle.has_entity(etype) else {}
    found = ((where, parse(when)[0]) for where, when in raw.items())
    return {where: when for where, when in found if when is not None}
