"""The data of the record in sections, with the form that shows what is masked."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from portal.web.forms import render_values
from portal.web.records.forms.posted import context_of
from portal.web.records.panels.registry import PANELS, Panel, Place
from portal.web.words.case import Case
from portal.web.words.disclosing import Disclosing, disclosing


@dataclass(frozen=True, slots=True)
class Facts:
    """The data drawn by the form; until when personal data are shown; the form that asks to show them."""

    html: Any
    until: dt.datetime | None
    disclosing: Disclosing | None


def facts(case: Case) -> Facts:
    """Return the data as the person may see them."""
    screen, view = case.screen, case.view
    html = render_values(
        screen.form_for(view.plan.profile), view.data, context=context_of(case.now, screen, view.data)
    )
    return Facts(html, view.until, disclosing(screen, view))


PANELS.add(Panel("facts", Place.MAIN, 10, "records/panels/facts.html", facts))
