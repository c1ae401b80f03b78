"""Definitions whose counts are kept: known by what they count, whatever release they stand in."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from portal.core.canonical import digest
from portal.core.indicators import Indicator
from portal.core.indicators.sorts import PARTS
from portal.persistence.models import IndicatorKept
from portal.services.bundles import Bundle
from portal.services.releases.reading import pinned
from portal.services.units.centres import all_centres

if TYPE_CHECKING:
    from portal.services.portal import Portal

# What stands now, by common stage and by the unit that handles it, is kept beside the indicators.
STANDING = "standing"
_MEANING = ("of", "entity", "shows", "cohort", "day", "denominator", "numerator", "breakdowns")
_BY_TODAY = ("within_days", "older_than_days")
_PLACES = ("unit", "handler", "at", "from_unit", "to_unit")


@dataclass(frozen=True, slots=True)
class Definition:
    """An indicator as one release says it; ``id`` is the number by which its counts are kept."""

    id: int
    indicator: Indicator
    bundle: Bundle
    in_force: bool = True


def digest_of(bundle: Bundle, name: str) -> str:
    """Return the digest of what an indicator counts; empty where it can only be counted from the rows."""
    return bundle.once(("indicator_digest", name), lambda: _digest(bundle, name))


def _digest(bundle: Bundle, name: str) -> str:
    indicator, raw = bundle.indicators[name], bundle.raw["indicators"][name]
    if not indicator.of.fields or not indicator.of.kept or indicator.shows == PARTS:
        return ""
    conditions = list(_conditions([raw.get("denominator"), raw.get("numerator")]))
    if any(_moves_by_itself(one) for one in conditions):
        return ""
    kinds = {key: info.type for key, info in bundle.fields(indicator.entity).items()}
    named = {str(one.get("field", "")).removeprefix("/data") for one in conditions}
    terms = {one["taxonomy"] for one in conditions if "taxonomy" in one}
    if any("under" in str(one.get("op", "")) for one in conditions):
        terms |= set(bundle.raw.get("taxonomies", {}))
    return digest(
        {
            **{key: raw[key] for key in _MEANING if key in raw},
            "kinds": {key: str(kinds[key]) for key in sorted(named) if key in kinds},
            "terms": {key: digest(bundle.raw.get("taxonomies", {}).get(key)) for key in sorted(terms)},
        }
    )


def _conditions(raw: Any) -> Iterator[Mapping[str, Any]]:
    """Yield each comparison of a condition, and whatever stands in it as an object."""
    if isinstance(raw, Mapping):
        yield raw
        for value in raw.values():
            yield from _conditions(value)
    elif isinstance(raw, list):
        for value in raw:
            yield from _conditions(value)


def _moves_by_itself(one: Mapping[str, Any]) -> bool:
    """Tell whether what a comparison says can change without any act: by the day, or when units move."""
    place = str(one.get("field", "")).rpartition("/")[2] in _PLACES
    in_tree = "under" in str(one.get("op", "")) and (place or one.get("taxonomy") == "unit")
    return "today" in one or one.get("op") in _BY_TODAY or in_tree


def of_centres(portal: Portal, session: Session) -> dict[str, tuple[Bundle, str]]:
    """Return what the releases in force at all centres count, by digest: a release and the name of the indicator."""
    found: dict[str, tuple[Bundle, str]] = {}
    for release_id in sorted({one.release_id for one in all_centres(session)}):
        bundle = pinned(portal, session, release_id)
        for name in bundle.indicators:
            known = digest_of(bundle, name)
            if known:
                found.setdefault(known, (bundle, name))
    return found


def settle(session: Session, wanted: Mapping[str, tuple[Bundle, str]]) -> bool:
    """Note which definitions are in force, within the transaction of a writing session; tell whether one is new."""
    rows = {one.digest: one for one in session.scalars(select(IndicatorKept))}
    new = [key for key in (STANDING, *wanted) if key not in rows or not rows[key].in_force]
    gone = [one.id for key, one in rows.items() if one.in_force and key != STANDING and key not in wanted]
    for key in new:
        bundle, name = wanted.get(key, (None, ""))
        values = {"release_id": bundle.release_id if bundle else 0, "in_force": True, "ready": False}
        if key in rows:
            session.execute(update(IndicatorKept).where(IndicatorKept.id == rows[key].id).values(**values))
        else:
            session.add(IndicatorKept(digest=key, indicator=name, **values))
    if gone:
        left = update(IndicatorKept).where(IndicatorKept.id.in_(gone))
        session.execute(left.values(in_force=False, ready=False))
    session.flush()
    return bool(new)


def kept_definitions(portal: Portal, session: Session) -> tuple[list[Definition], int]:
    """Return the definitions that were ever kept, and the number of what stands now (0 where that is not kept)."""
    found, standing = [], 0
    for one in session.scalars(select(IndicatorKept).order_by(IndicatorKept.id)):
        if one.digest == STANDING:
            standing = one.id
        else:
            bundle = pinned(portal, session, one.release_id)
            found.append(Definition(one.id, bundle.indicators[one.indicator], bundle, one.in_force))
    return found, standing
