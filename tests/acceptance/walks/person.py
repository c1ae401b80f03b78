"""Somebody at a browser: signs in, starts at home, and goes on by what the page shows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urljoin

import requests
from werkzeug.test import TestResponse

from tests.acceptance.walks.page import Form, Node, Page

HOPS = 8
ROUNDS = 40


@dataclass
class Person:
    """One signed-in person and the page in front of them."""

    client: Any
    name: str
    page: Page = None  # type: ignore[assignment]

    @classmethod
    def sign_in(cls, client: Any, name: str, password: str) -> Person:
        """Open the door, fill in the form that it shows, and stand at home."""
        person = cls(client, name)
        person.home()
        form = next(form for form in person.page.forms() if "password" in form.controls)
        form.enter("username", [name])
        form.enter("password", [password])
        person.send(form, form.buttons[0])
        person.home()
        assert not any("password" in form.controls for form in person.page.forms()), person.page.text
        return person

    def home(self) -> None:
        """Go home: the one address that everybody knows."""
        self.arrive("/", self.client.get("/", headers=_IN_CHINESE))

    def follow(self, address: str) -> None:
        """Follow a link of the page."""
        assert address in [href for _, href in self.page.links()], (self.name, address)
        self.arrive(address, self.client.get(address.split("#")[0], headers=_IN_CHINESE))

    def follow_words(self, words: str) -> None:
        """Follow the link whose words these are."""
        found = [href for text, href in self.page.links() if text == words]
        assert found, (self.name, words, self.page.address, [text for text, _ in self.page.links()])
        self.follow(found[0])

    def send(self, form: Form, button: Node | None = None) -> None:
        """Press a button of a form of the page."""
        address = form.action.split("#")[0]
        data: dict[str, list[str]] = {}
        for name, value in form.pairs(button):
            data.setdefault(name, []).append(value)
        if form.method == "get":
            self.arrive(address, self.client.get(address, query_string=data, headers=_IN_CHINESE))
        else:
            self.arrive(address, self.client.post(address, data=data, headers=_IN_CHINESE))

    def arrive(self, address: str, answer: TestResponse | requests.Response) -> None:
        """Stand where an answer leads to."""
        for _ in range(HOPS):
            if answer.status_code not in (301, 302, 303):
                break
            address = str(answer.headers["Location"])
            answer = self.client.get(address.split("#")[0], headers=_IN_CHINESE)
        assert answer.status_code in (200, 400, 409, 422), (
            self.name,
            address,
            answer.status_code,
            answer.text[:500],
        )
        self.page = Page.read(address.split("#")[0], answer.status_code, answer.text)

    def fill(self, data: Mapping[str, Any]) -> Form:
        """Enter everything into the form of the page, letting it show what it asks further; return it, not yet sent."""
        wanted = flat(data)
        for _ in range(ROUNDS):
            form = self.form()
            asked = _asked(form, wanted)
            changed = [form.enter(name, values) for name, values in asked.items() if name in form.controls]
            missing = [name for name in asked if name not in form.controls]
            if not missing:
                return form
            button = _adding(form, missing) or (_refreshing(form) if any(changed) else None)
            assert button is not None, (self.name, missing, self.page.address, sorted(form.controls))
            self.send(form, button)
        raise AssertionError((self.name, self.page.address, "the form goes on asking"))

    def form(self) -> Form:
        """Return the form that the page is about: the one with the most controls."""
        return max(
            self.page.forms(), key=lambda form: (form.node.attrs.get("id") == "form", len(form.controls))
        )

    def finish(self, form: Form) -> None:
        """Send a form that is filled in; what it finds wrong fails."""
        own = [button for button in form.buttons if not button.attrs.get("name")]
        before = self.page.address
        self.send(form, own[0] if own else form.buttons[-1])
        errors = [
            node.text for node in self.page.root.nodes() if "error-summary" in node.attrs.get("class", "")
        ]
        assert self.page.status == 200, (self.name, before, errors or self.page.main.text[:800])
        assert not errors, (self.name, before, errors)


_IN_CHINESE = {"Accept-Language": "zh-CN,zh;q=0.9"}


def flat(data: Mapping[str, Any], at: str = "") -> dict[str, list[str]]:
    """Return values by the names of their controls."""
    found: dict[str, list[str]] = {}
    for key, value in data.items():
        name = key if key.startswith("/") else f"{at}/{key}"
        if isinstance(value, Mapping):
            found |= flat(value, name)
        elif isinstance(value, list) and value and isinstance(value[0], Mapping):
            for index, row in enumerate(value):
                found |= flat(row, f"{name}/{index}")
        elif isinstance(value, list):
            found[name] = [str(one) for one in value]
        else:
            found[name] = [str(value).lower() if isinstance(value, bool) else str(value)]
    return found


def _asked(form: Form, wanted: Mapping[str, list[str]]) -> dict[str, list[str]]:
    """Return values by the names under which a form has them: a list is one control, or a row for each value."""
    found: dict[str, list[str]] = {}
    for name, values in wanted.items():
        if name not in form.controls and _button(form, f"_add:{name}"):
            found |= {f"{name}/{index}": [value] for index, value in enumerate(values)}
        else:
            found[name] = values
    return found


def _button(form: Form, name: str) -> Node | None:
    return next((button for button in form.buttons if button.attrs.get("name") == name), None)


def _adding(form: Form, missing: list[str]) -> Node | None:
    """Return the button that shows a missing control: one more row of its list, or the part in which it lies."""
    for name in missing:
        at = name
        while at:
            at = at.rpartition("/")[0]
            button = _button(form, f"_add:{at}") or _button(form, f"_open:{at}")
            if at and button is not None:
                return button
    return None


def _refreshing(form: Form) -> Node | None:
    return _button(form, "_refresh")


@dataclass
class Served:
    """A client of a portal that is served, alike to the client of a test in one process."""

    address: str

    def __post_init__(self) -> None:
        self.session = requests.Session()

    def get(self, path: str, headers: Mapping[str, str], query_string: Any = None) -> requests.Response:
        """Ask for a page."""
        return self.session.get(
            urljoin(self.address, path),
            params=query_string,
            headers=headers,
            allow_redirects=False,
            timeout=60,
        )

    def post(self, path: str, headers: Mapping[str, str], data: Any) -> requests.Response:
        """Send a form."""
        return self.session.post(
            urljoin(self.address, path), data=data, headers=headers, allow_redirects=False, timeout=60
        )
