"""The value of one control as people read it."""

from __future__ import annotations

import datetime as dt

from markupsafe import Markup

from portal.core.errors import msg
from portal.core.forms.controls import NO, YES
from portal.core.forms.view import Control
from portal.core.widgets import WIDGETS
from portal.web.forms.context import FormContext


def control_text(control: Control, context: FormContext) -> str | Markup:
    """Return what a control holds, as people read it."""
    if WIDGETS[control.kind].place in ("choice", "list"):
        return _chosen(control, context)
    return context.written(_typed(control, context)) or ""


def _day(text: str) -> dt.date | None:
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        return None  # what is not a day stands as it was entered


def _chosen(control: Control, context: FormContext) -> str:
    if control.kind == "checkbox":
        ticked = control.options[0].selected
        known = ticked or control.hidden
        return context.translate(YES if ticked else NO) if known else ""
    chosen = [o for o in control.options if o.selected]
    return context.translate(msg(", ")).join(
        context.translate(o.label) if o.message else o.label for o in chosen
    )


def _typed(control: Control, context: FormContext) -> str:
    if control.kind == "date" and (day := _day(control.text)) is not None:
        return context.day(day, True)
    if control.lookup and control.text:
        return context.label(control.lookup, control.text) or control.text
    if control.kind == "file" and control.text:
        return context.label("attachment", control.text) or control.text
    if control.shown and WIDGETS[control.kind].kind:
        return control.shown  # its unit is part of it
    text = control.shown or control.text
    return f"{text} {control.suffix}".strip() if control.suffix and text else text
