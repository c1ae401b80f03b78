"""Nothing changes by GET, by a POST without the token, or by a cookie sent to the API; no answer leaves the site."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from portal.web.redirects import local
from portal.web.security import HEADERS
from tests.web.conftest import PASSWORD, token_in
from tests.web.security.conftest import Site, alive, state
from tests.web.test_security import TRICKS, leaves

MORE_TRICKS = (
    *TRICKS,
    "/\t/evil.example",
    "/\n/evil.example",
    "\t//evil.example",
    "http://evil.example#@localhost/",
    "https://localhost:80@evil.example/",
    "//localhost@evil.example/",
    "HTTPS://EVIL.EXAMPLE",
    "ftp://localhost/",
    "vbscript:x",
    "http://[::ffff:evil.example]/",
)
CHANGING = {"POST", "PUT", "PATCH", "DELETE"}
# Signing in and out of the API takes its proof in the request itself, never from a cookie.
BY_PROOF = {"TokenApi.login", "TokenApi.refresh", "TokenApi.logout"}

# Parties have no session that somebody else could use: what they are shown follows from what they send.
WITHOUT_SESSION = {"progress.show", "progress.answer"}


def addresses(site: Site) -> Iterator[tuple[Any, str]]:
    """Return every rule of the application with an address that names something there is."""
    with site.app.test_request_context("/", base_url="http://localhost"):
        adapter = site.app.create_url_adapter(None) or site.app.url_map.bind("localhost")
        for rule in site.app.url_map.iter_rules():
            values = {name: value_for(site, rule, name) for name in rule.arguments}
            values.update(rule.defaults or {})
            method = sorted(rule.methods or {"GET"})[0]
            yield rule, adapter.build(rule.endpoint, values, method)


def value_for(site: Site, rule: Any, name: str) -> Any:
    if name in ("pk", "id", "_id", "assignment"):
        return site.ids["xishan"]
    converter = rule._converters.get(name)
    if type(converter).__name__ == "AnyConverter":
        return min(converter.items)
    return 1 if type(converter).__name__ == "IntegerConverter" else "530112"


def test_the_map_holds_what_these_tests_are_about(site: Site) -> None:
    rules = {rule.endpoint: rule.methods for rule, _url in addresses(site)}
    assert len(rules) > 40
    changing = {endpoint for endpoint, methods in rules.items() if methods & CHANGING}
    assert {
        "LoginView.logout",
        "UserView.assign",
        "UserView.edit",
        "MyPasswordView.this_form_post",
    } <= changing
    assert changing >= BY_PROOF


def test_get_changes_nothing_anywhere_and_every_answer_has_the_headers(site: Site) -> None:
    client = site.signed_in("root")
    before = state(site)
    readable = {url for rule, url in addresses(site) if "GET" in (rule.methods or set())}
    for _rule, url in addresses(site):
        answer = client.get(url)
        assert answer.status_code < 500, (url, answer.text[:300])
        for name, value in HEADERS.items():
            assert answer.headers[name] == value, (url, name)
        assert "no-store" in answer.headers["Cache-Control"] or "/static/" in url, url
        if url not in readable:
            assert answer.status_code in (302, 400, 404, 405), url
    assert state(site) == before
    assert alive(client)


def test_without_the_token_nothing_changes_anywhere(site: Site) -> None:
    client = site.signed_in("root")
    before = state(site)
    for rule, url in addresses(site):
        for method in sorted((rule.methods or set()) & CHANGING):
            answer = client.open(url, method=method, data={"session": "all", "password": "x"})
            api = url.startswith("/api/")
            allowed = (400, 401, 404, 405, 415) if api else (400, 405)
            if rule.endpoint in WITHOUT_SESSION:
                allowed = (*allowed, 409, 422)
            if rule.endpoint == "SandboxView.enter":
                allowed = (*allowed, 404)  # a sandbox has tokens of its own; this one is not there
            assert answer.status_code in allowed, (method, url, answer.status_code)
            if api and rule.endpoint not in BY_PROOF:
                assert answer.status_code in (401, 404), (method, url)
    assert state(site) == before
    assert alive(client)


def test_the_token_of_somebody_else_is_no_token(site: Site) -> None:
    client, other = site.signed_in("root"), site.signed_in("jinning")
    foreign = token_in(other.get("/users/userinfo/").text)
    for data in ({"csrf_token": foreign}, {"csrf_token": ""}, {"csrf_token": "x"}):
        assert client.post("/logout/", data=data).status_code == 400
    assert alive(client)


def test_the_delete_address_of_the_framework_deletes_nobody(site: Site) -> None:
    client, pk = site.signed_in("root"), site.ids["xishan"]
    before = state(site)
    token = token_in(client.get("/users/userinfo/").text)
    for url in (f"/users/delete/{pk}", f"/users/action/userdelete/{pk}", "/users/action_post"):
        for answer in (client.get(url), client.post(url, data={"csrf_token": token, "rowid": str(pk)})):
            assert answer.status_code in (404, 405), url
    assert state(site) == before


def test_no_next_leaves_the_site(site: Site) -> None:
    for trick in MORE_TRICKS:
        # Werkzeug writes a backslash as %5C; the address is refused before that.
        with site.app.test_request_context("/"):
            assert not leaves(local(trick)), trick
        client = site.app.test_client()
        data = {"csrf_token": token_in(client.get("/login/").text), "username": "root", "password": PASSWORD}
        answers = [client.post("/login/", query_string={"next": trick}, data=data)]
        answers += [client.get(path, query_string={"next": trick}) for path in ("/login/", "/language/en")]
        answers.append(site.post(client, "/unit", code="530100", next=trick))
        for answer in answers:
            assert answer.status_code == 302, trick
            assert not leaves(answer.headers["Location"]), (trick, answer.headers["Location"])


def test_a_link_from_elsewhere_does_not_lead_back_there(site: Site) -> None:
    client = site.signed_in("root")
    headers = {"Referer": "https://evil.example/"}
    data = {
        "csrf_token": token_in(client.get("/users/userinfo/").text),
        "last_name": "李",
        "first_name": "伟",
    }
    client.get("/users/list/", headers=headers)
    answer = client.post("/myaccountview/form", data=data, headers=headers)
    assert not leaves(answer.headers.get("Location", "/"))


def test_a_forged_host_is_refused_and_never_repeated(site: Site) -> None:
    client = site.app.test_client()
    for path in ("/", "/login/", "/health", "/api/v1/security/login"):
        for host in ("evil.example", "localhost.evil.example", "localhost@evil.example", "evil.example:80"):
            answer = client.get(path, headers={"Host": host})
            assert answer.status_code == 400, (path, host)
            assert "evil.example" not in answer.text + str(answer.headers)
    for name in ("X-Forwarded-Host", "X-Host", "Forwarded"):
        answer = client.get("/users/list/", headers={name: "host=evil.example"})
        assert not leaves(answer.headers["Location"])
        assert "evil.example" not in str(answer.headers)
