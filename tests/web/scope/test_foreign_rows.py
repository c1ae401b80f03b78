"""What lies outside one's units answers like what is not there at all, and stays as it is."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import select

from portal.core.access import Access
from portal.persistence.models import Assignment, Attachment, Decision, Record, Referral, SignInSession, User
from tests.web.scope.conftest import Place, Visitor
from tests.web.scope.routes import ROUTES, WHOLE, Address, addresses
from tests.web.scope.test_routes import names_of
from tests.web.scope.town import CASE_DATA, DEPARTMENT, ETYPES, JINNING, XISHAN, Thing, marks_in, text_of

NAMING = ("record", "attachment", "referral", "decision", "user", "assignment")
VARYING = {"x-request-id", "date", "set-cookie", "etag"}
NONCE = re.compile(
    r'href="/language/[^"]*"|nonce-[\w+/=-]+|nonce="[^"]*"|[0-9a-f]{32}|value="[^"]{60,}"|content="[^"]{60,}"'
)
MISSING = {
    "uid": "zq9999zzx000000000000",
    "attachment": "zq9999zzxfile",
    "referral": "zq9999zzx00000000",
    "decision": 999_999,
    "pk": 999_999,
    "assignment": 999_999,
    "key": "none",
    "what": "try",
    "ref": "unit",
}
# Enough that the request would change something, were the thing one's own.
BODIES: dict[str, dict[str, Any]] = {
    "RecordsApi.put": {"data": {"name": "x"}, "reason": "x"},
    "RecordsApi.patch": {"data": {"name": "x"}, "reason": "x"},
    "RecordsApi.unmask": {"reason": "x"},
    "WorkApi.move": {"release": 1, "reason": "x"},
    "WorkApi.dispose": {"override": {"to": {"tier": "centre"}}, "reason": "x"},
}
TAKING = {"RecordsView.delete", "RecordsApi.delete", "UserView.revoke"}
FORM = {"version": "1", "reason": "x", "purpose": "x", "session": "all", "password": "New-Pass-2026"}


@pytest.mark.parametrize("etype", ETYPES)
def test_a_foreign_row_answers_like_a_missing_one(place: Place, etype: str) -> None:
    """Every address that names something, by every method it takes."""
    visitor = place.visitor("Admin@530112")
    things = {unit: _thing(place, etype, unit) for unit in (XISHAN, JINNING)}
    users = {
        unit: place.town.people[f"{role}@{unit}"].id
        for role, unit in (("triage", XISHAN), ("clerk", JINNING))
    }
    foreign = names_of(place, things[JINNING], users[JINNING])
    before = _state(place)
    visitor.get("/users/userinfo/")  # whatever was still to be said to the person is said here
    wrong, tried = [], set()
    for there, missing in zip(_naming(place, etype, foreign), _naming(place, etype, MISSING), strict=True):
        if etype != "case" and there.route.about in ("user", "assignment"):
            continue
        tried.add(there.endpoint)
        answers = [_ask(visitor, one) for one in (there, missing)]
        if answers[0] != answers[1] or answers[0][0] not in (404, 405):
            wrong.append((there.method, there.url, answers))
    assert wrong == []
    assert _state(place) == before
    own = names_of(place, things[XISHAN], users[XISHAN])
    # What takes the thing away comes last.
    inside = sorted(_naming(place, etype, own), key=lambda one: (one.endpoint in TAKING, one.method))
    found = {one.endpoint for one in inside if _ask(visitor, one)[0] != 404}
    assert tried - found <= {"WorkApi.dispose", "UserView.assign"} | TAKING | _kept(etype)


def test_every_naming_route_was_tried() -> None:
    naming = {endpoint for endpoint, route in ROUTES.items() if route.about in NAMING}
    assert len(naming) > 25


def test_parts_of_foreign_things_are_not_reached_through_own_ones(place: Place) -> None:
    """Addresses put together from an own record and somebody else's file, referral or decision."""
    visitor = place.visitor("Admin@530112")
    visitor.get("/users/userinfo/")
    own, other = _thing(place, "case", XISHAN), _thing(place, "case", JINNING)
    mine, theirs = (names_of(place, thing, 1) for thing in (own, other))
    for name in ("attachment", "referral", "decision"):
        mixed = mine | {name: theirs[name]}
        missing = mine | {name: MISSING[name]}
        pairs = zip(_naming(place, "case", mixed), _naming(place, "case", missing), strict=True)
        for there, nothing in pairs:
            if there.route.about == name:
                answer = _ask(visitor, there)
                assert answer == _ask(visitor, nothing), there
                assert answer[0] in (404, 412), there
        swapped = theirs | {name: mine[name]}
        for there in _naming(place, "case", swapped):
            if there.route.about == name:
                assert _ask(visitor, there)[0] == 404, there


def test_lists_and_forms_take_no_foreign_parent(place: Place) -> None:
    visitor = place.visitor("director@530112")
    other = place.town.of("case", JINNING).uid
    for url in (
        "/records/party/list/?all=1&parent={}",
        "/api/v1/records/party/?parent={}",
        "/records/party/add?parent={}",
    ):
        answers = [visitor.get(url.format(uid)) for uid in (other, MISSING["uid"])]
        assert answers[0].status_code == answers[1].status_code
        assert answers[0].status_code in (400, 404)
        assert marks_in(answers[0].text) <= {visitor.person.mark, *marks_in(other)}
    body = {"data": {"role": "applicant", "kind": "person", "name": "某"}}
    answers = [
        visitor.call("POST", "/api/v1/records/party/", json=body | {"parent": uid})
        for uid in (other, MISSING["uid"])
    ]
    assert [one.status_code for one in answers] == [404, 404]
    assert _shape(answers[0]) == _shape(answers[1])


def test_a_file_that_waits_for_its_record_is_its_senders_own(place: Place) -> None:
    """Somebody else's waiting file is neither sent nor taken, not even at the same unit."""
    sender, other = place.visitor("clerk@530112"), place.visitor("director@530112")
    kept = _upload(sender, "waiting.txt")
    data = {
        "asked_on": "2026-05-06",
        "way": "window",
        "question": "办理期限是多久",
    }
    case = CASE_DATA
    assert other.call("POST", "/api/v1/records/consultation/", json={"data": data}).status_code == 201
    taken = other.call("POST", "/api/v1/records/case/", json={"data": case | {"attachments": [kept]}})
    missing = other.call("POST", "/api/v1/records/case/", json={"data": case | {"attachments": ["f" * 32]}})
    assert taken.status_code == missing.status_code == 422
    own = _thing(place, "case", XISHAN)
    assert other.get(f"/records/case/attachment/{own.uid}/{kept}").status_code == 404
    assert (
        sender.call(
            "POST", "/api/v1/records/case/", json={"data": case | {"attachments": [kept]}}
        ).status_code
        == 201
    )


def test_who_is_asked_for_help_sees_the_record_until_the_answer(place: Place) -> None:
    """The department finds and opens what it is asked about until it has answered, and may not change it."""
    visitor = place.visitor(f"handler@{DEPARTMENT}")
    asked = next(one for one in place.town.things if one.unit == JINNING and DEPARTMENT in one.asked)
    past = next(one for one in place.town.things if one.unit == JINNING and one.referrals and not one.asked)
    assert visitor.get(f"/records/case/show/{asked.uid}").status_code == 200
    assert visitor.get(f"/records/case/show/{past.uid}").status_code == 404
    listed = visitor.get("/api/v1/records/case/?size=100").text
    assert asked.mark in listed
    assert past.mark not in listed
    director = place.visitor(f"director@{DEPARTMENT}")
    patched = director.call(
        "PATCH",
        f"/api/v1/records/case/{asked.uid}",
        json=BODIES["RecordsApi.patch"],
        headers={"If-Match": '"1"'},
    )
    assert patched.status_code == 403


def _upload(visitor: Visitor, name: str) -> str:
    import io

    file = (io.BytesIO(b"a text"), name)
    answer = visitor.call("POST", "/records/case/upload", data={"file": file})
    assert answer.status_code == 201, answer.text[:300]
    return str(answer.json["id"])


def _thing(place: Place, etype: str, unit: str) -> Thing:
    """Return a record with a referral, where its type has such."""
    things = [one for one in place.town.things if (one.etype, one.unit) == (etype, unit)]
    # One that nobody in Xishan was ever asked about: who was asked once is told that an answer comes too late.
    strange = [one for one in things if unit == XISHAN or not _told(place, one)]
    return max(strange, key=lambda one: len(one.referrals))


def _told(place: Place, thing: Thing) -> bool:
    """Return whether a unit of Xishan was sent the thing."""
    return any(place.town.referrals[one[:9]][1].startswith(XISHAN) for one in thing.referrals)


def _naming(place: Place, etype: str, names: dict[str, Any]) -> Iterator[Address]:
    names = {"unit_id": 1} | names
    yield from (
        one for one in addresses(place.site.app, etype, names, everything=True) if one.route.about in NAMING
    )


def _ask(visitor: Visitor, one: Address) -> tuple[int, Any, Any]:
    more: dict[str, Any] = {}
    if one.url.startswith("/api/"):
        more["headers"] = {"If-Match": '"1"'}
        if one.method != "GET":
            more["json"] = BODIES.get(one.endpoint, {})
    elif one.method == "POST":
        more["data"] = FORM
    return _shape(visitor.call(one.method, one.url, **more))


def _shape(answer: Any) -> tuple[int, Any, Any]:
    """Return status, headers and body of an answer without what differs between any two requests."""
    body = text_of(answer)
    for part in {*answer.request.path.split("/"), *answer.request.args.values()}:
        if len(part) > 3 and any(c.isdigit() for c in part):
            body = body.replace(part, "…")
    body = NONCE.sub("…", body)
    headers = {
        (name.lower(), "" if name.lower() == "content-length" else NONCE.sub("…", value))
        for name, value in answer.headers
        if name.lower() not in VARYING
    }
    return answer.status_code, tuple(sorted(headers)), body


def _kept(etype: str) -> set[str]:
    """Return the routes that have nothing to do with a type: what it is, it has not."""
    deleting = {"RecordsView.delete"} if etype not in ("party", "department", "mediator") else set()
    about = {"RecordsView.referral", "RecordsView.revoke", "RecordsView.let_go", "RecordsView.keep"}
    about |= {"WorkApi.referral", "WorkApi.answer"}
    # Nobody asked a superior who is competent for the case of the town; tests/web/records tries that.
    referring = {"RecordsView.competence"} | (about if etype != "case" else set())
    stepping = {"RecordsView.transition", "WorkApi.transition"}
    # A part has no tasks.
    of_whole = {name for name, route in ROUTES.items() if "task" in name and route.only == WHOLE}
    # No record of the town came from another system; tests/web/test_import_again.py tries that.
    sources = {"RecordsView.settle_source"}
    # Parties look up cases alone.
    looking_up = {"RecordsView.receipt"} if etype != "case" else set()
    papers = {name for name in ROUTES if ".paper" in name or ".efile" in name} if etype != "case" else set()
    return (
        deleting
        | referring
        | stepping
        | sources
        | looking_up
        | papers
        | (of_whole if etype == "party" else set())
    )


def _state(place: Place) -> list[Any]:
    """Return everything of Jinning that a request could have changed."""
    with place.site.portal.reading(Access.system("test")) as session:
        marks = tuple(one.uid for one in place.town.things if one.unit == JINNING)
        records = session.scalars(select(Record).where(Record.uid.in_(marks)).order_by(Record.id)).all()
        ids = [record.id for record in records]
        found: list[Any] = [
            (one.uid, one.version, one.stage, one.data, one.updated_at, one.handler_path) for one in records
        ]
        for model in (Referral, Attachment, Decision):
            rows = session.scalars(select(model).where(model.record_id.in_(ids)).order_by(model.id))
            found += [(one.id, getattr(one, "status", ""), getattr(one, "name", "")) for one in rows]
        people = [
            one.id for one in place.town.people.values() if any(unit == JINNING for _r, unit in one.roles)
        ]
        for user in session.scalars(select(User).where(User.id.in_(people)).order_by(User.id)):
            found.append((user.username, user.password, user.active, user.first_name, user.last_name))
        held = select(Assignment).where(Assignment.user_id.in_(people)).order_by(Assignment.id)
        found += [(one.user_id, one.role, one.unit_id) for one in session.scalars(held)]
        ended = select(SignInSession).where(
            SignInSession.user_id.in_(people), SignInSession.ended_at.is_not(None)
        )
        return [*found, len(session.scalars(ended).all())]
