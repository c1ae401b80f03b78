"""A record's data as they would be stored today: by these it is found, whatever it was entered as."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from portal.core.forms.entering import entered
from portal.services.bundles import Bundle


def as_read(bundle: Bundle, form_id: str, clear: Mapping[str, Any]) -> dict[str, Any]:
    """Return data, nothing of which is encrypted, read by the ways of writing; what can't be read stays as it is."""
    return entered(bundle.form(form_id), clear, dt.date.min).data
