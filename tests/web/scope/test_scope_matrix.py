"""Each role at each kind of unit sees its own marks and no others, wherever it looks."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from typing import Any

from tests.web.scope.conftest import Place, Visitor
from tests.web.scope.routes import TYPE, addresses
from tests.web.scope.town import CITY, ETYPES, TREE, Person, marks_in, text_of

RECORD_URLS = (
    "/api/v1/records/{thing.etype}/{thing.uid}",
    "/api/v1/records/{thing.etype}/{thing.uid}/history",
    "/records/{thing.etype}/show/{thing.uid}",
    "/api/v1/records/{thing.etype}/{thing.uid}",
    "/records/{thing.etype}/attachment/{thing.uid}/{thing.attachment}",
)
# What names one marked thing is tried with each of them below; the audit log shows its own marks.
UNSEEN = ("record", "attachment", "referral", "decision", "user", "assignment")
ASIDE = ("AuditView.search", "AuditApi.get_list", "choose_language", "LocaleView.index", "UtilView.back")
TYPED = re.compile(rf"/({'|'.join(ETYPES)})/")
UNIT = re.compile(r'class="audit-unit">([^<]*)<')
OLDER = re.compile(r'rel="next" href="([^"]+)"')


def marks_of(answer: Any) -> set[str]:
    """Return the marks in an answer, headers included, apart from those the request itself named."""
    found = marks_in(str(answer.headers) + text_of(answer))
    return found - (marks_in(answer.request.full_path) if answer.status_code in (403, 404) else set())


def people(place: Place) -> Iterator[tuple[int, Visitor]]:
    """Yield everybody on SQLite; on PostgreSQL, where nothing but the database differs, every third person."""
    step = 1 if place.site.portal.database.dialect == "sqlite" else 3
    for n, name in enumerate([*place.town.people][::step]):
        yield n, place.visitor(name)


def test_every_role_stands_at_several_units(place: Place) -> None:
    held = [role for person in place.town.people.values() for role, _unit in person.roles]
    assert min(held.count(role) for role in held) >= 2
    assert {unit for person in place.town.people.values() for _role, unit in person.roles} >= {CITY}


def test_lists_hold_exactly_what_the_role_lists(place: Place) -> None:
    wrong = []
    for n, visitor in people(place):
        own = {visitor.person.mark}
        for k, (url, expected) in enumerate(_lists(place, visitor.person)):
            if expected is None and (n + k) % 5:
                continue
            answer = visitor.get(url)
            found, status = marks_of(answer) - own, 200 if expected is not None else 403
            if found != (expected or set()) - own or answer.status_code != status:
                wrong.append((visitor.person.roles, url, answer.status_code, found ^ (expected or set())))
    assert wrong == []


def test_other_pages_show_nothing_foreign(place: Place) -> None:
    """Whatever names no single thing: home, forms, trees, plans, releases, lookups, roles."""
    seen, wrong = set(), []
    for n, visitor in people(place):
        allowed = place.town.visible(visitor.person)
        names = {"unit_id": 1, "uid": "x", "attachment": "x", "referral": "x", "decision": 1}
        names |= {"pk": visitor.person.id, "assignment": 0, "key": "x", "what": "try", "ref": "unit"}
        pages = [
            one
            for one in addresses(place.site.app, ETYPES[n % len(ETYPES)], names)
            if one.method == "GET" and one.route.about not in UNSEEN
        ]
        for k, one in enumerate(pages):
            if one.endpoint in ASIDE:
                continue
            if one.endpoint != "HomeView.index" and (n + k) % 4:
                continue
            seen.add(one.endpoint)
            foreign = marks_of(visitor.get(one.url)) - allowed
            if foreign:
                wrong.append((visitor.person.roles, one.url, foreign))
    assert wrong == []
    assert len(seen) >= 25


def test_each_record_opens_for_whom_it_is(place: Place) -> None:
    wrong, opened = [], 0
    for n, visitor in people(place):
        person, allowed = visitor.person, place.town.visible(visitor.person)
        for k, thing in enumerate(place.town.things):
            expected = 200 if person.shows(thing) else 404 if person.can(thing.etype, "show") else 403
            # Each person tries a third of the things, each thing is tried by a third of the people.
            if (n + k) % (3 if expected != 403 else 11):
                continue
            url = RECORD_URLS[(n + k) // 3 % len(RECORD_URLS)].format(thing=thing)
            answer = visitor.get(url)
            marks = marks_of(answer)
            opened += answer.status_code == 200
            own = thing.mark in marks
            if answer.status_code != expected or marks - allowed or own is not (expected == 200):
                wrong.append((person.roles, url, thing, answer.status_code, expected, marks - allowed))
    assert wrong == []
    assert opened > 60


def test_the_audit_log_ends_at_the_auditors_units(place: Place) -> None:
    auditors = [visitor for _n, visitor in people(place) if visitor.person.can("audit", "list")]
    assert len(auditors) >= 3
    for visitor in auditors:
        seen, named = _audit_log(visitor)
        below = {code for code in TREE if visitor.person.may("audit", "list", code)}
        # All units lie below the city, those too in which the town has nobody: their centres were opened.
        names = {*place.town.names.values(), "—"} if CITY in below else {place.town.names[c] for c in below}
        assert named <= names
        # Who did it may come from above; what it was done to lies here.
        assert {mark for mark in seen if "us" not in mark} <= place.town.audited(visitor.person)
        assert {one.mark for one in place.town.things if one.unit in below} <= seen
        listed = marks_of(visitor.get("/api/v1/audit/?size=100"))
        assert {mark for mark in listed if "us" not in mark} <= place.town.audited(visitor.person)


def _audit_log(visitor: Visitor) -> tuple[set[str], set[str]]:
    """Return the marks and the names of units in the whole log, page by page."""
    seen: set[str] = set()
    named: set[str] = set()
    url = "/audit/"
    while url:
        page = visitor.get(url).text
        seen |= marks_in(page)
        named |= set(UNIT.findall(page))
        older = OLDER.search(page)
        url = html.unescape(older[1]) if older else ""
    return seen, named


def _lists(place: Place, person: Person) -> Iterator[tuple[str, set[str] | None]]:
    """Yield the addresses of lists, and which marks each must show; None where the role may not list."""
    town = place.town
    for etype in ETYPES:
        expected = town.listed(person, etype) if person.can(etype, "list") else None
        yield f"/api/v1/records/{etype}/?size=100", expected
        yield f"/records/{etype}/list/?all=1&size=100", expected
        if etype == "case":
            yield "/api/v1/records/case/?size=100&text=2026", expected
            yield "/records/case/list/?size=100&text=2026", expected
    yield "/users/list/?psize_UserView=200", town.accounts(person) if person.can("user", "list") else None


def test_every_list_is_tried(place: Place) -> None:
    person = place.town.people["director@530112"]
    tried = {TYPED.sub(f"/{TYPE}/", url.partition("?")[0]) for url, _expected in _lists(place, person)}
    names: dict[str, Any] = dict.fromkeys(
        ("uid", "attachment", "referral", "decision", "pk", "assignment", "unit_id"), 1
    )
    names |= {"key": "x", "what": "try", "ref": "unit"}
    listing = {
        TYPED.sub(f"/{TYPE}/", one.url)
        for one in addresses(place.site.app, "case", names)
        if one.route.lists and one.method == "GET"
    }
    # Home and the audit log have tests of their own above, imports in tests/web/test_import_pages.py,
    # keeping in tests/web/records/test_retention_pages.py, papers of meetings in tests/web/test_meeting_pages.py,
    # figures to take out in tests/web/test_board_second_person.py.
    elsewhere = {"/", "/audit/", "/api/v1/audit/", "/imports/", "/retention/"}
    elsewhere |= {"/board/meetings/", "/board/exports/"}
    assert listing - tried == elsewhere
