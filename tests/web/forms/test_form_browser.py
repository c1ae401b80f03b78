"""A form in a real browser: fields follow, rows come and go, nothing typed is lost."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect
from werkzeug.serving import make_server
from werkzeug.wrappers import Request, Response

from portal.core.forms import compile_form, parse_body
from portal.web.forms import FormContext, render_body, render_form

pytestmark = pytest.mark.browser
STATIC = Path(__file__).parents[3] / "portal" / "web" / "static"
CSP = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:"
PAGE = """<!doctype html><html lang="zh-CN"><head><meta charset="utf-8"><title>Form</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="htmx-config" content='{"includeIndicatorStyles":false,"allowEval":false,"defaultSettleDelay":0}'>
<link rel="stylesheet" href="/static/vendor/tabler.css"><link rel="stylesheet" href="/static/portal.css">
<link rel="stylesheet" href="/static/forms.css"><script src="/static/vendor/htmx.min.js" defer></script>
<script src="/static/pickers.js" defer></script>
<script src="/static/forms.js" defer></script></head><body><main><h1>Form</h1>%s</main></body></html>"""
DEFINITION = {
    "schema": {
        "type": "object",
        "required": ["name", "kind"],
        "properties": {
            "name": {"type": "string", "title": "Name"},
            "kind": {"enum": ["person", "company", "other", "none"], "title": "Kind"},
            "unit": {"type": "string", "format": "unit-code", "title": "Unit"},
            "rows": {
                "type": "array",
                "title": "Row",
                "items": {"type": "object", "properties": {"n": {"type": "string", "title": "Number"}}},
            },
            "last": {"type": "string", "title": "Last"},
        },
        "if": {"properties": {"kind": {"const": "company"}}, "required": ["kind"]},
        "then": {"properties": {"licence": {"type": "string", "title": "Licence"}}, "required": ["licence"]},
    },
    "ui": {"fields": {"/last": {"when": {"field": "/kind", "op": "eq", "value": "person"}}}},
}
UNITS = [
    {"code": "5301", "label": "昆明市", "path": "", "leaf": False},
    {"code": "530112", "label": "西山区", "path": "昆明市", "leaf": True},
]


class Site:
    """A page with one form, as any view would serve it."""

    def __init__(self) -> None:
        self.form = compile_form(DEFINITION)
        self.saved: list[Any] = []
        self.refreshes = 0
        self.gate = threading.Event()  # a refresh waits here while it is closed
        self.gate.set()
        self.context = FormContext(lookups={"unit": "/units"}, label=lambda kind, code: None)

    def __call__(self, environ: Any, start_response: Any) -> Any:
        return self.answer(Request(environ))(environ, start_response)

    def answer(self, request: Request) -> Response:
        if request.path.startswith("/static/"):
            kind = {".js": "text/javascript", ".css": "text/css"}.get(Path(request.path).suffix, "")
            file = STATIC / request.path.removeprefix("/static/")
            return Response(file.read_bytes() if file.is_file() else b"", mimetype=kind or "image/svg+xml")
        if request.path == "/units":
            found = [u for u in UNITS if request.args.get("q", "") in u["label"]]
            return Response(json.dumps(found), mimetype="application/json")
        if request.method == "GET":
            return self.page(render_form(self.form, context=self.context, action_url="/", refresh_url="/"))
        parsed = parse_body(self.form, list(request.form.items(multi=True)))
        if "HX-Request" in request.headers:
            self.refreshes += 1
            self.gate.wait(20)
            more = {"state": parsed.state, "context": self.context, "refresh_url": "/"}
            return Response(render_body(self.form, parsed.data, **more), mimetype="text/html")
        if parsed.action or parsed.errors:
            more = {"state": parsed.state, "context": self.context, "refresh_url": "/", "action_url": "/"}
            return self.page(render_form(self.form, parsed.data, parsed.errors, **more))
        self.saved.append(parsed.data)
        return self.page("<p id=saved>saved</p>")

    def page(self, body: str) -> Response:
        return Response(PAGE % body, mimetype="text/html", headers={"Content-Security-Policy": CSP})


@pytest.fixture
def site() -> Iterator[tuple[Site, str]]:
    site = Site()
    server = make_server("127.0.0.1", 0, site, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield site, f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    thread.join()
    server.server_close()


def test_fields_follow_and_nothing_is_lost(site, chromium):
    served, url = site
    page = chromium.new_page()
    faults: list[str] = []
    page.on("console", lambda m: faults.append(m.text) if m.type in ("error", "warning") else None)
    page.on("pageerror", lambda e: faults.append(str(e)))
    page.goto(url)
    page.fill("[name='/name']", "张三")
    page.keyboard.press("Enter")
    assert served.saved == []
    page.focus("[name='/kind']")
    page.select_option("[name='/kind']", "company")
    page.wait_for_selector("[name='/licence']")
    assert page.input_value("[name='/name']") == "张三"
    assert page.evaluate("document.activeElement.name") == "/kind"
    page.fill("[name='/licence']", "L-1")
    page.select_option("[name='/kind']", "person")
    page.wait_for_selector("[name='/last']")
    assert page.locator("[name='/licence']:visible").count() == 0
    page.select_option("[name='/kind']", "company")
    page.wait_for_selector("[name='/licence']:visible")
    assert page.input_value("[name='/licence']") == "L-1"
    page.click("button[name='_add:/rows']")
    page.wait_for_selector("[name='/rows/0/n']")
    assert page.evaluate("document.activeElement.name") == "/rows/0/n"
    page.keyboard.type("one")
    page.click("button[name='_add:/rows']")
    page.wait_for_selector("[name='/rows/1/n']")
    page.fill("[name='/rows/1/n']", "two")
    page.click("button[name='_up:/rows/1']")
    expect(page.locator("[name='/rows/0/n']")).to_have_value("two")
    page.click("[role=combobox]")
    page.wait_for_selector("[role=option]")
    page.fill("[role=combobox]", "西山")
    expect(page.locator("[role=option]")).to_have_count(1)
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    assert page.input_value("[name='/unit']") == "530112"
    page.click("text=Save")
    page.wait_for_selector("#saved")
    rows = [{"n": "two"}, {"n": "one"}]
    assert served.saved == [
        {"name": "张三", "kind": "company", "licence": "L-1", "unit": "530112", "rows": rows}
    ]
    assert served.refreshes >= 5
    assert faults == []


def test_a_search_goes_on_when_the_form_is_refreshed(site, chromium):
    served, url = site
    page = chromium.new_page()
    page.goto(url)
    served.gate.clear()
    page.select_option("[name='/kind']", "company")
    page.fill("[role=combobox]", "西山")
    expect(page.locator("[role=option]")).to_have_count(1)
    served.gate.set()
    page.wait_for_selector("[name='/licence']")
    assert page.input_value("[role=combobox]") == "西山"
    page.locator("[role=option]").filter(has_text="西山区").click()
    assert page.input_value("[name='/unit']") == "530112"


def test_errors_are_announced_and_lead_to_their_fields(site, chromium):
    _, url = site
    page = chromium.new_page()
    page.goto(url)
    page.click("text=Save")
    summary = page.wait_for_selector(".error-summary[role=alert]")
    # The script that moves the focus runs after the page is there.
    expect(page.locator(".error-summary")).to_be_focused()
    assert [a.inner_text() for a in summary.query_selector_all("a")] == [
        "Name: Fill in this field",
        "Kind: Fill in this field",
    ]
    page.click(".error-summary a >> nth=1")
    assert page.evaluate("document.activeElement.name") == "/kind"
    assert page.get_attribute("[name='/name']", "aria-invalid") == "true"


def test_everything_works_without_javascript(site, chromium):
    served, url = site
    page = chromium.new_context(java_script_enabled=False).new_page()
    page.goto(url)
    page.fill("[name='/name']", "x")
    page.select_option("[name='/kind']", "company")
    page.click("button[name='_add:/rows']")
    page.fill("[name='/licence']", "L")
    page.fill("[name='/rows/0/n']", "1")
    page.fill("[name='/unit']", "530112")
    page.click("text=Save")
    assert page.locator("#saved").count() == 1
    assert served.saved == [
        {"name": "x", "kind": "company", "licence": "L", "unit": "530112", "rows": [{"n": "1"}]}
    ]


@pytest.mark.parametrize("width", [1440, 390, 320])
def test_the_page_never_scrolls_sideways(site, chromium, width):
    _, url = site
    page = chromium.new_page(viewport={"width": width, "height": 800})
    page.goto(url)
    page.click("text=Save")
    page.wait_for_selector(".error-summary")
    page.wait_for_load_state("load")  # with its style sheets
    assert page.evaluate("document.documentElement.scrollWidth") <= width
