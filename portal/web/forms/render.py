"""Forms as HTML."""

from __future__ import annotations

import json
import secrets
from collections.abc import Hashable, Iterable, Iterator, Sequence
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Any
from weakref import WeakKeyDictionary

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from portal.core.errors import msg
from portal.core.forms import CompiledForm, FieldError, FormState, build_view
from portal.core.forms.state import NO_STATE
from portal.core.forms.view import Control, Group, Hidden, Item, Row, Rows, View
from portal.core.kept import Kept
from portal.web.forms.context import PLAIN, FormContext
from portal.web.forms.fields import ControlField, wtform

TEMPLATES = Path(__file__).parents[1] / "templates"
# Bodies of empty forms by what they follow from; there is nobody's data in them.
_EMPTY: WeakKeyDictionary[CompiledForm, Kept[Hashable, str]] = WeakKeyDictionary()
_MARK = f"refresh-{secrets.token_hex(16)}"
_MOST = 16


@lru_cache(maxsize=1)
def environment() -> Environment:
    """Return the template environment; it needs no web application."""
    return Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )


def render_form(
    form: CompiledForm,
    data: Any = None,
    errors: Sequence[FieldError] = (),
    *,
    state: FormState | None = None,
    context: FormContext | None = None,
    action_url: str = "",
    refresh_url: str = "",
    extra_hidden: Iterable[tuple[str, str]] = (),
    submit_label: str | None = None,
    cancel_url: str = "",
    form_id: str = "form",
    new: bool | None = None,
    notice: Markup | str = "",
    draft: str = "",
) -> Markup:
    """Return the whole form. Without ``data`` (or with ``new``) it is new, with its defaults filled in.

    ``notice`` stands above the fields; ``draft`` is the name under which the browser keeps what is typed.
    """
    context = context or PLAIN
    is_new = new or (new is None and data is None)
    if is_new and context.kept_for is not None and not errors and not state:
        body = _empty_body(form, context, refresh_url, form_id)
    else:
        start = form.initial() if is_new else data
        body = _Page(form, start, errors, state, context, refresh_url, form_id).html("forms/body.html")
    template = environment().get_template("forms/form.html")
    html = template.render(
        _=context.translate,
        body=Markup(notice) + body,
        form_id=form_id,
        draft=draft,
        action_url=action_url,
        extra_hidden=list(extra_hidden),
        submit_label=submit_label or context.translate(msg("Save")),
        cancel_url=cancel_url,
    )
    return Markup(html)


def render_body(
    form: CompiledForm,
    data: Any = None,
    errors: Sequence[FieldError] = (),
    *,
    state: FormState | None = None,
    context: FormContext | None = None,
    refresh_url: str = "",
    form_id: str = "form",
) -> Markup:
    """Return what is inside the form's body: the answer to a refresh."""
    start = form.initial() if data is None else data
    return _Page(form, start, errors, state, context, refresh_url, form_id).html("forms/body.html")


def _empty_body(form: CompiledForm, context: FormContext, refresh_url: str, form_id: str) -> Markup:
    """Return the body of a new form; kept for the next person, with a mark where the address goes."""
    key = (context.kept_for, context.upload_url, context.carry, form_id, bool(refresh_url))
    kept = _EMPTY.get(form)
    if kept is None:
        kept = _EMPTY.setdefault(form, Kept(_MOST))
    body = kept.get(key)
    if body is None:
        named: list[str] = []

        def label(kind: str, code: str) -> str | None:
            named.append(kind)
            return context.label(kind, code)

        asking = replace(context, label=label)
        where = _MARK if refresh_url else ""
        body = str(render_body(form, context=asking, refresh_url=where, form_id=form_id))
        if all(kind.startswith("taxonomy:") for kind in named):
            kept.put(key, body)  # a unit's name may change while the form does not: such a body is not kept
    return Markup(body.replace(_MARK, str(escape(refresh_url))))


class _Page:
    def __init__(
        self,
        form: CompiledForm,
        data: Any,
        errors: Sequence[FieldError],
        state: FormState | None,
        context: FormContext | None,
        refresh_url: str,
        form_id: str,
    ) -> None:
        self.context = context or PLAIN
        self.errors = errors
        self.refresh_url = refresh_url
        self.form_id = form_id
        self.view: View = build_view(
            form,
            data,
            errors,
            state=state or NO_STATE,
            env=self.context.env,
            carry=self.context.carry,
            translate=self.context.translate,
        )
        fields = wtform(_controls(item for section in self.view.sections for item in section.items))
        self.fields: dict[str, ControlField] = fields._fields
        self.personal = json.dumps(
            {
                kind: [where for where, ui in form.ui.fields.items() if ui.sensitivity == kind]
                for kind in ("sensitive", "personal")
            }
        )
        self.refresh = json.dumps({"_refresh": "1"})

    def html(self, template: str, **more: Any) -> Markup:
        """Return a template filled with this page."""
        text = (
            environment()
            .get_template(template)
            .render(page=self, view=self.view, _=self.context.translate, form_id=self.form_id, **more)
        )
        return Markup(text)

    def control(self, control: Control) -> Markup:
        """Return the HTML of one control, with everything that ties it to its label, help and errors."""
        attributes: dict[str, Any] = {"id": control.id, "data-pointer": control.pointer}
        described = self.described(control)
        if described:
            attributes["aria-describedby"] = described
        if control.required:
            attributes["aria-required"] = "true"
        if control.errors:
            attributes["aria-invalid"] = "true"
        if control.label_hidden:
            attributes["aria-label"] = control.label
        if control.trigger and self.refresh_url:
            attributes |= {"hx-post": self.refresh_url, "hx-trigger": "change", "hx-vals": self.refresh}
        elif control.trigger:
            attributes["data-trigger"] = "1"
        return self.fields[control.name].render(self.context, attributes)

    def described(self, control: Control) -> str:
        """Return the identifiers of the help and the errors of a control."""
        parts = (("-help", control.help), ("-error", control.errors))
        return " ".join(control.id + suffix for suffix, there in parts if there)

    def summary(self) -> list[tuple[str, str]]:
        """Return the target and the text of each line of the error summary, in the order of the page."""
        places = (place for section in self.view.sections for place in _ids(section.items))
        order = {place: index for index, place in enumerate(places)}
        lines = []
        for error in self.errors:
            text = error.text(self.context.translate)
            lines.append((self._target(error.pointer), f"{error.label}: {text}" if error.label else text))
        return sorted(lines, key=lambda line: order.get(line[0], -1))

    def _target(self, pointer: str) -> str:
        while pointer and pointer not in self.view.targets:
            pointer = pointer.rpartition("/")[0]
        return self.view.targets.get(pointer, "")

    def button(self) -> Markup:
        """Return the attributes that let a row button work without loading the page again."""
        return Markup(' hx-post="{}"').format(self.refresh_url) if self.refresh_url else Markup("")


def _ids(items: Iterable[Item]) -> Iterator[str]:
    """Yield the identifiers of what can be pointed at, in the order of the page."""
    for item in items:
        if isinstance(item, Hidden):
            continue
        yield item.id
        if isinstance(item, Group):
            yield from _ids(item.items)
        elif isinstance(item, Rows):
            for row in item.rows:
                yield from _ids(row.items)


def _controls(items: Iterable[Item]) -> Iterator[Control]:
    for item in items:
        if isinstance(item, Control):
            yield item
        elif isinstance(item, Group):
            yield from _controls(item.items)
        elif isinstance(item, Rows):
            for row in item.rows:
                yield from _row_controls(row)


def _row_controls(row: Row) -> Iterator[Control]:
    yield from _controls(row.items)
