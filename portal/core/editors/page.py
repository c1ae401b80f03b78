"""One page of an editor with its value: the form that shows it, and what a person entered into it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from portal.core import pointer as pointers
from portal.core.drafts import Change
from portal.core.editors.changes import changes
from portal.core.editors.choices import Choices
from portal.core.editors.controls import Builder, compiled
from portal.core.editors.converting import ABSENT, Converter, whole
from portal.core.editors.places import Page
from portal.core.editors.shapes import VALUE
from portal.core.errors import Translator, msg
from portal.core.forms import CompiledForm, build_view, parse_body
from portal.core.forms.state import NO_STATE, FormState
from portal.core.forms.validate import FieldError
from portal.core.forms.view import View
from portal.core.text import DEFAULT_LANGUAGE

# A draft may be unfinished: what is still missing is told by its check, not at the control.
_LATER = frozenset({"form.required", "required"})
_TWICE = msg("“%(name)s” stands here twice")


@dataclass(frozen=True, slots=True)
class Entered:
    """What a person entered: the new value, its changes, what is wrong, and what to remember for the page."""

    value: Any
    changes: tuple[Change, ...]
    errors: tuple[FieldError, ...] = ()
    action: str = ""
    state: FormState = NO_STATE
    data: Any = None


@dataclass
class EditedPage:
    """A page and the value that it shows; ``apart`` are places of texts that are written in each language."""

    page: Page
    value: Any
    choices: Choices
    translate: Translator = str
    lang: str = DEFAULT_LANGUAGE
    apart: frozenset[str] = frozenset()
    readonly: frozenset[str] = frozenset()  # places of the form that are shown, not entered

    @cached_property
    def converter(self) -> Converter:
        """Return what turns the value into data of the form."""
        found = Converter(set(self.apart))
        if self.page.form is not None and self.value is not ABSENT:
            found.scan(self.page.form, self.value)
        return found

    @property
    def single(self) -> bool:
        """Tell whether the page shows one value only, not a group."""
        return self.page.form is not None and whole(self.page.form).kind != "group"

    @cached_property
    def data(self) -> Any:
        """Return the data of the form."""
        start = pointers.join([VALUE]) if self.single else ""
        if self.page.form is None or self.value is ABSENT:
            return {}
        data = self.converter.data(self.page.form, self.value, "", start)
        if data is ABSENT:
            return {}
        return {VALUE: data} if self.single else data

    @cached_property
    def builder(self) -> Builder:
        """Return the maker of the form, with what it found out of its controls."""
        made = Builder(self.translate, self._few, self.converter.spoken, tuple(self.converter.languages))
        self._definition = made.definition(self.page.form, self.value) if self.page.form is not None else {}
        return made

    def _few(self, ref: str) -> list[tuple[str, str]]:
        return [(one.code, one.label) for one in self.choices.of(ref)]

    @cached_property
    def form(self) -> CompiledForm:
        """Return the compiled form of the page."""
        assert self.builder
        return compiled(self._definition, self.lang, self.readonly)

    def view(
        self, errors: Iterable[FieldError] = (), state: FormState = NO_STATE, data: Any = ABSENT
    ) -> View:
        """Return what the page shows; ``data`` and ``state`` are those of a body that comes back."""
        shown = self.data if data is ABSENT else data
        return build_view(self.form, shown, errors, state=state, translate=self.translate)

    def entered(self, pairs: Iterable[tuple[str, str]]) -> Entered:
        """Return what a body says: the new value with its changes, or what is wrong with it."""
        assert self.page.form is not None
        parsed = parse_body(self.form, pairs, self.data)
        back = Converter(self.converter.spoken, list(self.converter.languages))
        before = self.value
        start = pointers.join([VALUE]) if self.single else ""
        given = parsed.data.get(VALUE, ABSENT) if self.single else parsed.data
        value = back.value(self.page.form, given, before, start)
        if value == {} and before is ABSENT:
            value = ABSENT
        errors = [one for one in parsed.errors if one.code not in _LATER]
        errors += [
            FieldError(where, "editor.twice", _TWICE, {"name": key}) for where, key in back.twice.items()
        ]
        made = () if errors else tuple(changes(before, value, self.page.pointer))
        return Entered(value, made, tuple(errors), parsed.action or "", parsed.state, parsed.data)

    def where(self, pointer: str) -> str:
        """Return the place in the form of a pointer of the bundle, or of what is around it; empty for the page."""
        assert self.data is not None
        inner = pointer.removeprefix(self.page.pointer)
        while inner and inner not in self.converter.where:
            inner = inner.rpartition("/")[0]
        return self.converter.where.get(inner, "")

    @cached_property
    def pointers(self) -> dict[str, str]:
        """Return the pointer of the bundle of each place in the form that has a value."""
        assert self.data is not None
        return {there: self.page.pointer + here for here, there in self.converter.where.items()}
