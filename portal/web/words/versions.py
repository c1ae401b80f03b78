"""Values of fields in two versions of a record, as people read them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from markupsafe import Markup

from portal.core.forms import FieldInfo
from portal.core.pointer import pattern_of
from portal.web.words.cells import in_words, place_names
from portal.web.words.here import Here
from portal.web.words.named_by_data import unit_codes
from portal.web.words.picking import record_titles
from portal.web.words.screen import Field, Screen


class FieldWords:
    """Names and values of the fields of some versions of one record; the units in them are looked up at once."""

    def __init__(self, now: Here, screen: Screen, versions: Iterable[Mapping[str, Any] | None]) -> None:
        self.now, self.screen = now, screen
        codes = (code for one in versions for code in unit_codes(one or {}, screen.infos.values()))
        self.places = place_names(now, codes)

    def label(self, where: str) -> str:
        """Return the name of a field."""
        return self.screen.form.label(where)

    def shown(self, where: str, value: Any) -> Markup | str:
        """Return a value in words, a group or a row with the names of its fields."""
        if isinstance(value, dict):
            return Markup("<br>").join(
                f"{self.label(f'{where}/{key}')}: {self.shown(f'{where}/{key}', part)}"
                for key, part in value.items()
            )
        if isinstance(value, list) and any(isinstance(part, dict) for part in value):
            return Markup("<hr>").join(self.shown(f"{where}/{n}", part) for n, part in enumerate(value))
        field = self._field(where)
        if field.kind == "unit" and isinstance(value, str):
            return self.places.get(value, value)
        if field.kind == "record" and isinstance(value, str):
            return record_titles(self.now, [value]).get(value, value)
        return in_words(self.screen, field, value)

    def _field(self, where: str) -> Field:
        infos = self.screen.infos
        info: FieldInfo | None = infos.get(where) or infos.get(pattern_of(where))
        return self.screen.fields[info.pointer] if info else Field(where, where, "text")
