"""Rows that a record brings from the record it belongs to, such as the parties of a case to a session of it.

They follow the whole whenever the record is entered or changed; what was written beside a row stays with it. Nobody
types such a list a second time.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from portal.core import pointer as pointers
from portal.core.errors import InvalidInput, Problem, msg
from portal.core.sessions import Brings, Row, brings_of
from portal.persistence.models import Record
from portal.services.bundles import Bundle
from portal.services.records.acts.loading import bundle_of
from portal.services.records.finding.children import children_of
from portal.services.records.privacy.encryption import opened

if TYPE_CHECKING:
    from portal.services.portal import Work

MOST = 200


def with_brought(
    uow: Work,
    bundle: Bundle,
    etype: str,
    whole: Record | None,
    data: Mapping[str, Any],
    held: Mapping[str, Any] | None = None,
) -> Mapping[str, Any]:
    """Return the data of a record with the rows that its whole gives it now.

    Raise InvalidInput for a row that is neither of the whole nor in what the record holds.
    """
    brought = brings_of(bundle.entity(etype).entity)
    if not brought or whole is None:
        return data
    source = bundle_of(uow, whole)
    keys = uow.portal.keys
    clear = opened(keys, source, whole.etype, whole.uid, whole.data)
    types = sorted({one for brings in brought.values() for one in brings.types() if source.has_entity(one)})
    parts: dict[str, list[Mapping[str, Any]]] = {name: [] for name in types}
    for part in children_of(uow.session, whole, types, MOST):
        parts[part.etype].append(opened(keys, source, part.etype, part.uid, part.data))
    result: Any = dict(data)
    for where, brings in brought.items():
        given = [(keys.digests(whole.uid, *key), row) for key, row in brings.rows(clear, parts)]
        rows = _rows(brings, where, given, data, held)
        result = pointers.with_value(result, where, rows) if rows else pointers.without(result, where)
    return dict(result)


def _rows(
    brings: Brings,
    where: str,
    given: Sequence[tuple[Sequence[str], Row]],
    data: Mapping[str, Any],
    held: Mapping[str, Any] | None,
) -> list[dict[str, Any]]:
    written = {pointers.get(row, brings.ref): row for row in _listed(data, where)}
    before = {pointers.get(row, brings.ref) for row in _listed(held or {}, where)}
    rows, known = [], set(before)
    for digests, row in given:
        ref = next((one for one in digests if one in written), digests[0])
        known.add(ref)
        rows.append(pointers.with_value(row.over(written.get(ref)), brings.ref, ref))
    for number, sent in enumerate(_listed(data, where)):
        if pointers.get(sent, brings.ref) not in known:
            message = msg("This row does not stand in the record above: enter it there first")
            problem = Problem("form.brought", message, pointer=f"{where}/{number}")
            raise InvalidInput("form.invalid", msg("Please correct what is marked"), problems=[problem])
    return rows


def _listed(data: Mapping[str, Any], where: str) -> list[Mapping[str, Any]]:
    rows = pointers.get(data, where)
    return [row for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []
