"""A cookie and a token are worth nothing from the request after sign-out, and after what takes trust away."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import event, select

from portal.core.access import ADMIN, Access
from portal.persistence import scope
from portal.persistence.models import Group, SignInSession, User
from portal.services import users
from portal.services.sign_in import Limits
from portal.settings import Settings
from tests.web.conftest import PASSWORD
from tests.web.security.conftest import Site, alive

NEW = "Quite-another-word-7"


def copy_of(site: Site, client: Any) -> Any:
    """Return a browser with the same cookie: what a thief would have."""
    thief = site.app.test_client()
    thief.set_cookie("one_door", client.get_cookie("one_door").value)
    return thief


def set_password(site: Site, pk: int) -> None:
    root = site.signed_in("root")
    page = f"/resetpassword/form?pk={pk}"
    assert site.post(root, page, password=NEW, conf_password=NEW).status_code == 302


def close_account(site: Site, pk: int) -> None:
    root = site.signed_in("root")
    data = {"username": "xishan", "last_name": "xishan", "first_name": "员", "email": "x@portal.invalid"}
    assert site.post(root, f"/users/edit/{pk}", **data).status_code == 302


def take_role(site: Site, pk: int) -> None:
    with site.portal.reading(Access.system("test")) as session:
        held = users.assignments(session, user_id=pk)[0].id
    root = site.signed_in("root")
    assert site.post(root, f"/users/revoke/{pk}/{held}", f"/users/show/{pk}").status_code == 302


def end_by_administrator(site: Site, pk: int) -> None:
    root = site.signed_in("root")
    url = f"/users/sessions/of/{pk}"
    assert site.post(root, f"{url}/end", url, session="all").status_code == 302


def end_everywhere(site: Site, pk: int) -> None:
    client = site.signed_in("xishan")
    site.post(client, "/users/sessions/end", session="all")
    assert not alive(client)


def change_own(site: Site, pk: int) -> None:
    client = site.signed_in("xishan")
    old = copy_of(site, client)
    answer = site.post(
        client, "/resetmypassword/form", current_password=PASSWORD, password=NEW, conf_password=NEW
    )
    assert answer.status_code == 302
    assert alive(client)
    assert not alive(old)


@pytest.mark.parametrize(
    "happening", [set_password, close_account, take_role, end_by_administrator, end_everywhere, change_own]
)
def test_cookies_and_tokens_die(site: Site, happening: Any) -> None:
    pk = site.ids["xishan"]
    cookie, tokens, neighbour = site.signed_in("xishan"), site.tokens("xishan"), site.signed_in("jinning")
    assert alive(cookie)
    assert site.with_token(tokens["refresh_token"], "/api/v1/security/refresh").status_code == 200
    happening(site, pk)
    assert not alive(cookie)
    assert site.with_token(tokens["access_token"]).status_code == 401
    assert site.with_token(tokens["refresh_token"], "/api/v1/security/refresh").status_code == 401
    assert alive(neighbour)


def test_a_stolen_cookie_dies_with_the_sign_out(site: Site) -> None:
    client = site.signed_in("root")
    thief, other = copy_of(site, client), site.signed_in("root")
    assert alive(thief)
    site.post(client, "/logout/")
    assert not alive(thief)
    assert alive(other)


def test_tokens_die_with_their_sign_out(site: Site) -> None:
    mine, other = site.tokens(), site.tokens()
    assert site.with_token(mine["access_token"]).status_code == 200
    assert site.with_token(mine["access_token"]).status_code == 401
    assert site.with_token(mine["refresh_token"], "/api/v1/security/refresh").status_code == 401
    renewed = site.with_token(other["refresh_token"], "/api/v1/security/refresh")
    assert site.with_token(renewed.json["access_token"]).status_code == 200


def test_tokens_live_a_quarter_of_an_hour(site: Site) -> None:
    import jwt

    tokens = site.tokens()
    for name, most in (("access_token", 15 * 60), ("refresh_token", 12 * 3600)):
        claims = jwt.decode(tokens[name], options={"verify_signature": False})
        assert claims["exp"] - claims["iat"] <= most


def test_a_token_that_was_checked_before_ends_all_the_same(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    import jwt
    from flask_jwt_extended import decode_token
    from jwt.exceptions import ExpiredSignatureError

    token = site.tokens()["access_token"]
    with site.app.test_request_context("/"):
        claims = decode_token(token)
        manager = site.app.extensions["flask-jwt-extended"]
        kept = manager._known.get(token)
        monkeypatch.setitem(kept, "sid", "kept")
        assert decode_token(token)["sid"] == "kept"
        monkeypatch.setitem(kept, "exp", 0)
        # What is kept has ended, so the token itself is looked at again.
        assert decode_token(token) == claims
        short = claims | {"exp": 1}
        ended = jwt.encode(short, site.app.config["SECRET_KEY"], algorithm="HS256")
        with pytest.raises(ExpiredSignatureError):
            decode_token(ended)
        assert manager._known.get(ended) is None


def test_a_token_without_its_session_is_refused(site: Site) -> None:
    from flask_jwt_extended import create_access_token

    with site.app.test_request_context("/"):
        for claims in ({}, {"sid": "x"}, {"sid": 1}):
            token = create_access_token(str(site.ids["root"]), additional_claims=claims)
            assert site.with_token(token).status_code == 401


def test_a_session_belongs_to_its_own_user(site: Site) -> None:
    client = site.signed_in("xishan")
    with client.session_transaction() as cookie:
        cookie["_user_id"] = str(site.ids["root"])
    assert not alive(client)


def test_idle_and_absolute_limits(site: Site) -> None:
    idle, busy, tokens = site.signed_in("root"), site.signed_in("root"), site.tokens()
    for _quarter in range(2):
        assert alive(busy)
        site.clock.forward(minutes=15)
    assert not alive(idle)
    assert site.with_token(tokens["access_token"]).status_code == 401
    for _quarter in range(46):
        assert alive(busy)
        site.clock.forward(minutes=15)
    assert not alive(busy)


def test_a_session_in_use_is_written_once_a_minute_and_read_with_the_user(site: Site) -> None:
    client = site.signed_in("root")
    assert alive(client)
    seen: list[str] = []
    event.listen(site.portal.database.engine, "before_cursor_execute", lambda *a: seen.append(a[2]))
    for seconds, writes in ((59, 0), (1, 1), (30, 0)):
        seen.clear()
        site.clock.forward(seconds=seconds)
        assert alive(client)
        assert len([one for one in seen if one.startswith("UPDATE sign_in_session")]) == writes
        assert not [one for one in seen if one.startswith("INSERT")]
        reads = [one for one in seen if "sign_in_session" in one and one.startswith("SELECT")]
        assert len(reads) == 1
        assert "ab_user" in reads[0]


def test_the_secret_of_a_session_is_not_in_the_database(site: Site) -> None:
    client = site.signed_in("root")
    with client.session_transaction() as cookie:
        secret = cookie["sid"]
    with site.portal.reading(Access.system("test")) as session:
        rows = session.scalars(select(SignInSession)).all()
    assert len(secret) >= 43
    assert len(rows) == 1
    assert secret not in str(vars(rows[0]))


def test_the_page_of_sessions_shows_ones_own_and_ends_one(site: Site) -> None:
    client, other = site.signed_in("xishan", "en"), site.signed_in("xishan")
    site.tokens("xishan")
    page = client.get("/users/sessions/").text
    assert page.count('name="session"') == 4
    assert "This session" in page
    assert "Program" in page
    assert "全部退出登录" in other.get("/users/sessions/").text
    with site.portal.reading(Access.system("test")) as session:
        rows = session.scalars(select(SignInSession).order_by(SignInSession.id)).all()
    site.post(client, "/users/sessions/end", session=str(rows[1].id))
    assert alive(client)
    assert not alive(other)
    assert [entry.object_id for entry in site.entries("end_session")] == ["xishan"]


def test_sessions_of_others_are_for_those_who_keep_their_accounts(site: Site) -> None:
    jinning, client = site.signed_in("jinning"), site.signed_in("xishan")
    for pk in (site.ids["jinning"], site.ids["root"], 9999):
        url = f"/users/sessions/of/{pk}"
        assert client.get(url).status_code == 404
        assert site.post(client, f"{url}/end", session="all").status_code == 404
    with site.portal.reading(Access.system("test")) as session:
        foreign = session.scalars(select(SignInSession.id).order_by(SignInSession.id)).first()
    site.post(client, "/users/sessions/end", session=str(foreign))
    assert alive(jinning)
    assert client.get("/users/sessions/end").status_code == 405
    assert client.post("/users/sessions/end", data={"session": "all"}).status_code == 400
    for odd in ("", "-1", "x", "9" * 40):
        assert site.post(client, "/users/sessions/end", session=odd).status_code == 400
    assert alive(client)


def test_who_leaves_a_group_signs_in_again(site: Site) -> None:
    pk = site.ids["xishan"]
    with site.portal.database.writers() as session:
        scope.enter(session, Access.system("test"))
        session.add(Group(name="g", users=[session.get_one(User, pk)]))
        session.commit()
    client, neighbour = site.signed_in("xishan"), site.signed_in("jinning")
    with site.portal.database.writers() as session:
        scope.enter(session, Access.system("test"))
        session.scalars(select(Group)).one().users = []
        session.commit()
    assert not alive(client)
    assert alive(neighbour)


def test_a_new_role_ends_no_session(site: Site) -> None:
    client = site.signed_in("xishan")
    root, pk = site.signed_in("root"), site.ids["xishan"]
    site.post(root, f"/users/assign/{pk}", f"/users/show/{pk}", role=ADMIN, unit="530115")
    assert alive(client)


def test_signing_in_ends_nobodys_known_access(site: Site) -> None:
    before = users.access_of(site.portal, site.ids["jinning"])
    site.signed_in("xishan")
    site.try_form("xishan")
    assert users.access_of(site.portal, site.ids["jinning"]) is before


def test_statistics_of_sign_ins_are_kept(site: Site) -> None:
    site.try_form("root")
    site.try_form("root")
    with site.portal.reading(Access.system("test")) as session:
        assert session.get_one(User, site.ids["root"]).fail_login_count == 2
    site.signed_in("root")
    with site.portal.reading(Access.system("test")) as session:
        user = session.get_one(User, site.ids["root"])
        assert (user.fail_login_count, user.login_count) == (0, 1)


def test_limits_may_only_be_narrowed() -> None:
    from portal.core.errors import PortalError

    given = {"PORTAL_ENV": "demo", "PORTAL_SECRET_KEY": "a signing key of tests, 0123456789"}
    assert Settings.from_env(given).session_idle_minutes == Limits().idle.total_seconds() / 60
    assert Settings.from_env(given | {"PORTAL_SESSION_HOURS": "8"}).session_hours == 8
    for name, value in (("IDLE_MINUTES", "31"), ("IDLE_MINUTES", "0"), ("HOURS", "13"), ("HOURS", "x")):
        with pytest.raises(PortalError):
            Settings.from_env(given | {f"PORTAL_SESSION_{name}": value})


def test_the_password_of_the_tests_is_a_good_one() -> None:
    from portal.services.users.passwords import problems_of

    assert not problems_of(PASSWORD, "root")
