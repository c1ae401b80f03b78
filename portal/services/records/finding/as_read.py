"""A record's data as they would be stored today: by these it is found, whatever it was entered as."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from portal.core.forms.compile import CompiledForm
from portal.core.forms.entering import entered
from portal.services.bundles import Bundle


class AsRead(dict[str, Any]):
    """Data that were read by the ways of writing of a form: title, words, people and columns read them once."""

    __slots__ = ("form",)

    def __init__(self, data: Mapping[str, Any], form: CompiledForm) -> None:
        """Take the data read by a form."""
        super().__init__(data)
        self.form = form


def as_read(bundle: Bundle, form_id: str, clear: Mapping[str, Any]) -> AsRead:
    """Return data, nothing of which is encrypted, read by the ways of writing; what can't be read stays as it is."""
    form = bundle.form(form_id)
    if isinstance(clear, AsRead) and clear.form is form:
        return clear
    return AsRead(entered(form, clear, dt.date.min).data, form)
