"""Sensitive values are stored encrypted: encrypted on the way into the database, opened on the way out of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

from portal.adapters.keyring import Keyring, is_encrypted
from portal.core import pointer as pointers
from portal.core.canonical import canonical
from portal.services.bundles import Bundle

Change = Callable[[Any], Any]


def encrypted(
    keys: Keyring,
    bundle: Bundle,
    form_id: str,
    uid: str,
    data: Mapping[str, Any],
    stored: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """Return data with the sensitive fields of a form encrypted for one record.

    A value that is the same as in ``stored`` keeps its ciphertext, so that nothing seems to have changed; what is
    encrypted for this place already stays as it is.
    """
    result: Any = dict(data)
    for where in sensitive(bundle, form_id):
        place, parts = cipher_place(uid, form_id, where), pointers.split(where)
        known = _known(keys, place, stored or {}, parts)
        result = pointers.mapped(result, parts, _sealer(keys, place, known))
    return dict(result)


def opened(keys: Keyring, bundle: Bundle, form_id: str, uid: str, data: Mapping[str, Any]) -> dict[str, Any]:
    """Return data with everything encrypted in them readable."""
    result: Any = dict(data)
    for where in sensitive(bundle, form_id):
        result = pointers.mapped(result, where, partial(keys.open, place=cipher_place(uid, form_id, where)))
    return dict(result)


def sensitive(bundle: Bundle, form_id: str) -> list[str]:
    """Return the pointers of a form's sensitive fields."""
    return [one.pointer for one in bundle.protected(form_id) if one.sensitive]


def cipher_place(uid: str, form_id: str, where: str) -> str:
    """Return the record and field to which a ciphertext is bound; the rows of a list share one, for they may move."""
    return f"{uid}\0{form_id}\0{where}"


def _known(keys: Keyring, place: str, stored: Mapping[str, Any], parts: Sequence[str]) -> dict[str, str]:
    return {
        canonical(keys.open(value, place)): value
        for value in pointers.values(stored, parts)
        if keys.opens(value, place)
    }


def _sealer(keys: Keyring, place: str, known: Mapping[str, str]) -> Change:
    def encrypt(value: Any) -> Any:
        if value in (None, "", [], {}) or (is_encrypted(value) and keys.opens(value, place)):
            return value
        return known.get(canonical(value)) or keys.encrypt(value, place)

    return encrypt
