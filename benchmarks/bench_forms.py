"""CPU time of rendering and reading a case form of 22 fields with one list; ``python benchmarks/bench_forms.py``."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from portal.core.forms import compile_form, parse_body, validate
from portal.web.forms import FormContext, render_form

TEXT: dict[str, Any] = {"type": "string"}
PROPERTIES: dict[str, Any] = {
    **{f"text_{i}": {**TEXT, "title": f"字段 {i}"} for i in range(10)},
    "day": {**TEXT, "format": "date"},
    "until": {**TEXT, "format": "date"},
    "amount": {"type": "number"},
    "people": {"type": "integer"},
    "sudden": {"type": "boolean"},
    "summary": {**TEXT, "maxLength": 1000},
    "channel": {"enum": ["a", "b", "c", "d", "e"]},
    "kind": {"oneOf": [{"const": "x", "title": "自然人"}, {"const": "y", "title": "法人"}]},
    "needs": {"type": "array", "items": {"enum": ["p", "q", "r"]}},
    "phone": {**TEXT, "format": "cn-phone"},
    "place": {**TEXT, "format": "unit-code"},
    "rows": {"type": "array", "items": {"type": "object", "properties": {"a": TEXT, "b": TEXT, "c": TEXT}}},
}
SCHEMA = {
    "type": "object",
    "properties": PROPERTIES,
    "if": {"properties": {"channel": {"const": "a"}}, "required": ["channel"]},
    "then": {"properties": {"extra": TEXT}},
}
DATA = {"text_1": "x", "channel": "a", "rows": [{"a": "1"}, {"b": "2"}]}
BODY = [("/text_1", "x"), ("/channel", "a"), ("/rows/0/a", "1"), ("/rows/1/b", "2")]


def milliseconds(action: Callable[[], Any], rounds: int = 40, calls: int = 25) -> float:
    """Return the best CPU time of one call."""
    best = float("inf")
    for _ in range(rounds):
        start = time.process_time()
        for _ in range(calls):
            action()
        best = min(best, (time.process_time() - start) / calls)
    return best * 1000


if __name__ == "__main__":
    form = compile_form({"schema": SCHEMA})
    context = FormContext()
    print(
        f"render   {milliseconds(lambda: render_form(form, DATA, context=context, refresh_url='/r')):6.2f} ms"
    )
    print(f"parse    {milliseconds(lambda: parse_body(form, BODY)):6.2f} ms")
    print(f"validate {milliseconds(lambda: validate(form, DATA)):6.2f} ms")
