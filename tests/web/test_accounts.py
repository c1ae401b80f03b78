"""Accounts: county administrators keep their own people, and nobody gives away what he has not."""

from __future__ import annotations

import re
from typing import Any

import pytest
from sqlalchemy import select

from portal.core.access import ADMIN, Access, Grant, Origin
from portal.core.errors import NotFound
from portal.persistence.models import AccountSecurity, AuditEntry
from portal.services import units, users
from portal.web.accounts.names import OWN, action_of, thing_of
from portal.web.accounts.roles import matrix_of
from portal.web.people import person_name
from tests.web.conftest import Site, token_in


class Person:
    def __init__(self, first: str, last: str) -> None:
        self.first_name, self.last_name = first, last


def give(site: Site, username: str, unit: str) -> None:
    with site.portal.writing(Access.system("test"), Origin(channel="cli")) as uow:
        users.assign(uow, site.ids[username], ADMIN, unit)
        uow.commit()


def test_a_county_sees_its_own_people_only(site: Site) -> None:
    client = site.signed_in("xishan")
    page = client.get("/users/list/").text
    assert "xishan" in page
    assert "jinning" not in page
    assert client.get(f"/users/show/{site.ids['xishan']}").status_code == 200
    for path in ("show", "edit"):
        foreign = client.get(f"/users/{path}/{site.ids['jinning']}")
        missing = client.get(f"/users/{path}/9999")
        assert foreign.status_code == missing.status_code == 404


def test_the_city_sees_everybody(site: Site) -> None:
    page = site.signed_in("root").get("/users/list/").text
    assert all(name in page for name in site.ids)


def test_a_long_list_of_people_has_pages(site: Site) -> None:
    with site.portal.writing(Access.system("test"), Origin(channel="cli")) as uow:
        for number in range(30):
            person = users.create(uow, f"person{number:02}", "x", "某", "某", hashed=True)
            users.assign(uow, person.id, ADMIN, "530112", audited=False)
        uow.commit()
    client = site.signed_in("root")
    first = client.get("/users/list/")
    assert first.status_code == 200
    second = re.search(r'rel="next" href="([^"]+)"', first.text)
    assert second
    last = client.get(second[1].replace("&amp;", "&"))
    assert last.status_code == 200
    assert 'rel="prev"' in last.text
    names = re.compile(r"person\d\d")
    assert len(set(names.findall(first.text)) | set(names.findall(last.text))) == 30


def test_a_foreign_password_cannot_be_set(site: Site) -> None:
    client = site.signed_in("xishan")
    foreign = f"/resetpassword/form?pk={site.ids['jinning']}"
    assert client.get(foreign).status_code == 404
    new = {"password": "another-password-9", "conf_password": "another-password-9"}
    assert site.post(client, foreign, **new).status_code == 404
    site.signed_in("jinning")


def test_a_role_is_given_and_taken_back(site: Site) -> None:
    client, pk = site.signed_in("root"), site.ids["xishan"]
    url = f"/users/show/{pk}"
    assert site.post(client, f"/users/assign/{pk}", url, role=ADMIN, unit="530115").status_code == 302
    access = users.access_of(site.portal, pk)
    assert len(access.memberships) == 2
    with site.portal.reading(Access.system("test")) as session:
        held = {entry.unit_code: entry.id for entry in users.assignments(session, user_id=pk)}
    assert site.post(client, f"/users/revoke/{pk}/{held['530115']}", url).status_code == 302
    assert len(users.access_of(site.portal, pk).memberships) == 1


def test_nobody_gives_a_role_outside_the_own_units(site: Site) -> None:
    client, pk = site.signed_in("xishan"), site.ids["xishan"]
    for unit in ("530115", "530100"):
        answer = site.post(client, f"/users/assign/{pk}", f"/users/show/{pk}", role=ADMIN, unit=unit)
        assert answer.status_code == 403
    assert len(users.access_of(site.portal, pk).memberships) == 1


def test_somebody_with_roles_above_is_not_changed_from_below(site: Site) -> None:
    root = site.ids["root"]
    give(site, "root", "530112")
    county = site.signed_in("xishan")
    assert county.get(f"/users/show/{root}").status_code == 200
    assert county.get(f"/resetpassword/form?pk={root}").status_code == 403


def test_the_unit_switch_offers_only_own_units(site: Site) -> None:
    give(site, "root", "530112")
    client = site.signed_in("root")
    assert site.post(client, "/unit", code="530112", next="/units/").headers["Location"] == "/units/"
    assert "西山区" in client.get("/units/").text.split("topbar-unit")[1].split("</summary>")[0]
    assert site.post(client, "/unit", code="530115").status_code == 404


def test_names_of_things_and_actions() -> None:
    assert thing_of("Entity.case") == "case"
    assert thing_of("UserDBModelView") == "user"
    assert thing_of("SomethingOfFab") == "system"
    assert action_of("can_this_form_post") == "edit"
    assert action_of("can_list") == "list"
    assert not any(view == "RoleModelView" for _permission, view in OWN)


def test_the_matrix_shows_what_the_grants_allow() -> None:
    grants = [Grant("clerk", "/1/", "case", frozenset({"list", "add"}))]
    things = [("records", "case", "案件"), ("admin", "user", "用户")]

    class Plain:
        def __call__(self, text: str) -> str:
            return text

    import portal.web.accounts.roles as roles

    original, roles.translate = roles.translate, Plain()
    try:
        matrix = matrix_of(grants, things)
    finally:
        roles.translate = original
    assert matrix.actions == ("List", "Create")
    assert matrix.groups["Records"][0].allowed == (True, True)
    assert matrix.groups["Administration"][0].allowed == (False, False)


def test_a_chinese_name_begins_with_the_family_name() -> None:
    assert person_name(Person("三", "张")) == "张三"
    assert person_name(Person("Ann", "Lee")) == "Ann Lee"


def test_the_errors_are_named_in_the_order_of_the_page(site: Site) -> None:
    client = site.signed_in("root", "en")
    token = token_in(client.get("/users/add").text)
    refused = client.post("/users/add", data={"csrf_token": token, "role": ADMIN}).text
    summary = refused.split("error-summary")[1].split("</ul>")[0]
    named = re.findall(r'href="#(\w+)"', summary)
    fields = re.findall(r'<label class="form-label" for="(\w+)"', refused)
    assert len(named) > 3
    assert named == [field for field in fields if field in named]


NEW = "Linden-tree-42"


def add(site: Site, client: Any, **typed: str) -> Any:
    person = {"username": "li.wei", "last_name": "李伟", "active": "y", "password": NEW, "conf_password": NEW}
    return site.post(client, "/users/add", **(person | typed))


def held(site: Site, username: str) -> list[tuple[str, str]]:
    with site.portal.reading(Access.system("test")) as session:
        user = users.by_username(session, username)
        return [(one.role, one.unit_code) for one in users.assignments(session, user_id=user.id)]


def test_a_new_account_has_its_role_and_unit_from_one_form(site: Site) -> None:
    client = site.signed_in("root")
    assert add(site, client, role=ADMIN, unit="530115").status_code == 302
    assert held(site, "li.wei") == [(ADMIN, "530115")]
    with site.portal.reading(Access.system("test")) as session:
        user = users.by_username(session, "li.wei")
        assert person_name(user) == "李伟"
        assert user.email.endswith("@portal.invalid")
        assert session.get_one(AccountSecurity, user.id).must_change_password
        entries = session.scalars(select(AuditEntry).where(AuditEntry.object_id == "li.wei")).all()
    assert [one.action for one in entries] == ["add"]


def test_a_unit_is_found_by_its_name_and_a_wrong_one_loses_nothing_that_was_typed(site: Site) -> None:
    client = site.signed_in("root")
    with site.portal.reading(Access.system("test")) as session:
        name = units.by_code(session, "530115").name
    for unit, said in (
        ("没有这个单位", "没有这个名称或代码的单位"),
        ("999999", "没有这个名称或代码的单位"),
        ("区", "请填写其中一个的代码"),
        ("jnq", "没有这个名称或代码的单位。搜到的有：晋宁区 530115"),
        ("jinning", "没有这个名称或代码的单位。搜到的有：晋宁区 530115"),
        ("晋宁", "没有这个名称或代码的单位。搜到的有：晋宁区 530115"),
        ("", "请填写在哪个单位任职"),
    ):
        answer = add(site, client, role=ADMIN, unit=unit)
        assert answer.status_code == 200, unit
        assert said in answer.text
        assert 'value="李伟"' in answer.text
        assert 'value="li.wei"' in answer.text
        assert f'<option selected value="{ADMIN}">' in answer.text
    no_role = add(site, client, unit=name)
    assert "请选择" in no_role.text
    assert f'value="{name}"' in no_role.text
    assert add(site, client, role=ADMIN, unit=f" {name} ").status_code == 302
    assert held(site, "li.wei") == [(ADMIN, "530115")]


def test_a_role_is_given_by_the_name_of_a_unit_and_a_wrong_one_stays_on_the_page(site: Site) -> None:
    client, pk = site.signed_in("root"), site.ids["xishan"]
    url = f"/users/show/{pk}"
    answer = site.post(client, f"/users/assign/{pk}", url, role=ADMIN, unit="没有这个单位")
    assert answer.status_code == 422
    assert 'value="没有这个单位"' in answer.text
    with site.portal.reading(Access.system("test")) as session:
        name = units.by_code(session, "530115").name
    assert site.post(client, f"/users/assign/{pk}", url, role=ADMIN, unit=name).status_code == 302
    assert (ADMIN, "530115") in held(site, "xishan")


def test_nobody_makes_an_account_with_a_role_outside_the_own_units(site: Site) -> None:
    client = site.signed_in("xishan")
    answer = add(site, client, role=ADMIN, unit="530115")
    assert answer.status_code in (200, 403)
    with site.portal.reading(Access.system("test")) as session, pytest.raises(NotFound):
        users.by_username(session, "li.wei")


def test_a_name_is_one_field_and_an_address_may_be_left_empty(site: Site) -> None:
    client, pk = site.signed_in("root"), site.ids["xishan"]
    page = client.get(f"/users/edit/{pk}").text
    assert 'name="first_name"' not in page
    assert "@portal.invalid" not in page
    with site.portal.reading(Access.system("test")) as session:
        assert f'value="{person_name(users.by_username(session, "xishan"))}"' in page
    sent = {"username": "xishan", "last_name": "欧阳某某", "email": "", "active": "y"}
    assert site.post(client, f"/users/edit/{pk}", **sent).status_code == 302
    with site.portal.reading(Access.system("test")) as session:
        user = users.by_username(session, "xishan")
        assert (person_name(user), user.email) == ("欧阳某某", "xishan@portal.invalid")


def test_the_list_has_one_name_and_the_units_of_the_roles(site: Site) -> None:
    with site.portal.writing(Access.system("test"), Origin(channel="cli")) as uow:
        older = users.create(uow, "older", "x", "小明", "欧阳", hashed=True)
        users.assign(uow, older.id, ADMIN, "530112", audited=False)
        newer = users.create(uow, "newer", "x", "", "李四", hashed=True)
        users.assign(uow, newer.id, ADMIN, "530112", audited=False)
        uow.commit()
    page = (
        site.signed_in("root").get("/users/list/?_oc_UserDBModelView=full_name&_od_UserDBModelView=asc").text
    )
    heads = re.findall(r'<th scope="col"[^>]*>(?:<a[^>]*>)?([^<]+)', page)
    assert heads[:3] == ["用户名", "姓名", "单位"]
    assert heads.count("姓名") == 1
    assert "名" not in heads
    for name in ("欧阳小明", "李四"):
        assert f'<td data-label="姓名">{name}</td>' in page
    assert '<td data-label="单位">西山区</td>' in page


def test_the_sign_in_page_names_the_centre_only_where_there_is_one(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "sign-in-centre" not in site.browser().get("/login/").text
    with site.portal.reading(Access.nobody()) as session:
        assert units.only_county(session) == ""
    monkeypatch.setattr(units, "only_county", lambda _session: "榆阳区综治中心")
    assert '<p class="sign-in-centre">榆阳区综治中心</p>' in site.browser().get("/login/").text
