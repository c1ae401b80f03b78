"""What Flask-AppBuilder leaves open, tried at the portal; ``docs/flask-appbuilder.md`` is the list."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from flask_appbuilder.security.sqla.models import ApiKey, Permission, PermissionView, Role, ViewMenu
from sqlalchemy import event, func, select
from werkzeug.security import generate_password_hash

from portal.app import create_app
from portal.core.access import Access
from portal.persistence import scope
from portal.persistence.ledger import forget_accesses
from tests.web.conftest import settings_for
from tests.web.security.conftest import Site, state

NEW = "Quite-another-word-7"
NONSENSE = (
    "page_UserView=abc",
    "page_UserView=-1",
    "page_UserView=99999999999999999999",
    "psize_UserView=x",
    "psize_UserView=-5",
    "_oc_UserView=password&_od_UserView=asc",
    "_oc_UserView=nothing&_od_UserView=asc",
    "_oc_UserView=roles.name&_od_UserView=asc",
    "_flt_0_password=x",
    "_flt_0_nothing=x",
    "_flt_0_roles=x",
    "_flt_0_last_login=yesterday",
    "_flt_0_created_by=x",
    "_flt_x_username=x",
    "_flt_0_active=maybe",
    "_flt_0_username=%00",
)
HARMLESS = ("page_UserView=500", "_od_UserView=asc", "_flt_0_username=zzz", "_flt_0_active=y", "x=y")


def person(**more: str) -> dict[str, str]:
    made = {"username": "li.wei", "last_name": "李", "first_name": "伟", "email": "l@portal.invalid"}
    return made | {"active": "y", "password": NEW, "conf_password": NEW} | more


def test_nonsense_in_the_address_of_a_list_is_refused(site: Site) -> None:
    client = site.signed_in("root")
    assert {query: client.get(f"/users/list/?{query}").status_code for query in NONSENSE} == dict.fromkeys(
        NONSENSE, 400
    )
    assert {query: client.get(f"/users/list/?{query}").status_code for query in HARMLESS} == dict.fromkeys(
        HARMLESS, 200
    )


def test_what_cannot_be_saved_comes_back_in_its_form(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    client = site.signed_in("root")
    for twin in ("xishan", "XiShan"):
        answer = site.post(client, "/users/add", **person(username=twin))
        assert answer.status_code == 200
        assert 'value="l@portal.invalid"' in answer.text
        assert "field-error" in answer.text
    pk = site.ids["xishan"]
    answer = site.post(client, f"/users/edit/{pk}", **person(username="JINNING"))
    assert answer.status_code == 200
    assert 'value="l@portal.invalid"' in answer.text
    # Between the check and the writing somebody else takes the name.
    from flask_appbuilder.validators import Unique

    from portal.web.accounts import users as pages

    monkeypatch.setattr(Unique, "__call__", lambda *_args: None)
    monkeypatch.setattr(pages, "_is_taken", lambda *_args: False)
    before = state(site)
    for url, name in (("/users/add", "xishan"), (f"/users/edit/{pk}", "jinning")):
        answer = site.post(client, url, **person(username=name, email="jinning@portal.invalid"))
        assert answer.status_code == 200, url
        assert 'value="jinning@portal.invalid"' in answer.text, url
    assert state(site) == before


def test_no_history_of_pages_is_kept_in_the_cookie(staffed: Site) -> None:
    client = staffed.signed_in("chief")
    pk = staffed.ids["clerk"]
    cancel = {
        f"/users/edit/{pk}": f"/users/show/{pk}",
        "/users/add": "/users/list/",
        f"/resetpassword/form?pk={pk}": f"/users/show/{pk}",
        "/resetmypassword/form": "/users/userinfo/",
        "/myaccountview/form": "/users/userinfo/",
    }
    for url, target in cancel.items():
        client.get("/releases/")
        assert f'<a class="btn" href="{target}">' in client.get(url).text, url
    for url in ("/users/list/", "/roles/list/", "/lang/en", "/back"):
        client.get(url)
    with client.session_transaction() as cookie:
        assert "page_history" not in cookie
    assert client.get("/back").headers["Location"] == "/"


def test_starting_writes_no_permissions_and_a_cleanup_takes_none(staffed: Site) -> None:
    def written() -> int | None:
        with staffed.portal.reading(Access.system("test")) as session:
            return session.scalar(select(func.count()).select_from(PermissionView))

    # The application of the site has started already.
    assert written() == 0
    before = state(staffed)
    app = create_app(settings_for(staffed.portal, staffed.folder), staffed.portal)
    assert state(staffed) == before
    with staffed.portal.database.writers() as session:
        scope.enter(session, Access.system("test"))
        session.add(
            PermissionView(permission=Permission(name="can_list"), view_menu=ViewMenu(name="Entity.x"))
        )
        session.commit()
    with app.app_context():
        app.appbuilder.security_cleanup()
    assert written() == 1


def test_no_role_is_made_of_patterns_and_nothing_is_public(staffed: Site) -> None:
    manager = staffed.app.appbuilder.sm
    assert manager.builtin_roles.keys() <= {"Admin"}
    assert not staffed.app.config.get("FAB_ROLES")
    # Whatever the role Public of the framework holds, a stranger holds nothing.
    with staffed.portal.database.writers() as session:
        scope.enter(session, Access.system("test"))
        pair = PermissionView(
            permission=Permission(name="can_list"), view_menu=ViewMenu(name="UserDBModelView")
        )
        session.add(Role(name="Public", permissions=[pair]))
        session.commit()
    answer = staffed.app.test_client().get("/users/list/")
    assert answer.status_code == 302
    assert answer.headers["Location"].startswith("/login/")


def test_permissions_are_worked_out_once(staffed: Site) -> None:
    client, sent = staffed.signed_in("clerk"), []
    event.listen(staffed.portal.database.engine, "before_cursor_execute", lambda *a: sent.append(a[2]))

    def asked() -> list[str]:
        sent.clear()
        assert client.get("/users/list/").status_code == 403
        return [sql for sql in sent if "ab_permission" in sql or "FROM assignment" in sql]

    asked()
    assert asked() == []
    with staffed.portal.database.writers() as session:
        forget_accesses(session)
        session.commit()
    assert len(asked()) == 2, "where anybody's access changed"


def test_keys_of_programs_open_nothing(staffed: Site) -> None:
    """Flask-AppBuilder stores scopes of its keys and never looks at them: so there are no keys."""
    raw, manager = "sst_" + "k" * 40, staffed.app.appbuilder.sm
    with staffed.app.app_context():
        known = manager._compute_lookup_hash(raw)
    with staffed.portal.database.writers() as session:
        scope.enter(session, Access.system("test"))
        session.add(
            ApiKey(
                uuid="u",
                name="k",
                key_hash=generate_password_hash(raw),
                lookup_hash=known,
                key_prefix="sst_",
                user_id=staffed.ids["chief"],
                active=True,
                created_on=dt.datetime.now(),
            )
        )
        session.commit()
    for headers in ({"Authorization": f"Bearer {raw}"}, {"X-API-Key": raw}):
        answer = staffed.app.test_client().get("/api/v1/records/case/", headers=headers)
        assert answer.status_code == 401


def test_a_token_counts_in_its_header_only(staffed: Site) -> None:
    token = staffed.tokens("chief")["access_token"]
    url = "/api/v1/records/case/"

    def ask(**how: Any) -> int:
        client = staffed.app.test_client()
        if how.pop("cookie", False):
            client.set_cookie("access_token_cookie", token)
        return int(client.get(url, **how).status_code)

    assert ask(headers={"Authorization": f"Bearer {token}"}) != 401
    for how in ({"cookie": True}, {"query_string": {"jwt": token}}, {"json": {"access_token": token}}):
        assert ask(**how) == 401, how
    # The cookie of a browser opens pages, and no interface.
    assert staffed.signed_in("chief").get(url).status_code == 401


def test_what_is_not_used_has_no_address(staffed: Site) -> None:
    rules = [str(rule) for rule in staffed.app.url_map.iter_rules()]
    unused = (
        "chart",
        "register",
        "oauth",
        "saml",
        "swagger",
        "menu",
        "download",
        "action",
        "apikey",
        "_openapi",
    )
    assert not [rule for rule in rules for word in unused if word in rule.lower() and "/records/" not in rule]
    with staffed.app.app_context():
        assert staffed.app.appbuilder.sm.auth_type == 1
        assert not staffed.app.appbuilder.sm.auth_user_registration
    views = {type(view).__mro__ for view in staffed.app.appbuilder.baseviews}
    assert not [
        kind for kinds in views for kind in kinds if kind.__name__ in ("ModelRestApi", "DirectChartView")
    ]


def test_sqlite_waits_checks_and_keeps(staffed: Site) -> None:
    with staffed.portal.database.engine.connect() as connection:
        asked = ("journal_mode", "foreign_keys", "busy_timeout")
        found = [connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in asked]
    assert found == ["wal", 1, 15_000]
