"""Choose the control for a scalar place: one that gives the value back exactly, comfortable if possible."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from portal.core.errors import msg
from portal.core.forms.codec import control_name, fits_text, local_datetime, tokens_of
from portal.core.forms.nodes import Node, Option
from portal.core.forms.ui import FieldUi
from portal.core.forms.values import ABSENT, any_text, dump, read_any, same, scalar_text
from portal.core.forms.view import Choosable, Control, Static, dom_id
from portal.core.kinds import KINDS, figure
from portal.core.masks import DOTS, mask
from portal.core.widgets import RECORDS, TERMS, WIDGETS, Widget, by_format, mask_of

if TYPE_CHECKING:
    from portal.core.forms.compile import CompiledForm
    from portal.core.forms.document import Sub

YES, NO, EMPTY = msg("Yes"), msg("No"), msg("Empty")
_BOOLEAN = {True: YES, False: NO}
_RADIO_LIMIT = 3
_LONG_TEXT = 160


@dataclass(slots=True)
class FormPlace:
    """Where something is shown, and how."""

    name: str
    pointer: str
    pattern: str
    label: str
    required: bool = False
    help: str = ""
    readonly: bool = False
    trigger: bool = False
    depth: int = 0
    ancestors: tuple[tuple[int, ...], ...] = ()
    ui: FieldUi = field(default_factory=FieldUi)
    bare: bool = False
    subs: tuple[Sub, ...] = ()
    value: Any = ABSENT
    node: Node | None = None
    errors: list[str] = field(default_factory=list)
    open_ended: bool = False  # within a value of which the schema says nothing, and which the page can hold

    def under(self, key: tuple[int, ...]) -> FormPlace:
        """Return the same place as the parent of what it holds."""
        self.ancestors = (*self.ancestors, key)
        return self


def _control(form: CompiledForm, at: FormPlace, kind: str, **more: Any) -> Control:
    name = at.name + more.pop("suffix_name", "") if more.get("suffix_name") else control_name(at.name)
    more.pop("suffix_name", None)
    control = Control(
        name,
        at.pointer,
        dom_id(at.name),
        kind,
        at.label,
        help=at.help,
        placeholder=form.text(at.ui.placeholder),
        required=at.required,
        readonly=at.readonly,
        trigger=at.trigger,
        errors=at.errors,
        suffix=form.text(at.ui.unit),
        autocomplete=at.ui.autocomplete,
        **more,
    )
    if at.ui.width:
        control.width = at.ui.width
    return control


def widget_of(node: Node, ui: FieldUi) -> str:
    """Return the widget for a scalar: the declared one, else what format and type suggest."""
    asked = WIDGETS.get(ui.widget)
    if asked is not None and asked.place in ("value", "any"):
        return ui.widget
    suggested = by_format().get(str(node.keywords.get("format", "")), "")
    if suggested:
        return suggested
    if node.types & {"integer", "number"} and "string" not in node.types:
        return "number"
    longest = node.keywords.get("maxLength")
    return "textarea" if isinstance(longest, int) and _LONG_TEXT < longest <= 100_000 else "text"


def scalar_control(form: CompiledForm, node: Node, value: Any, at: FormPlace) -> Control:
    """Return the control of a text, number or mixed scalar."""
    if value is not ABSENT and value is not None and value != "" and not fits_text(node, value):
        return json_control(form, node, value, at)
    widget = widget_of(node, at.ui)
    empty = value is ABSENT or value is None or value == ""
    text = "" if empty else scalar_text(value)
    holds = WIDGETS[widget].holds
    if holds is not None and not (empty or (isinstance(value, str) and holds(value))):
        widget = "text"
    elif widget == "datetime":
        local = None if empty else local_datetime(value)
        widget, text = ("datetime", local or "") if empty or local else ("text", text)
        if node.keywords.get("format") != "date-time":
            widget = "text"
    if "\n" in text:
        widget = "textarea"
    control = _control(form, at, widget, text=text)
    known = WIDGETS[widget]
    _behave(form, control, known, node, at)
    if not empty:
        control.shown = _shown(known, value)
    examples = node.notes.get("examples")
    if isinstance(examples, list) and widget == "text":
        control.options = [Choosable(e, e) for e in examples if isinstance(e, str)]
    if value is None or value == "":
        control.hidden.append((at.name + "~empty", dump(value)))
    return control


def _behave(form: CompiledForm, control: Control, widget: Widget, node: Node, at: FormPlace) -> None:
    """Let a control behave as its widget says."""
    control.input_mode = widget.keyboard
    if widget.keyboard == "number":
        control.input_mode = "numeric" if node.types <= {"integer", "null"} else "decimal"
    if widget.wide and not at.ui.width:
        control.width = "full"
    control.rows = at.ui.rows or 4
    if widget.looks_up:
        # In a list of codes the settings stand at the list.
        whole = form.ui.of(at.pattern.removesuffix("/*"))
        asked = WIDGETS.get(at.ui.widget or whole.widget)
        what = asked.looks_up if asked is not None and asked.kind == widget.kind else widget.looks_up
        named = {TERMS: at.ui.taxonomy or whole.taxonomy, RECORDS: at.ui.entity or whole.entity}
        control.lookup = f"{widget.kind}:{named[what]}" if what in named else what[:-1]


def _shown(widget: Widget, value: Any) -> str:
    """Return a value as its kind is written for people; empty where that is the text of the control."""
    kind = KINDS.get(widget.kind)
    if kind is not None and kind.text is not None and kind.fits(value):
        return kind.text(value)
    return figure(value) if isinstance(value, float) else ""


def json_control(form: CompiledForm, node: Node, value: Any, at: FormPlace) -> Control:
    """Return the control that can hold any value: its JSON."""
    text = "" if value is ABSENT else any_text(value)
    if text.startswith("\n") or not same(read_any(text), value):
        text = "" if value is ABSENT else dump(value)
    control = _control(form, at, "json", text=text, suffix_name="~json", width="full")
    control.rows = min(max(text.count("\n") + 1, 2), 12)
    return control


def masked_control(node: Node, ui: FieldUi, value: Any, where: str, label: str) -> Static:
    """Return what stands for a masked value; the value itself never gets onto the page."""
    kind = ui.mask or mask_of(ui.widget, str(node.keywords.get("format", "")))
    shown = mask(kind, None if value is ABSENT else value)
    text = shown if isinstance(shown, str) else DOTS if shown else ""
    return Static(where, dom_id(where), label, text, masked=bool(text), width=ui.width or "half")


def choice_control(form: CompiledForm, node: Node, value: Any, at: FormPlace) -> Control:
    """Return the control for one of several options."""
    tokens = tokens_of(node)
    only_true = len(tokens.options) == 1 and tokens.options[0].value is True
    boolean = {type(o.value) for o in tokens.options} == {bool}
    ticks = boolean and tokens.options[0].value is True and (only_true or at.ui.widget == "checkbox")
    if ticks and (value is ABSENT or isinstance(value, bool)):
        control = _control(form, at, "checkbox", text="true")
        control.options = [Choosable("true", at.label, value is True)]
        if value is False or (value is ABSENT and at.required and not only_true):
            control.hidden.append((at.name + "~empty", "false"))
        return control
    chosen = "" if value is ABSENT else tokens.token(value)
    options = [_choosable(form, at, token, option, token == chosen) for token, option in tokens.pairs]
    if chosen and chosen not in tokens.values:
        text = value if isinstance(value, str) else dump(value)
        options.append(Choosable(chosen, text, True))
    few = len(options) <= _RADIO_LIMIT and (boolean or all(len(o.label) <= 24 for o in options))
    kind = (
        at.ui.widget
        if at.ui.widget in ("select", "radio")
        else "radio"
        if few and len(options) > 1
        else "select"
    )
    control = _control(form, at, kind, options=options, text=chosen)
    if any(len(o.label) > 40 for o in options) and not at.ui.width:
        control.width = "full"
    return control


def ticks_control(form: CompiledForm, item: Node, value: Any, at: FormPlace) -> Control:
    """Return the control for several of many options."""
    tokens = tokens_of(item)
    chosen = [] if value is ABSENT else [tokens.token(v) for v in value]
    options = [_choosable(form, at, token, option, token in chosen) for token, option in tokens.pairs]
    for token, own in zip(chosen, value or () if value is not ABSENT else (), strict=True):
        if token not in tokens.values:
            options.append(Choosable(token, own if isinstance(own, str) else dump(own), True))
    control = _control(form, at, "checkboxes", options=options)
    if not at.ui.width:
        control.width = "full"
    if value == []:
        control.hidden.append((at.name + "~present", "1"))
    if chosen != [o.token for o in options if o.selected]:
        control.hidden.append((at.name + "~order", dump(chosen)))
    return control


def _choosable(form: CompiledForm, at: FormPlace, token: str, option: Option, selected: bool) -> Choosable:
    label = form.text(at.ui.enum_labels.get(str(option.value))) if at.ui.enum_labels else ""
    label = label or form.text(option.label)
    if label:
        return Choosable(token, label, selected)
    if isinstance(option.value, bool):
        return Choosable(token, _BOOLEAN[option.value], selected, message=True)
    if option.value is None or option.value == "":
        return Choosable(token, EMPTY, selected, message=True)
    return Choosable(token, option.value if isinstance(option.value, str) else dump(option.value), selected)


__all__ = ["FormPlace", "choice_control", "json_control", "scalar_control", "ticks_control", "widget_of"]
