"""Empty forms are kept for the next person: what is kept must hold nothing of a person, a language or a day."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

from portal.core.conditions import Env
from portal.core.forms import CompiledForm, FieldError, compile_form
from portal.web.forms import FormContext, render_form

DAY = dt.date(2026, 5, 6)
TEXT = {"type": "string"}


def form_of(properties: dict[str, Any], ui: dict[str, Any] | None = None) -> CompiledForm:
    return compile_form({"schema": {"type": "object", "properties": properties}, "ui": ui or {}}, lang="en")


def on(day: dt.date, **more: Any) -> FormContext:
    return FormContext(env=Env(today=day), kept_for=day, **more)


def test_an_empty_form_is_built_once_and_takes_the_address_of_each_page(monkeypatch):
    import portal.web.forms.render as rendering

    form = form_of({"a": {"enum": ["x", "y", "z", "w"]}, "l": {"type": "array", "items": TEXT}})
    built = []
    real = rendering.build_view
    monkeypatch.setattr(rendering, "build_view", lambda *a, **k: built.append(1) or real(*a, **k))
    kept = on(DAY)
    first = render_form(form, context=kept, action_url="/one", refresh_url='/one?parent="1"')
    second = render_form(form, context=kept, action_url="/two", refresh_url="/two?parent=2")
    assert len(built) == 1
    assert "/one?parent=&#34;1&#34;" in first
    assert "/two?parent=2" in second
    assert "/one" not in second
    assert "refresh-" not in second
    plain = FormContext(env=Env(today=DAY))
    assert second == render_form(form, context=plain, action_url="/two", refresh_url="/two?parent=2")
    no_address = render_form(form, context=kept)
    assert no_address == render_form(form, context=plain)


def test_a_form_that_somebody_filled_in_is_never_kept():
    form = form_of({"a": TEXT, "b": TEXT})
    kept = on(DAY)
    wrong = [FieldError("/b", "x", "Wrong: %(what)s", {"what": "SECRET-ERROR"}, "B")]
    assert "SECRET-VALUE" in render_form(form, {"a": "SECRET-VALUE"}, context=kept)
    assert "SECRET-ERROR" in render_form(form, None, wrong, context=kept)
    assert "SECRET" not in render_form(form, context=kept)
    assert "SECRET-VALUE" in render_form(form, {"a": "SECRET-VALUE"}, context=kept)
    assert "SECRET" not in render_form(form, context=kept)


def test_each_language_and_each_release_has_an_empty_form_of_its_own():
    schema = {"type": "object", "properties": {"a": {"enum": ["x", "y", "z", "w"]}}, "required": ["a"]}
    form = compile_form({"schema": schema})

    def page(lang: str, release: str, say: Callable[[str], Any]) -> str:
        return str(render_form(form, context=FormContext(translate=say, kept_for=(release, lang))))

    assert "Please choose" in page("en", "r1", str)
    assert "请选择" in page("zh_Hans", "r1", lambda text: {"Please choose": "请选择"}.get(text, text))
    assert "Please choose" in page("en", "r1", str)
    assert "Choose, please" in page(
        "en", "r2", lambda text: {"Please choose": "Choose, please"}.get(text, text)
    )


def test_the_day_decides_what_an_empty_form_shows():
    properties = {"a": {**TEXT, "format": "date", "default": "2026-05-06"}, "b": {**TEXT, "title": "Recent"}}
    form = form_of(properties, {"fields": {"/b": {"when": {"field": "/a", "op": "within_days", "value": 3}}}})
    assert "Recent" in render_form(form, context=on(dt.date(2026, 5, 6)))
    assert "Recent" not in render_form(form, context=on(dt.date(2026, 6, 6)))


def test_the_name_of_a_unit_is_asked_for_each_time():
    properties = {"u": {**TEXT, "format": "unit-code", "default": "530112"}}
    form = form_of(properties)
    for name in ("Xishan", "Renamed"):
        html = render_form(form, context=on(DAY, label=lambda kind, code, name=name: name))
        assert name in html


def test_the_data_of_a_new_form_is_each_persons_own():
    form = form_of({"l": {"type": "array", "items": TEXT, "default": ["x"]}})
    form.initial()["l"].append("SECRET")
    assert form.initial() == {"l": ["x"]}
