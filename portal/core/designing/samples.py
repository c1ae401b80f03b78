"""An invented matter for the preview of a form: a value for each field that has one, the same each time."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from portal.core import pointer as pointers
from portal.core.forms import FieldInfo
from portal.core.taxonomy import Taxonomy

_BY_MASK = {
    "name": "李桂芬",
    "phone": "13800005521",
    "address": "昆阳街道月山路 12 号",
    "id": "530122199003074526",
}
_LINE = "示例"
_BY_KIND: Mapping[str, Any] = {
    "integer": 3,
    "number": 6.5,
    "money": 12000,
    "boolean": True,
    "date": "2026-05-06",
    "datetime": "2026-05-06T09:30:00+08:00",
    "time": "09:30",
    "string": "承包地被邻户占种",
}


def sample(
    fields: Iterable[FieldInfo], masks: Mapping[str, str], terms: Mapping[str, Taxonomy]
) -> dict[str, Any]:
    """Return the data of an invented matter; ``masks`` says which fields hold names, numbers and addresses."""
    data: dict[str, Any] = {}
    for field in fields:
        value = _value(field, masks, terms)
        if value is not None:
            _put(data, pointers.split(field.pointer), value)
    return data


def _value(field: FieldInfo, masks: Mapping[str, str], terms: Mapping[str, Taxonomy]) -> Any:
    if field.options:
        chosen = field.options[0][0]
        return [chosen] if field.type == "strings" else chosen
    if field.taxonomy:
        tree = terms.get(field.taxonomy)
        leaves = (term.code for term in tree or () if tree is not None and not tree.children(term.code))
        return next(leaves, None)
    if masks.get(field.pointer) in _BY_MASK:
        return _BY_MASK[masks[field.pointer]]
    if field.format == "cn-phone":
        return _BY_MASK["phone"]
    if field.type == "string" and field.widget != "textarea":
        return _LINE
    return _BY_KIND.get(field.type)


def _put(data: Any, parts: list[str], value: Any) -> None:
    """Set a value at its place; an entry of a list is its only one."""
    for at, part in enumerate(parts):
        last = at == len(parts) - 1
        following: Any = value if last else ([] if parts[at + 1] == pointers.EVERY else {})
        if part == pointers.EVERY:
            if not data:
                data.append(following)
            data = data[0]
        else:
            data = data.setdefault(part, following)
        if not isinstance(data, dict | list):
            return
