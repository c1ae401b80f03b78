"""Whether a value is one of those of an enum, told at once however many there are; the verdict is jsonschema's."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Any

from jsonschema._utils import equal

from portal.core.kept import Kept

_SCALARS = frozenset({str, int, float, bool, type(None)})


class Members:
    """The values of an enum: single ones are found by their hash, lists and objects are compared one by one."""

    def __init__(self, values: Sequence[Any]) -> None:
        self.values = values
        self._single = frozenset(_key(one) for one in values if type(one) in _SCALARS)
        self._others = tuple(one for one in values if type(one) not in _SCALARS)

    def __contains__(self, value: Any) -> bool:
        if type(value) in _SCALARS:
            return _key(value) in self._single
        # A value that is not plain JSON may be equal to a single one as well.
        plain = isinstance(value, dict | list)
        return any(equal(one, value) for one in (self._others if plain else self.values))


def _key(value: Any) -> Hashable:
    # To JSON Schema 1 and 1.0 are equal, 1 and true are not.
    return (bool, value) if type(value) is bool else value


_made: Kept[int, Members] = Kept(500)


def members_of(values: Sequence[Any]) -> Members:
    """Return the members of an enum, made once for each of those in use."""
    found = _made.get(id(values))
    if found is None or found.values is not values:
        found = _made.put(id(values), Members(values))
    return found
