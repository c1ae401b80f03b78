"""Where the fields of a release's entity types lie that its packs declare to be filtered and sorted by."""

from __future__ import annotations

from collections.abc import Iterable

from portal.services.bundles import Bundle
from portal.services.field_places import FieldPlace, place_of


def places_of(bundle: Bundle, etype: str) -> dict[str, FieldPlace]:
    """Return the places of the fields that the release declares; sensitive ones are never among them."""

    def found() -> dict[str, FieldPlace]:
        index = bundle.entity(etype).index
        if not index:
            return {}
        known, infos, closed = bundle.stored.get(etype, {}), bundle.fields(etype), _sensitive(bundle, etype)
        places = {
            pointer: place_of(known[pointer], infos[pointer].type)
            for pointer in index
            if pointer in known and pointer in infos and not _is_within(pointer, closed)
        }
        return {pointer: place for pointer, place in places.items() if place is not None}

    return bundle.once(("places", etype), found)


def added_places(bundle: Bundle, newer: Bundle, etype: str) -> dict[str, FieldPlace]:
    """Return the places of the fields that a newer release declares and ``bundle`` does not.

    Fields that are sensitive in either are never among them.
    """
    if newer.release_id == bundle.release_id or not newer.has_entity(etype):
        return {}

    def found() -> dict[str, FieldPlace]:
        own, closed = set(places_of(bundle, etype).values()), _sensitive(bundle, etype)
        return {
            pointer: place
            for pointer, place in places_of(newer, etype).items()
            # A field that was moved has its old place: there is nothing to add.
            if place not in own
            # It is read from where it was, too.
            and not any(_is_within(at, closed) for at in (pointer, *newer.earlier(etype).get(pointer, ())))
        }

    return bundle.once(("added places", etype, newer.release_id), found)


def _sensitive(bundle: Bundle, etype: str) -> list[str]:
    return [one.pointer for one in bundle.protected(etype) if one.sensitive]


def _is_within(pointer: str, closed: Iterable[str]) -> bool:
    return any(pointer == where or pointer.startswith(f"{where}/") for where in closed)


def has_rows(bundle: Bundle, etype: str) -> bool:
    """Return whether some declared field of a type has rows instead of a column."""
    if not bundle.has_entity(etype):
        return False
    return bundle.once(
        ("has rows", etype), lambda: any(place.rows for place in places_of(bundle, etype).values())
    )
