"""Values in the words of papers: days, amounts, yes and no as an office writes them, in the release's language."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session

from portal.core.forms import FieldInfo
from portal.core.kinds import KINDS
from portal.core.text import Texts
from portal.core.values import as_boolean, is_missing
from portal.core.zone import LOCAL
from portal.services.bundles import Bundle
from portal.services.units.lookup import known_units

Said = str | list[str] | dict[str, Any]
# What a paper is written in follows the release, not the reader: these stand here and not in a catalogue.
_YES, _NO = "是", "否"


def day(value: dt.date) -> str:
    """Return a day as papers write it."""
    return f"{value.year}年{value.month}月{value.day}日"


def moment(value: dt.datetime) -> str:
    """Return a moment as papers write it, in Beijing's time."""
    local = value.astimezone(LOCAL)
    return f"{day(local.date())} {local:%H:%M}"


def is_nothing(said: Said) -> bool:
    """Tell whether something says nothing."""
    return said in ("", [])


class Wording:
    """Puts values into words for one paper."""

    def __init__(self, session: Session, bundle: Bundle) -> None:
        self.session = session
        self.bundle = bundle
        self.texts: Texts = bundle.texts()

    def said(self, value: Any, kind: str, info: FieldInfo | None = None, taxonomy: str = "") -> Said:
        """Return a value in words; a list of texts as a list, yes or no with what it is."""
        if is_missing(value):
            return [] if kind == "strings" else ""
        if kind == "strings":
            parts = value if isinstance(value, list | tuple) else [value]
            return [one for part in parts if (one := self._one(part, "string", info, taxonomy))]
        if kind == "boolean" and (yes := as_boolean(value)) is not None:
            return {"said": _YES if yes else _NO, "yes": yes}
        if isinstance(value, list | tuple):
            return "、".join(one for part in value if (one := self._one(part, kind, info, taxonomy)))
        return self._one(value, kind, info, taxonomy)

    def _one(self, value: Any, kind: str, info: FieldInfo | None, taxonomy: str) -> str:
        named = (info.taxonomy if info is not None else "") or taxonomy
        if named and named in self.bundle.taxonomies and value in self.bundle.taxonomies[named]:
            return self.bundle.taxonomies[named].label(str(value), self.texts)
        if info is not None and info.options:
            found = next((label for option, label in info.options if option == value), None)
            if found is not None:
                return str(found)
        kind = info.type if info is not None and kind == "string" and info.type in KINDS else kind
        return self._plain(value, kind)

    def _plain(self, value: Any, kind: str) -> str:
        if isinstance(value, dt.datetime):
            return moment(value)
        if isinstance(value, dt.date):
            return day(value)
        if kind in ("date", "datetime") and isinstance(value, str):
            return _written_day(value)
        if kind == "unit" and isinstance(value, str):
            known = known_units(self.session, [value]).get(value)
            return known.name if known is not None else value
        if isinstance(value, Mapping | list | tuple):
            return ""
        if isinstance(value, bool):
            return _YES if value else _NO
        known_kind = KINDS.get(kind)
        return known_kind.written_out(value) if known_kind is not None else str(value)


def _written_day(value: str) -> str:
    try:
        if len(value) > 10:
            return moment(dt.datetime.fromisoformat(value))
        return day(dt.date.fromisoformat(value))
    except ValueError:
        return value
