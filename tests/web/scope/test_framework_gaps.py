"""What Flask-AppBuilder leaves open by itself, closed here. Each test fails with the framework's own views."""

from __future__ import annotations

import re
from typing import Any

from flask_appbuilder.models.sqla.filters import FilterRelationOneToManyEqual
from flask_appbuilder.models.sqla.interface import SQLAInterface
from sqlalchemy import select

from portal.core.access import Access
from portal.persistence import scope
from portal.persistence.models import Record, RecordEvent, User
from portal.services import releases, units
from tests.web.scope.conftest import Place, Visitor
from tests.web.scope.test_scope_matrix import marks_of
from tests.web.scope.town import JINNING, Person, marks_in

# What the framework's generic views and APIs offer beside lists and forms.
OFFERED = (
    "_info",
    "distinct",
    "related",
    "chart",
    "/data/",
    "menu",
    "permissions",
    "muldelete",
    "action_post",
)


def keeper(place: Place) -> Visitor:
    return place.visitor("security_admin@530112")


def test_none_of_the_frameworks_generic_addresses_is_there(place: Place) -> None:
    rules = [f"{rule.rule} {rule.endpoint}" for rule in place.site.app.url_map.iter_rules()]
    assert len(rules) > 60
    assert [rule for rule in rules if any(name in rule for name in OFFERED)] == []
    assert [rule for rule in rules if "download" in rule] == []


def test_choices_of_a_form_hold_nobody_else(place: Place) -> None:
    """Stock forms of users offer every role and group, those of groups every user."""
    visitor = keeper(place)
    for url in ("/users/add", f"/users/edit/{place.town.people['clerk@530112'].id}"):
        answer = visitor.get(url)
        assert answer.status_code == 200
        assert marks_of(answer) <= place.town.accounts(visitor.person)
        main = answer.text.partition("<main")[2]
        if url == "/users/add":
            # The one list there is offers what the keeper may give, and nothing of the framework's.
            offered = set(re.findall(r'<option value="(\w+)"', main))
            assert main.count("<select") == 1
            assert offered == _to_give(place, visitor.person)
        else:
            assert "<select" not in main


def _to_give(place: Place, person: Person) -> set[str]:
    """Return the roles that somebody may give at the own unit."""
    mine = _access(place, person.id)
    with place.site.portal.reading(Access.system("test")) as session:
        unit = units.by_code(session, "530112")
        _, bundle = releases.for_centre(place.site.portal, session, unit)
    shown = {name: role for name, role in bundle.roles.items() if not role.get("hidden")}
    return {name for name, role in shown.items() if mine.may_give(name, role, unit.path)}


def test_base_filters_are_not_what_limits_related_choices(place: Place) -> None:
    """The framework queries related rows without ``base_filters``; the session limits them all the same."""
    foreign = place.town.of("case", JINNING)
    person = place.town.people["director@530112"]
    with place.site.app.app_context(), place.site.portal.reading(_access(place, person.id)) as session:
        records, events = (SQLAInterface(model, session) for model in (Record, RecordEvent))
        assert {one.uid for one in records.query(page_size=200)[1]} <= _uids(place, person)
        assert records.get(foreign.id) is None
        assert events.get_related_interface("record").query(page_size=200)[0] <= len(_uids(place, person))
        assert events.get_related_obj("record", foreign.id) is None
        filters = events.get_filters().add_filter("record", FilterRelationOneToManyEqual, foreign.id)
        assert events.query(filters)[0] == 0


def test_a_list_of_users_is_no_oracle_for_passwords(place: Place) -> None:
    visitor = keeper(place)
    assert visitor.get("/users/list/?_oc_UserView=username&_od_UserView=asc").status_code == 200
    for column in ("password", "login_count", "created_by", "changed_on", "roles.name", "no_such"):
        assert visitor.get(f"/users/list/?_oc_UserView={column}&_od_UserView=asc").status_code == 400, column
    every = marks_of(visitor.get("/users/list/?psize_UserView=200"))
    for name in ("password", "created_by", "roles"):
        for n in range(8):
            answer = visitor.get(f"/users/list/?psize_UserView=200&_flt_{n}_{name}=zz")
            assert answer.status_code in (200, 400)
            if answer.status_code == 200:
                assert marks_of(answer) == every, (name, n)


def test_filters_of_the_list_stay_within_its_base(place: Place) -> None:
    """A search in the list of users finds nobody whose account the person does not keep."""
    visitor = keeper(place)
    foreign = place.town.people["clerk@530115"]
    for n in range(8):
        answer = visitor.get(f"/users/list/?psize_UserView=200&_flt_{n}_username={foreign.mark}")
        found = marks_in(re.sub(r"(?s)^.*?<main", "", answer.text))
        assert foreign.mark not in {mark for mark in found if f">{mark}<" in answer.text}


def test_a_bad_page_order_or_key_is_no_failure(place: Place) -> None:
    visitor = keeper(place)
    for url in (
        "/users/list/?page_UserView=99999999999999999999",
        "/users/list/?page_UserView=-1",
        "/users/list/?page_UserView=x",
        "/users/list/?psize_UserView=x",
        "/users/list/?_flt_99_username=x",
        "/users/list/?_flt_0_nothing=x",
        "/users/show/abc",
        "/users/show/99999999999999999999",
        "/users/edit/abc",
        "/users/edit/-1",
        "/users/sessions/of/99999999999999999999",
        "/units/branch/99999999999999999999",
    ):
        assert visitor.get(url).status_code < 500, url


def _access(place: Place, user_id: int) -> Access:
    from portal.services import users

    return users.access_of(place.site.portal, user_id)


def _uids(place: Place, person: Any) -> set[str]:
    with place.site.portal.reading(Access.system("test")) as session:
        assert scope.access_of(session).unlimited
        assert session.scalar(select(User.id).where(User.id == person.id))
    return {one.uid for one in place.town.things if person.shows(one)}
