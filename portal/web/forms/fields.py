"""WTForms fields for the controls of a form, by kind."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from markupsafe import Markup, escape
from wtforms.fields.core import Field, UnboundField
from wtforms.form import BaseForm

from portal.core.errors import msg
from portal.core.forms.view import Choosable, Control
from portal.core.pointer import pattern_of
from portal.core.widgets import WIDGETS
from portal.web.forms.context import FormContext
from portal.web.forms.picker import offers_html, picker_words


def attributes_html(attributes: dict[str, Any]) -> str:
    """Return HTML attributes with a space before each; ``True`` is an attribute without a value."""
    return "".join(
        f" {name}" if value is True else f' {name}="{escape(value)}"' for name, value in attributes.items()
    )


class Input:
    """The widget of an ``input`` element; several times faster than the one of WTForms."""

    def __init__(self, kind: str = "text") -> None:
        self.kind = kind

    def __call__(self, field: ControlField, **attributes: Any) -> Markup:
        """Return the element."""
        own = {"type": self.kind, "name": field.control.name, "value": field.control.text, **attributes}
        return Markup(f"<input{attributes_html(own)}>")


class ControlField(Field):
    """The field of one control; its text and its options come from the view, never from the request."""

    widget = Input()
    css = "form-control"

    def __init__(self, label: str | None = None, *, control: Control, **more: Any) -> None:
        super().__init__(label, **more)
        self.control = control

    def _value(self) -> str:
        return self.control.text

    def render(self, context: FormContext, attributes: dict[str, Any]) -> Markup:
        """Return the control as HTML."""
        control = self.control
        if control.readonly:
            attributes["readonly"] = True
        if control.placeholder:
            attributes["placeholder"] = control.placeholder
        if control.input_mode:
            attributes["inputmode"] = control.input_mode
        if control.autocomplete:
            attributes["autocomplete"] = control.autocomplete
        attributes["class"] = self.css + (" is-invalid" if control.errors else "")
        return Markup(self.widget(self, **attributes))


class TextField(ControlField):
    """One line of text, with suggestions where the schema gives examples."""

    def render(self, context: FormContext, attributes: dict[str, Any]) -> Markup:
        """Return the input and its list of suggestions."""
        control = self.control
        if not control.options:
            return super().render(context, attributes)
        attributes["list"] = control.id + "-list"
        options = "".join(f'<option value="{escape(o.token)}"></option>' for o in control.options)
        return super().render(context, attributes) + Markup(
            f'<datalist id="{control.id}-list">{options}</datalist>'
        )


class TextAreaField(ControlField):
    """Several lines of text."""

    def render(self, context: FormContext, attributes: dict[str, Any]) -> Markup:
        """Return the text area; its text stands right after the tag, for a browser drops a first line end."""
        control = self.control
        attributes |= {"rows": control.rows, "class": self.css + (" is-invalid" if control.errors else "")}
        if control.readonly:
            attributes["readonly"] = True
        if control.placeholder:
            attributes["placeholder"] = control.placeholder
        params = attributes_html({"name": control.name, **attributes})
        return Markup(f"<textarea{params}>{escape(control.text)}</textarea>")


class JsonField(TextAreaField):
    """Any value, as JSON: the fallback for what no other control can hold."""

    css = "form-control font-monospace"


class DateField(ControlField):
    """A day."""

    widget = Input("date")


class DateTimeField(ControlField):
    """A day with time, in local time."""

    widget = Input("datetime-local")

    def render(self, context: FormContext, attributes: dict[str, Any]) -> Markup:
        """Return the input; seconds are kept."""
        return super().render(context, {"step": "1", **attributes})


class TimeField(ControlField):
    """A time of day."""

    widget = Input("time")


class PhoneField(ControlField):
    """A telephone number."""

    widget = Input("tel")


class NumberField(ControlField):
    """A number, as text: a native number control would lose what it cannot read."""

    css = "form-control number"


class SelectField(ControlField):
    """One of several options."""

    css = "form-select"

    def render(self, context: FormContext, attributes: dict[str, Any]) -> Markup:
        """Return the list; read-only lists are disabled and their value travels beside them."""
        control = self.control
        attributes["class"] = self.css + (" is-invalid" if control.errors else "")
        name = control.name
        beside = Markup("")
        if control.readonly:
            attributes["disabled"] = True
            if control.text:
                beside = Markup('<input type="hidden" name="{}" value="{}">').format(name, control.text)
        blank = context.translate(msg("Please choose")) if control.required else ""
        params = attributes_html({"name": name, **attributes})
        parts = [f'<select{params}><option value="">{escape(blank)}</option>']
        for option in control.options:
            chosen = " selected" if option.selected else ""
            parts.append(
                f'<option value="{escape(option.token)}"{chosen}>{escape(_text(option, context))}</option>'
            )
        parts.append("</select>")
        return Markup("".join(parts)) + beside


class TicksField(ControlField):
    """Radio buttons or check boxes."""

    kind = "radio"

    def render(self, context: FormContext, attributes: dict[str, Any]) -> Markup:
        """Return one line for each option."""
        control = self.control
        shared = {k: v for k, v in attributes.items() if k not in ("id", "aria-describedby", "aria-required")}
        shared |= {"type": self.kind, "name": control.name}
        if control.readonly:
            shared["disabled"] = True
        shared["class"] = "form-check-input" + (" is-invalid" if control.errors else "")
        params = attributes_html(shared)
        options = control.options
        if self.kind == "radio" and not control.required:
            none = not any(o.selected for o in options)
            options = [*options, Choosable("", context.translate(msg("Not stated")), none)]
        parts = []
        for number, option in enumerate(options):
            own = control.id if number == 0 else f"{control.id}-{number}"
            checked = " checked" if option.selected else ""
            value, text = escape(option.token), escape(_text(option, context))
            parts.append(
                f'<label class="form-check form-check-inline" for="{own}">'
                f'<input id="{own}" value="{value}"{params}{checked}>'
                f'<span class="form-check-label">{text}</span></label>'
            )
            if control.readonly and option.selected and option.token:
                parts.append(
                    f'<input type="hidden" name="{escape(control.name)}" value="{escape(option.token)}">'
                )
        return Markup("".join(parts))


class ChecksField(TicksField):
    """Several of many options."""

    kind = "checkbox"


class CheckboxField(TicksField):
    """A single statement to agree to."""

    kind = "checkbox"


class LookupField(ControlField):
    """A code from a tree: a text control that the page's script turns into a searchable list."""

    def render(self, context: FormContext, attributes: dict[str, Any]) -> Markup:
        """Return the input with the address of its look-up and the path of its value, or what may be meant by it."""
        control = self.control
        pattern = pattern_of(control.pointer)
        url = context.address(pattern, control.lookup)
        shown = context.label(control.lookup, control.text) if control.text else None
        offers = None
        if shown and control.readonly and context.names_codes:
            read = {"type": "text", "value": shown, "readonly": True, "class": self.css, **attributes}
            return Markup(f"<input{attributes_html(read)}>")
        if url and not control.readonly:
            attributes |= {"data-lookup": url, "data-label": shown or control.text, "autocomplete": "off"}
            attributes["data-words"] = picker_words(context.translate)
            if shown:
                attributes["data-known"] = True
            elif control.text:
                offers = context.offers(pattern, control.text)
        html = super().render(context, attributes)
        if shown:
            html += Markup('<span class="form-hint lookup-label">{}</span>').format(shown)
        if offers is not None:
            html += offers_html(control.name, control.id, control.text, offers, said=not control.errors)
        if url and not control.readonly and not control.trigger:
            html += Markup(
                '<noscript><button class="btn btn-sm" type="submit" name="_refresh" value="1">{}</button></noscript>'
            ).format(context.translate(msg("Find")))
        return html


class FileField(ControlField):
    """An uploaded file: the control holds its identifier, the page's script offers the upload."""

    def render(self, context: FormContext, attributes: dict[str, Any]) -> Markup:
        """Return the input with the address that takes files."""
        control = self.control
        if context.upload_url and not control.readonly:
            attributes["data-upload"] = context.upload_url
            attributes["data-choose"] = context.translate(msg("Choose a file"))
            attributes["data-failed"] = context.translate(msg("The file could not be uploaded"))
            attributes["data-remove"] = context.translate(msg("Remove the file"))
            attributes["data-under-way"] = context.translate(msg("Being uploaded"))
            attributes["data-refused"] = context.translate(msg("Not taken"))
            attributes["data-still"] = context.translate(msg("Still in the form"))
        label = context.label("attachment", control.text) if control.text else ""
        if label:
            attributes["data-label"] = label
        return super().render(context, attributes)


# How each widget is drawn; widgets that are drawn alike name one of these.
FIELD_TYPES: dict[str, type[ControlField]] = {
    "text": TextField,
    "number": NumberField,
    "phone": PhoneField,
    "textarea": TextAreaField,
    "json": JsonField,
    "date": DateField,
    "datetime": DateTimeField,
    "time": TimeField,
    "select": SelectField,
    "radio": TicksField,
    "checkbox": CheckboxField,
    "checkboxes": ChecksField,
    "unit": LookupField,
    "taxonomy": LookupField,
    "file": FileField,
}


def wtform(controls: Iterable[Control]) -> BaseForm:
    """Return a WTForms form with one field for each control; an unknown kind is a plain text field."""
    fields = {
        control.name: UnboundField(_drawn(control.kind), control.label, control=control)
        for control in controls
    }
    return BaseForm(fields)


def _drawn(kind: str) -> type[ControlField]:
    widget = WIDGETS.get(kind)
    return FIELD_TYPES.get(widget.field if widget else "", TextField)


def _text(option: Choosable, context: FormContext) -> str:
    return context.translate(option.label) if option.message else option.label
