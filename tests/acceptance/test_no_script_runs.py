"""Thirty scripts in every text a person or a pack can enter: none runs in Chromium, and no policy has to stop one."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from werkzeug.serving import make_server

from portal.core.access import Access, Origin
from portal.services import records, units, users
from tests.acceptance.conftest import EXAMPLE, GUIDE, UNIT, County
from tests.acceptance.payloads import SCRIPTS
from tests.browser.screenshots import log_in, watch
from tests.web.records.seeded_site import CASE, PASSWORD, Site

pytestmark = [pytest.mark.browser, pytest.mark.slow]
LISTEN = """document.addEventListener('securitypolicyviolation',
  e => console.error('policy: ' + e.violatedDirective))"""
# What no page of ours has: handlers in attributes, scripts in the text, addresses that run.
PLANTED = """[...document.querySelectorAll('*')].filter(e => e.tagName === 'SCRIPT' && !e.src
  || ['IFRAME', 'OBJECT', 'MATH', 'ANIMATE'].includes(e.tagName)
  || [...e.attributes].some(a => a.name.startsWith('on') || /^\\s*javascript:/i.test(a.value) && a.name !== 'value'
       && !['title', 'alt', 'content', 'aria-label', 'placeholder'].includes(a.name))
).map(e => e.outerHTML.slice(0, 200))"""


@pytest.fixture(scope="module")
def planted(site: Site, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Site, str, list[str]]]:
    """A portal full of scripts, behind a real HTTP server; with the addresses of its cases."""
    publish(site, tmp_path_factory.mktemp("packs"))
    people_and_units(site)
    cases = [register(site, number) for number in range(len(SCRIPTS))]
    server = make_server("localhost", 0, site.app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield site, f"http://localhost:{server.server_port}", cases
    server.shutdown()
    thread.join()
    server.server_close()


def publish(site: Site, folder: Path) -> None:
    """Bring in a county whose pack has scripts for titles, labels, options, help and remarks."""
    county = County(site, folder)
    for path, content in EXAMPLE.findall(GUIDE.read_text(encoding="utf-8")):
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(content, encoding="utf-8")
    form = county.read("form_definitions", "case")
    fields = form["schema"]["properties"]
    fields["market_stall"]["title"] = SCRIPTS[0]
    fields["market_kind"] = {
        "type": "string",
        "title": SCRIPTS[9],
        "oneOf": [{"const": f"k{n}", "title": text} for n, text in enumerate(SCRIPTS)],
    }
    form["ui"]["fields"]["/market_stall"]["help"] = SCRIPTS[10]
    form["ui"]["fields"]["/market_kind"] = {"section": "matter", "order": 96, "width": "half"}
    form["ui"]["sections"] = {"matter": {"title": SCRIPTS[12], "help": SCRIPTS[3]}}
    county.write("form_definitions", "case", form)
    written = {text: text for text in SCRIPTS}
    county.write("translations", "en", county.read("translations", "en") | written)
    done = county.publish()
    assert done.exit_code == 0, done.output + done.stderr


def people_and_units(site: Site) -> None:
    with site.portal.writing(Access.system("test"), Origin()) as uow:
        parent = units.by_code(uow.session, UNIT)
        for number, text in enumerate(SCRIPTS):
            units.add(uow, f"{UNIT}:x{number}", text, parent.level, parent.id, note=text)
        for name, role in (("flowers", "clerk"), ("keeper", "Admin")):
            user = users.create(uow, name, PASSWORD, SCRIPTS[9], SCRIPTS[0])
            users.assign(uow, user.id, role, UNIT, audited=False)
        uow.commit()


def register(site: Site, number: int) -> str:
    """Register a case with one script in every text and in the name of a file; return its address."""
    text = SCRIPTS[number]
    with site.portal.writing(Access.system("test"), Origin()) as uow:
        data = {key.strip("/"): value for key, value in CASE.items()} | {"amount": 1, "lower_tried": False}
        texts = {"applicant_name": text[:60], "summary": text, "claim": text}
        stall = {"market_kind": f"k{number}", "market_stall": text[:20], "place": f"{UNIT}001"}
        made = records.register(uow, "case", UNIT, data | texts | stall)
        uow.commit()
    with site.portal.writing(Access.system("test"), Origin()) as uow:
        records.attach(uow, made.record.uid, f"{text}.pdf", "application/pdf", b"%PDF-1.7")
        uow.commit()
        return f"/records/case/show/{made.record.uid}"


def test_no_script_runs(chromium: Any, planted: tuple[Site, str, list[str]]) -> None:
    site, base, cases = planted
    if site.url.startswith("postgresql"):
        cases = cases[::5]  # what is stored is the same: a sample shows that it is shown the same
    page = chromium.new_context(viewport={"width": 1280, "height": 900}).new_page()
    dialogs: list[str] = []
    page.on("dialog", lambda dialog: (dialogs.append(page.url), dialog.dismiss()))
    complaints = watch(page)
    page.add_init_script(LISTEN)
    log_in(page, base, "flowers", PASSWORD)
    lists = ["/", "/records/case/list/?all=1&size=100", "/records/case/add", "/units/", f"/units/show/{UNIT}"]
    sought = [f"/records/case/list/?text={quote(text, safe='')}" for text in SCRIPTS[::6]]
    edits = [case.replace("/show/", "/edit/") for case in cases[:4]]
    seen = ""
    for path in [*lists, "/releases/", f"/releases/show/{UNIT}", *sought, *edits, *cases, "/users/userinfo/"]:
        page.goto(base + path, wait_until="load")
        assert page.evaluate(PLANTED) == [], path
        seen += page.inner_text("body")
    page.context.clear_cookies()
    log_in(page, base, "keeper", PASSWORD)
    for path in ("/users/list/", "/roles/list/", "/audit/", "/units/"):
        page.goto(base + path, wait_until="load")
        assert page.evaluate(PLANTED) == [], path
        seen += page.inner_text("body")
    page.context.close()
    assert dialogs == []
    assert complaints == []
    # They were really there, as text.
    missing = [text for text in SCRIPTS if text not in seen]
    assert missing == []


def test_the_watch_would_see_a_script(chromium: Any, planted: tuple[Site, str, list[str]]) -> None:
    """The control: what no page does, done by hand."""
    _site, base, _cases = planted
    page = chromium.new_context().new_page()
    complaints = watch(page)
    page.add_init_script(LISTEN)
    page.goto(f"{base}/login/")
    page.evaluate("document.body.insertAdjacentHTML('beforeend', '<img src=x onerror=alert(1)>')")
    page.wait_for_timeout(300)
    assert page.evaluate(PLANTED)
    assert any("policy: script-src" in one for one in complaints)
    page.context.close()
