"""Forms as HTML."""

from __future__ import annotations

import json
import secrets
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Any
from weakref import WeakKeyDictionary

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from portal.core.errors import fill, msg
from portal.core.forms import CompiledForm, FieldError, FormState, build_view
from portal.core.forms.presets import prefilled
from portal.core.forms.state import NO_STATE
from portal.core.forms.view import Control, Fold, Group, Hidden, Item, Row, Rows, SectionView, View
from portal.core.kept import Kept
from portal.web.forms.context import PLAIN, FormContext
from portal.web.forms.fields import ControlField, wtform
from portal.web.forms.told import control_text

TEMPLATES = Path(__file__).parents[1] / "templates"
# Bodies of empty forms by what they follow from; there is nobody's data in them.
_Named = tuple[str, str, str | None]  # a code that was named in it: its kind, the code, its name
_EMPTY: WeakKeyDictionary[CompiledForm, Kept[Hashable, tuple[str, list[_Named]]]] = WeakKeyDictionary()
TODAY = msg("Today, %(day)s")
FILLED, BLANK = msg("%(n)s filled in"), msg("Not filled in")
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
    presets: Mapping[str, Any] | None = None,
    further: Sequence[tuple[str, str]] = (),
) -> Markup:
    """Return the whole form. Without ``data`` (or with ``new``) it is new, with its defaults filled in.

    ``notice`` stands above the fields; ``draft`` is the name under which the browser keeps what is typed.
    ``presets`` are values that a new form brings along; ``further`` are buttons beside the first: name and words.
    """
    context = context or PLAIN
    is_new = new or (new is None and data is None)
    if is_new and context.kept_for is not None and not errors and not state:
        body = _empty_body(form, context, refresh_url, form_id, presets or {})
    else:
        start = prefilled(form, presets or {}) if is_new else data
        page = _Page(form, start, errors, state, context, refresh_url, form_id, focus=is_new and not errors)
        body = page.html("forms/body.html")
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
        further=further,
        shortcuts=_shortcuts(form, body),
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


def _empty_body(
    form: CompiledForm, context: FormContext, refresh_url: str, form_id: str, presets: Mapping[str, Any]
) -> Markup:
    """Return the body of a new form; kept for the next person, with a mark where the address goes.

    The name of a unit may change while the form does not: each that stands in it is asked for again.
    """
    brought = json.dumps(presets, sort_keys=True)
    key = (context.kept_for, context.upload_url, context.carry, form_id, bool(refresh_url), brought)
    kept = _EMPTY.get(form)
    if kept is None:
        kept = _EMPTY.setdefault(form, Kept(_MOST))
    found = kept.get(key)
    if found is None or any(context.label(kind, code) != name for kind, code, name in found[1]):
        named: list[_Named] = []

        def label(kind: str, code: str) -> str | None:
            name = context.label(kind, code)
            if not kind.startswith("taxonomy:"):
                named.append((kind, code, name))
            return name

        asking = replace(context, label=label)
        where = _MARK if refresh_url else ""
        start = prefilled(form, presets)
        page = _Page(form, start, (), None, asking, where, form_id, focus=True)
        found = str(page.html("forms/body.html")), named
        kept.put(key, found)
    return Markup(found[0].replace(_MARK, str(escape(refresh_url))))


def _shortcuts(form: CompiledForm, body: str) -> list[tuple[str, str]]:
    """Return the buttons that lead to a section from everywhere: where to, and their words."""
    told = ((f"s-{one.id}", form.text(one.shortcut)) for one in form.ui.sections.values() if one.shortcut)
    return [(where, words) for where, words in told if f'id="{where}"' in body]


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
        focus: bool = False,
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
        fields = wtform(_controls(item for section in self.view.sections for item in _all(section)))
        self.fields: dict[str, ControlField] = fields._fields
        self.personal = json.dumps(
            {
                kind: [where for where, ui in form.ui.fields.items() if ui.sensitivity == kind]
                for kind in ("sensitive", "personal")
            }
        )
        self.refresh = json.dumps({"_refresh": "1"})
        first = self.view.sections[0] if self.view.sections and form.ui.first and focus else None
        self.focus = next((one.id for one in _controls(first.items)), "") if first else ""

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
        if control.id == self.focus:
            attributes["autofocus"] = True
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
        places = (place for section in self.view.sections for place in _ids(_all(section)))
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

    def told(self, control: Control) -> tuple[str, Markup | str]:
        """Return the label and the value of a control, as people read them; of today it is said that it is."""
        text = control_text(control, self.context)
        day = self.context.env.today if self.context.env else None
        if control.kind == "date" and day is not None and control.text == day.isoformat():
            text = fill(self.context.translate(TODAY), {"day": self.context.day(day, False)})
        return control.label, text

    def holds(self, items: Iterable[Item]) -> str:
        """Return what a fold holds: the labels of what can be filled in."""
        labels = dict.fromkeys(item.label for item in items if not isinstance(item, Hidden | Fold))
        return self.context.translate(msg(", ")).join(labels)

    def state(self, filled: int) -> str:
        """Return how much of a fold is filled in, in words."""
        translate = self.context.translate
        return fill(translate(FILLED), {"n": filled}) if filled else translate(BLANK)

    @property
    def words_of_folds(self) -> str:
        """Return the words of the script about folds, as JSON."""
        translate = self.context.translate
        return json.dumps({"filled": fill(translate(FILLED), {"n": "{n}"}), "blank": translate(BLANK)})

    def button(self) -> Markup:
        """Return the attributes that let a row button work without loading the page again."""
        return Markup(' hx-post="{}"').format(self.refresh_url) if self.refresh_url else Markup("")


def _all(section: SectionView) -> list[Item]:
    return [*section.line, *section.items]


def _ids(items: Iterable[Item]) -> Iterator[str]:
    """Yield the identifiers of what can be pointed at, in the order of the page."""
    for item in items:
        if isinstance(item, Hidden):
            continue
        yield item.id
        if isinstance(item, Group | Fold):
            yield from _ids(item.items)
        elif isinstance(item, Rows):
            for row in item.rows:
                yield from _ids(row.items)


def _controls(items: Iterable[Item]) -> Iterator[Control]:
    for item in items:
        if isinstance(item, Control):
            yield item
        elif isinstance(item, Group | Fold):
            yield from _controls(item.items)
        elif isinstance(item, Rows):
            for row in item.rows:
                yield from _row_controls(row)


def _row_controls(row: Row) -> Iterator[Control]:
    yield from _controls(row.items)
