"""Four people follow every link and form, and ask every list of the API: only their own marks, and all of them."""

from __future__ import annotations

import html
import re
from collections import Counter, deque
from urllib.parse import parse_qsl, urlencode, urljoin, urlsplit

import pytest
from werkzeug.exceptions import HTTPException

from tests.web.scope.conftest import Place, Visitor
from tests.web.scope.test_scope_matrix import marks_of
from tests.web.scope.town import ETYPES, text_of

# A clerk of each of two sibling counties, a county's director, and one who never sees personal data.
CRAWLERS = ("clerk@530112", "clerk@530115", "director@530112", "inspector@530115")
LINK = re.compile(r'(?:href|src|data-href|hx-get)="([^"#]+)')
FORM = re.compile(
    r'<form[^>]*method="get"[^>]*>(.*?)</form>|<form(?![^>]*method=)[^>]*>(.*?)</form>', re.S | re.I
)
ACTION = re.compile(r'<form[^>]*action="([^"]*)"', re.I)
FIELD = re.compile(r'<(?:input|select)[^>]*name="([^"]+)"')
# Of addresses that differ only in what public thing they name, a few are enough.
ENOUGH = {"UnitView.show": 4, "UnitView.branch": 3, "LayoutView.show": 3, "ReleaseView.show": 4, "static": 0}
ENOUGH |= {
    "ReleaseView.form": 1,
    "appbuilder.static": 0,
    "choose_language": 0,
    "RoleView.matrix": 2,
    "RecordsView.list": 40,
}
API = (
    "/api/v1/records/{etype}/",
    "/api/v1/records/{etype}/?size=100",
    "/api/v1/records/{etype}/?text=zq",
    "/api/v1/records/{etype}/?q=(page:0,page_size:100)",
    "/api/v1/types/{etype}",
    "/api/v1/openapi/{etype}.json",
    "/api/v1/units/?size=100",
    "/api/v1/releases/",
    "/api/v1/types/",
    "/lookup/units?q=山",
    "/lookup/terms/dispute?q=买卖",
)


@pytest.mark.parametrize("name", CRAWLERS)
def test_a_crawl_meets_no_foreign_mark_and_all_own_ones(place: Place, name: str) -> None:
    visitor = place.visitor(name)
    allowed, seen, leaks = place.town.visible(visitor.person), set(), []
    starts = [url.format(etype=etype) for url in API for etype in ETYPES]
    waiting = deque(["/", *dict.fromkeys(starts)])
    known, visits = set(waiting), Counter[str]()
    while waiting:
        url = waiting.popleft()
        if not _worth_it(place, url, visits):
            continue
        answer = visitor.get(url)
        assert answer.status_code < 500, url
        marks = marks_of(answer)
        seen |= marks
        if marks - allowed:
            leaks.append((url, answer.status_code, marks - allowed))
        for found in _addresses(url, answer):
            if found not in known:
                known.add(found)
                waiting.append(found)
    assert leaks == []
    listed = {mark for etype in ETYPES for mark in place.town.listed(visitor.person, etype)}
    assert listed <= seen
    assert sum(visits.values()) > 80
    assert len(visits) >= 15


def _worth_it(place: Place, url: str, visits: Counter[str]) -> bool:
    """Return whether an address still tells something new; leave out what changes or leaves the site."""
    try:
        endpoint, _values = place.site.app.url_map.bind("localhost").match(urlsplit(url).path, method="GET")
    except HTTPException:
        return False
    visits[endpoint] += 1
    if visits[endpoint] > ENOUGH.get(endpoint, 60):
        visits[endpoint] -= 1
        return False
    return True


def _addresses(url: str, answer: object) -> set[str]:
    """Return where a page leads: its links, and its forms that only ask, filled in with a search."""
    text = text_of(answer)
    if answer.mimetype == "application/json":  # type: ignore[attr-defined]
        return {
            f"{url.partition('?')[0]}{uid}"
            for uid in re.findall(r'"uid":\s*"([^"]+)"', text)
            if "?" not in uid
        }
    found = {urljoin(url, html.unescape(link)) for link in LINK.findall(text)}
    if "location" in answer.headers:  # type: ignore[attr-defined]
        found.add(urljoin(url, answer.headers["location"]))  # type: ignore[attr-defined]
    for match in FORM.finditer(text):
        action = ACTION.match(match[0])
        fields = {
            name: "zq" if name in ("text", "q", "person", "thing") else "" for name in FIELD.findall(match[0])
        }
        found.add(f"{urljoin(url, action[1] if action else url).partition('?')[0]}?{urlencode(fields)}")
    return {_tidy(one) for one in found if one.startswith("/") and not one.startswith("//")}


def _tidy(url: str) -> str:
    parts = urlsplit(url)
    pairs = sorted((key, value) for key, value in parse_qsl(parts.query) if value)
    return parts.path + (f"?{urlencode(pairs)}" if pairs else "")


def test_the_crawlers_differ(place: Place) -> None:
    """Each county's clerk has marks the other must not see: a leak could be noticed."""
    one, other = (place.town.visible(place.town.people[name]) for name in CRAWLERS[:2])
    assert one - other
    assert other - one
    reader: Visitor = place.visitor(CRAWLERS[3])
    assert not reader.person.can("case", "unmask")
