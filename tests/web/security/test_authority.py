"""Nobody gives a role he may not give, and nobody changes an account that can do more than its keeper may give."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import update

from portal.core.access import ADMIN, Access, Grant
from portal.persistence.models import Assignment, User
from portal.services import users
from tests.web.security.conftest import Site, alive, state

NEW = "Quite-another-word-7"
# Every address that changes the account of somebody else, and what it is sent.
CHANGES: dict[str, tuple[str, dict[str, str]]] = {
    "UserView.edit": (
        "/users/edit/{pk}",
        {"username": "taken", "last_name": "x", "first_name": "x", "email": "taken@portal.invalid"},
    ),
    "PasswordView.this_form_post": ("/resetpassword/form?pk={pk}", {"password": NEW, "conf_password": NEW}),
    "UserView.assign": ("/users/assign/{pk}", {"role": "director", "unit": "530112"}),
    "UserView.revoke": ("/users/revoke/{pk}/{held}", {}),
    "UserView.confirm": ("/users/confirm/{pk}/{held}", {}),
    "SessionPages.end": ("/users/sessions/of/{pk}/end", {"session": "all"}),
    "SecondFactorPages.reset": ("/users/second-factor/of/{pk}/reset", {}),
}
OUT_OF_REACH = {"chief": 403, "deputy": 403, "both": 403, "keeper": 403, "jinning": 404, "city": 404}


def held_by(site: Site, name: str) -> list[int]:
    with site.portal.reading(Access.system("test")) as session:
        return [entry.id for entry in users.assignments(session, user_id=site.ids[name])]


def change(site: Site, client: Any, endpoint: str, name: str) -> Any:
    url, data = CHANGES[endpoint]
    return site.post(client, url.format(pk=site.ids[name], held=held_by(site, name)[0]), **data)


def let_wait(site: Site, name: str) -> None:
    """Let the roles of an account wait for another person than the system that gave them."""
    rows = Assignment.__table__
    with site.portal.database.engine.begin() as connection:
        mine = update(rows).where(rows.c.user_id == site.ids[name])
        connection.execute(mine.values(confirmed_at=None, given_by=0))


def give(site: Site, client: Any, name: str, role: str, unit: str) -> int:
    url = f"/users/assign/{site.ids[name]}"
    return int(site.post(client, url, role=role, unit=unit).status_code)


def test_all_addresses_that_change_an_account_are_tried(staffed: Site) -> None:
    posts = {rule.endpoint for rule in staffed.app.url_map.iter_rules() if "POST" in (rule.methods or ())}
    own = {"UserView.add", "SessionPages.end_own", "SecondFactorPages.change", "SecondFactorPages.confirm"}
    views = ("UserView", "PasswordView", "SessionPages", "SecondFactorPages")
    of_others = {endpoint for endpoint in posts if endpoint.split(".")[0] in views}
    assert of_others - own == CHANGES.keys()


@pytest.mark.parametrize("name", OUT_OF_REACH)
def test_accounts_out_of_reach_stay_as_they_are(staffed: Site, name: str) -> None:
    client, victim = staffed.signed_in("keeper"), staffed.signed_in(name)
    before = state(staffed)
    for endpoint in CHANGES:
        assert change(staffed, client, endpoint, name).status_code == OUT_OF_REACH[name], endpoint
    for path in ("/users/edit/{}", "/resetpassword/form?pk={}", "/users/sessions/of/{}"):
        assert client.get(path.format(staffed.ids[name])).status_code == OUT_OF_REACH[name], path
    assert state(staffed) == before
    assert alive(victim)


@pytest.mark.parametrize("endpoint", CHANGES)
def test_accounts_within_reach_can_be_changed(staffed: Site, endpoint: str) -> None:
    client = staffed.signed_in("keeper")
    staffed.signed_in("clerk")
    if endpoint == "UserView.confirm":
        let_wait(staffed, "clerk")
    before = state(staffed)
    assert change(staffed, client, endpoint, "clerk").status_code == 302
    assert state(staffed) != before


@pytest.mark.parametrize("endpoint", CHANGES)
def test_who_keeps_no_accounts_changes_none(staffed: Site, endpoint: str) -> None:
    client = staffed.signed_in("clerk")
    before = state(staffed)
    assert change(staffed, client, endpoint, "both").status_code in (302, 403, 404)
    assert state(staffed) == before


def test_roles_are_given_as_the_pack_says(staffed: Site) -> None:
    client = staffed.signed_in("keeper")
    given = {
        ("clerk", "director", "530112"): 302,
        ("clerk", "clerk", "530112001"): 302,
        # Held by the keeper, though no role gives it.
        ("clerk", "unit_admin", "530112"): 302,
        ("clerk", "handler", "530112"): 403,
        ("clerk", "supervisor", "530112"): 403,
        ("clerk", ADMIN, "530112"): 403,
        ("clerk", "nothing", "530112"): 403,
        ("clerk", "director", "530115"): 403,
        ("clerk", "director", "530100"): 403,
        ("keeper", "director", "530112"): 403,
        ("keeper", "director", "530112001"): 403,
        ("jinning", "director", "530112"): 404,
        ("chief", "clerk", "530112"): 403,
    }
    assert {key: give(staffed, client, *key) for key in given} == given
    choices = client.get(f"/users/show/{staffed.ids['clerk']}").text
    assert 'value="director"' in choices
    assert 'value="supervisor"' not in choices
    assert f'value="{ADMIN}"' not in choices


def test_an_administrator_gives_every_role_at_his_units_only(staffed: Site) -> None:
    client = staffed.signed_in("chief")
    assert give(staffed, client, "clerk", "supervisor", "530112") == 302
    assert give(staffed, client, "clerk", ADMIN, "530112001") == 302
    assert give(staffed, client, "clerk", ADMIN, "530115") == 403
    assert give(staffed, client, "chief", "clerk", "530112") == 403


def test_a_role_taken_from_the_keeper_ends_his_reach_at_once(staffed: Site) -> None:
    program = staffed.tokens("keeper")["access_token"]
    client, chief = staffed.signed_in("keeper"), staffed.signed_in("chief")
    (held,) = held_by(staffed, "keeper")
    answer = staffed.post(chief, f"/users/revoke/{staffed.ids['keeper']}/{held}")
    assert answer.status_code == 302
    assert not alive(client)
    assert staffed.with_token(program).status_code == 401
    client = staffed.signed_in("keeper")
    assert client.get("/users/list/").status_code in (302, 403)
    before = state(staffed)
    for endpoint in CHANGES:
        change(staffed, client, endpoint, "clerk")
    assert state(staffed) == before


def test_a_refused_change_of_a_user_leaves_name_and_email(staffed: Site) -> None:
    client = staffed.signed_in("keeper")
    change(staffed, client, "UserView.edit", "chief")
    with staffed.portal.reading(Access.system("test")) as session:
        chief = session.get_one(User, staffed.ids["chief"])
        assert (chief.username, chief.email, chief.active) == ("chief", "chief@portal.invalid", True)


def test_a_new_account_belongs_to_its_maker_until_somebody_else_has_given_it_a_role(staffed: Site) -> None:
    client = staffed.signed_in("keeper")
    person = {"username": "li.wei", "last_name": "李", "first_name": "伟", "email": "l@portal.invalid"}
    answer = staffed.post(client, "/users/add", active="y", password=NEW, conf_password=NEW, **person)
    assert answer.status_code == 302
    with staffed.portal.reading(Access.system("test")) as session:
        made = users.by_username(session, "li.wei").id
    staffed.ids = staffed.ids | {"li.wei": made}
    assert client.get(f"/users/edit/{made}").status_code == 200
    assert give(staffed, staffed.signed_in("chief"), "li.wei", ADMIN, "530112") == 404
    assert give(staffed, client, "li.wei", "clerk", "530112") == 302
    assert give(staffed, staffed.signed_in("chief"), "li.wei", ADMIN, "530112") == 302
    for path in ("/users/edit/{}", "/resetpassword/form?pk={}", "/users/sessions/of/{}"):
        assert client.get(path.format(made)).status_code == 403


def test_the_raw_editors_of_the_framework_have_no_address(staffed: Site) -> None:
    rules = {str(rule): rule.endpoint for rule in staffed.app.url_map.iter_rules()}
    ours = {"OpenApiApi"}  # the document of the portal's own API, where the framework had one
    views = {endpoint.split(".")[0] for endpoint in rules.values()} - ours
    raw = ("Permission", "ViewMenu", "Group", "Register", "ApiKey", "Role", "Stats", "OpenApi", "Swagger")
    assert {view for view in views if any(name in view for name in raw)} == {"RoleView"}
    # Below /studio/ roles are a part of a configuration, not of the framework.
    named = {url for url in rules if "role" in url and not url.startswith("/studio/")}
    assert named == {"/roles/list/", "/roles/matrix/<role>"}
    assert not [url for url in rules if "permission" in url.lower() or "register" in url.lower()]
    client = staffed.signed_in("chief")
    for url in ("/roles/add", "/roles/edit/1", "/roles/delete/1", "/groups/list/", "/permissions/list/"):
        assert client.get(url).status_code == 404, url
        assert staffed.post(client, url).status_code == 404, url
    for url in ("roles", "users", "permissions", "groups", "api_keys"):
        assert client.get(f"/api/v1/security/{url}/").status_code == 404, url


def test_the_predicate() -> None:
    def holder(role: str, **grants: str) -> Access:
        held = tuple(Grant(role, "/1/", thing, frozenset(may.split())) for thing, may in grants.items())
        return Access(1, role, held, memberships=((role, "/1/"),))

    keeper, clerk = holder("keeper", user="edit"), holder("clerk", case="list")
    given = {"granted_by": ["keeper", "clerk"]}
    assert keeper.may_give("x", given, "/1/2/")
    assert not keeper.may_give("x", given, "/2/")
    assert not keeper.may_give("x", {}, "/1/")
    assert not keeper.may_give("x", None, "/1/")
    assert keeper.may_give("keeper", None, "/1/")
    assert not keeper.may_give(ADMIN, {"granted_by": ["keeper"]}, "/1/")
    # Named by the role, but keeps no accounts.
    assert not clerk.may_give("x", given, "/1/")
    assert Access.system("test").may_give(ADMIN, None, "/")
