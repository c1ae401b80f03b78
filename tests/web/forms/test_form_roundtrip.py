"""A page that is sent back unchanged gives the same data, and the verdict is jsonschema's."""

from __future__ import annotations

import json
import random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from portal.core.forms import CompiledForm, compile_form, is_valid, parse_body
from portal.web.forms import FormContext, render_form
from tests.web.forms.browser import read_page
from tests.web.forms.instances import Maker, mutate
from tests.web.forms.samples import INSTANCES, SCHEMAS

CONTEXT = FormContext(carry=True)


def canonical(value: Any) -> str:
    return json.dumps(value, sort_keys=True)


def check(form: CompiledForm, data: Any) -> None:
    page = read_page(str(render_form(form, data, context=CONTEXT, new=False)))
    parsed = parse_body(form, page.pairs, carry=True)
    assert canonical(parsed.data) == canonical(data)
    assert is_valid(form, data) is not bool(parsed.errors)
    assert len(page.ids) == len(set(page.ids))
    assert page.inline == []


@pytest.mark.parametrize("name", SCHEMAS)
def test_samples_come_back_unchanged(name):
    form = compile_form({"schema": SCHEMAS[name]})
    render_form(form, context=CONTEXT)
    rng = random.Random(name)
    instances = list(INSTANCES.get(name, [{}]))
    maker = Maker(form.document, rng)
    instances += [maker.make() for _ in range(5)]
    instances += [mutate(data, rng) for data in instances for _ in range(4)]
    for data in instances:
        check(form, data)


texts = st.text(st.characters(codec=None), max_size=12) | st.sampled_from(
    ["", "~", "~0", "5", "true", "\r\n", "\n", '"']
)
scalars = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | texts
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=8,
)


@settings(max_examples=150, deadline=None)
@given(data=values, name=st.sampled_from(sorted(SCHEMAS)))
def test_any_json_comes_back_from_any_form(name, data):
    check(compile_form({"schema": SCHEMAS[name]}), data)


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_any_value_in_any_field_comes_back(data):
    name = data.draw(
        st.sampled_from([n for n, s in SCHEMAS.items() if isinstance(s, dict) and s.get("properties")])
    )
    names = list(SCHEMAS[name]["properties"])
    check(
        compile_form({"schema": SCHEMAS[name]}),
        data.draw(st.dictionaries(st.sampled_from(names), values, max_size=4)),
    )
