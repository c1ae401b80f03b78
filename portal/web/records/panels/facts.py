"""The data of the record in sections, with the form that shows what is masked."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from portal.core.acts import ADOPT_RELEASE
from portal.services import records
from portal.web.forms import render_told, render_values
from portal.web.records.forms.posted import context_of
from portal.web.records.panels.paper import is_paper
from portal.web.records.panels.registry import PANELS, Panel, Place
from portal.web.words.case import Case
from portal.web.words.disclosing import Disclosing, disclosing
from portal.web.words.parties import told_by_form
from portal.web.words.releases import told_apart


@dataclass(frozen=True, slots=True)
class Facts:
    """The data drawn by the form; until when personal data are shown; the form that asks to show them.

    ``rest`` is what else was registered where a form holds much; ``unit`` registered the record; ``newer`` is a version
    of the configuration that the person may move it to.
    """

    html: Any
    rest: Any
    until: dt.datetime | None
    disclosing: Disclosing | None
    unit: str
    release: str
    newer: str


def facts(case: Case) -> Facts:
    """Return the data as the person may see them."""
    screen, view = case.screen, case.view
    told = told_by_form(case)
    html, rest = render_told(
        screen.form_for(view.plan.profile),
        view.data,
        context=context_of(case.now, screen, view.data),
        shown=lambda where: where not in told,
    )
    masked = any(one.plan.profile.masked for one in case.written.values())
    return Facts(
        html,
        rest,
        view.until,
        disclosing(screen, view, answers=masked),
        case.unit_names.get(case.record.unit_id, ("", ""))[1],
        screen.bundle.version,
        newer_release(case),
    )


def facts_html(case: Case, name: str = "v", shown: Callable[[str], bool] = lambda _where: True) -> Any:
    """Return the data of the record drawn by its form, as the person may see them; ``name`` begins its identifiers."""
    screen, view = case.screen, case.view
    context = context_of(case.now, screen, view.data)
    return render_values(
        screen.form_for(view.plan.profile), view.data, context=context, name=name, shown=shown
    )


def newer_release(case: Case) -> str:
    """Return the version of the newest release that the person may move the record to; empty where there is none.

    A person who works under the record's own release is spared the question.
    """
    if case.record.release_id == case.now.bundle.release_id or not case.may(ADOPT_RELEASE.needs):
        return ""
    newer = records.newer_releases(case.now.session, case.record)
    return told_apart(newer[0], case.screen.bundle.version) if newer else ""


PANELS.add(
    Panel("facts", Place.ABOUT, 10, "records/panels/facts.html", facts, when=lambda case: not is_paper(case))
)
