"""The second factor: asked of whoever's role says so, set up by its owner, good for one use a code."""

from __future__ import annotations

import base64
import copy
import re
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest
from click.testing import CliRunner
from sqlalchemy import select

from portal.adapters.keyring import Keyring, new_key
from portal.app import create_app
from portal.core.access import Access
from portal.core.errors import PortalError
from portal.core.one_time_codes import SECONDS, code_at, step_of
from portal.persistence.models import AccountSecurity, AuditEntry, RecoveryCode, SignInStep
from portal.services.sign_in import account, second_factor
from portal.settings import Settings
from tests.web.conftest import PASSWORD, settings_for, token_in
from tests.web.security.conftest import ELSEWHERE, HERE, LOGIN, Site, alive, state

STEP = "/login/step"
MINE = "/users/second-factor/"
NEW = "Quite-another-word-7"


@pytest.fixture
def strict(staffed: Site) -> Site:
    """An installation where roles that ask for a second factor get one."""
    return staffed.strict()


def secret_in(page: str) -> bytes:
    """Return the key that a page shows."""
    found = re.search(r'class="set-up-key"[^>]*>([A-Z2-7 ]+)<', page)
    assert found, page
    return base64.b32decode(found[1].replace(" ", ""))


def codes_in(page: str) -> list[str]:
    """Return the recovery codes that a page shows."""
    return re.findall(r"<code>([A-Z2-7-]{19})</code>", page)


def code_now(site: Site, secret: bytes, later: int = 0) -> str:
    return code_at(secret, step_of(site.clock.now()) + later)


def password_given(site: Site, username: str, ip: str = HERE) -> Any:
    """Return a browser that has given the right password."""
    client = site.app.test_client()
    data = {"csrf_token": token_in(client.get("/login/").text), "username": username, "password": PASSWORD}
    answer = client.post("/login/?next=/units/", data=data, environ_base={"REMOTE_ADDR": ip})
    assert answer.status_code == 302
    return client


def send(client: Any, url: str = STEP, ip: str = HERE, **data: str) -> Any:
    """Post a form with its own token."""
    page = url.replace("confirm", "")
    token = token_in(client.get(page).text)
    return client.post(url, data={"csrf_token": token, **data}, environ_base={"REMOTE_ADDR": ip})


def enrolled(site: Site, username: str = "keeper") -> tuple[bytes, list[str]]:
    """Set the second factor up at sign-in; return its secret and the recovery codes."""
    client = password_given(site, username)
    secret = secret_in(client.get(STEP).text)
    page = send(client, code=code_now(site, secret))
    assert page.status_code == 200
    assert alive(client)
    site.clock.forward(seconds=SECONDS)
    return secret, codes_in(page.text)


def test_who_is_asked(staffed: Site, strict: Site) -> None:
    asked = {}
    for name in ("keeper", "chief", "clerk", "deputy"):
        asked[name] = strict.try_form(name, PASSWORD).headers["Location"].startswith(STEP)
        assert alive(staffed.signed_in(name)), "the demo asks nobody"
    assert asked == {"keeper": True, "chief": True, "clerk": False, "deputy": False}


def test_nothing_opens_before_it_is_set_up(strict: Site) -> None:
    client = password_given(strict, "keeper")
    for url in ("/", "/users/list/", "/users/userinfo/", MINE, "/records/case/list/"):
        assert client.get(url).headers["Location"].startswith("/login/"), url
    with client.session_transaction() as cookie:
        token = cookie["waiting"]
        cookie["sid"], cookie["_user_id"], cookie["_fresh"] = token, str(strict.ids["keeper"]), True
    assert not alive(client)


def test_setting_up_at_sign_in(strict: Site) -> None:
    client = password_given(strict, "keeper")
    page = client.get(STEP)
    assert page.headers["Cache-Control"].startswith("no-store") or "no-store" in page.headers["Cache-Control"]
    secret = secret_in(page.text)
    assert '<svg viewBox="0 0' in page.text
    assert " style=" not in page.text
    assert send(client, code="000000").status_code == 401
    assert secret_in(client.get(STEP).text) == secret
    done = send(client, code=code_now(strict, secret))
    assert done.status_code == 200
    codes = codes_in(done.text)
    assert len(set(codes)) == 10
    assert 'href="/units/"' in done.text or 'href="/"' in done.text
    assert alive(client)
    # Never shown again, neither key nor codes.
    again = client.get(MINE).text
    assert "set-up-key" not in again
    assert not codes_in(again)
    entries = strict.entries("second_factor", "login")
    assert [entry.action for entry in entries] == ["second_factor", "login"]
    assert entries[0].unit_path != "/"


def test_the_code_is_asked_for_from_then_on_and_counts_once(strict: Site) -> None:
    secret, _codes = enrolled(strict)
    client = password_given(strict, "keeper")
    assert "set-up-key" not in client.get(STEP).text
    code = code_now(strict, secret)
    first = send(client, code=f"{code[:3]} {code[3:]}")
    assert first.headers["Location"] in ("/", "/units/")
    assert alive(client)
    other = password_given(strict, "keeper")
    assert send(other, code=code).status_code == 401
    assert send(other, code=code_now(strict, secret, -1)).status_code == 401
    strict.clock.forward(seconds=SECONDS)
    assert send(other, code=code_now(strict, secret)).status_code == 302
    assert alive(other)


def test_it_is_optional_for_everybody_else_and_asked_for_once_it_is_there(staffed: Site) -> None:
    client = staffed.signed_in("clerk")
    assert send(client, MINE, action="start", current_password="wrong").status_code == 200
    assert "set-up-key" not in client.get(MINE).text
    assert send(client, MINE, action="start", current_password=PASSWORD).status_code == 302
    secret = secret_in(client.get(MINE).text)
    # Not confirmed: nobody is locked out by a half finished try.
    assert alive(staffed.signed_in("clerk"))
    assert send(client, MINE + "confirm", code="000000").status_code == 200
    assert len(codes_in(send(client, MINE + "confirm", code=code_now(staffed, secret)).text)) == 10
    assert staffed.try_form("clerk", PASSWORD).headers["Location"].startswith(STEP)
    renewed = send(client, MINE, action="renew", current_password=PASSWORD)
    assert len(codes_in(renewed.text)) == 10
    assert send(client, MINE, action="off", current_password="wrong").status_code == 200
    assert staffed.try_form("clerk", PASSWORD).headers["Location"].startswith(STEP)
    assert send(client, MINE, action="off", current_password=PASSWORD).status_code == 302
    assert staffed.try_form("clerk", PASSWORD).headers["Location"] == "/"
    assert send(client, MINE, action="renew", current_password=PASSWORD).status_code == 400
    assert send(client, MINE, action="x", current_password=PASSWORD).status_code == 400


def test_whose_role_asks_for_it_cannot_switch_it_off(strict: Site) -> None:
    secret, _codes = enrolled(strict)
    client = password_given(strict, "keeper")
    send(client, code=code_now(strict, secret))
    assert send(client, MINE, action="off", current_password=PASSWORD).status_code == 403
    assert strict.try_form("keeper", PASSWORD).headers["Location"].startswith(STEP)


def test_recovery_codes_let_in_once_each(strict: Site) -> None:
    _secret, codes = enrolled(strict)
    for code in (codes[0], codes[1].lower().replace("-", "")):
        client = password_given(strict, "keeper")
        assert send(client, code=code).status_code == 302
        assert alive(client)
        assert send(password_given(strict, "keeper"), code=code).status_code == 401
    with strict.portal.reading(Access.system("test")) as session:
        left = session.scalars(select(RecoveryCode.digest)).all()
    assert len(left) == 8
    assert not set(codes) & set(left)


@pytest.mark.parametrize("way", ["page", "program"])
def test_wrong_codes_count_like_wrong_passwords(strict: Site, way: str) -> None:
    secret, _codes = enrolled(strict)
    if way == "page":
        # The password was the first attempt.
        client = password_given(strict, "keeper")
        statuses = [send(client, code="000000").status_code for _ in range(9)]
    else:
        statuses = [strict.try_api("keeper", PASSWORD, code="000000").status_code for _ in range(5)]
    assert set(statuses[:-1]) == {401}
    assert statuses[-1] == 429
    right = code_now(strict, secret)
    assert strict.try_api("keeper", PASSWORD, code=right).status_code == 429
    assert strict.try_form("keeper", PASSWORD).status_code == 429
    assert strict.try_api("keeper", PASSWORD, ELSEWHERE, code=right).status_code == 200
    strict.clock.forward(minutes=5)
    assert strict.try_api("keeper", PASSWORD, code=code_now(strict, secret)).status_code == 200


def test_programs_send_the_code_with_the_password(strict: Site) -> None:
    refused = strict.try_api("keeper", PASSWORD)
    assert (refused.status_code, refused.json["error"]["code"]) == (403, "second_factor.set_up")
    secret, codes = enrolled(strict)
    refused = strict.try_api("keeper", PASSWORD)
    assert (refused.status_code, refused.json["error"]["code"]) == (401, "second_factor.required")
    for code in ("000000", "", "x" * 900):
        assert strict.try_api("keeper", PASSWORD, code=code).status_code == 401
    code = code_now(strict, secret)
    given = strict.try_api("keeper", PASSWORD, code=code)
    assert strict.with_token(given.json["access_token"]).status_code == 200
    assert strict.try_api("keeper", PASSWORD, code=code).status_code == 401
    assert strict.try_api("keeper", PASSWORD, code=codes[0]).status_code == 200
    assert strict.try_api("keeper", "wrong", code=codes[1]).json["error"]["code"] == "sign_in.wrong"
    assert strict.try_api("keeper", PASSWORD, code=codes[1]).status_code == 200
    body = {"username": "keeper", "password": PASSWORD, "code": 123456}
    assert strict.app.test_client().post(LOGIN, json=body).status_code == 400


def test_of_many_sign_ins_with_one_code_one_succeeds(strict: Site) -> None:
    secret, _codes = enrolled(strict)
    code = code_now(strict, secret)
    with ThreadPoolExecutor(4) as pool:
        ask = lambda n: strict.try_api("keeper", PASSWORD, f"192.0.2.{10 + n}", code=code).status_code  # noqa: E731
        statuses = list(pool.map(ask, range(8)))
    assert sorted(statuses) == [200] + [401] * 7


def test_a_sign_in_on_its_way_ends_in_time_and_with_the_account(strict: Site) -> None:
    secret, codes = enrolled(strict)
    late, closed = password_given(strict, "keeper"), password_given(strict, "keeper")
    strict.clock.forward(minutes=10)
    answer = late.post(STEP, data={"code": codes[0]})
    assert answer.status_code == 400
    assert late.get(STEP).headers["Location"].startswith("/login/")
    fresh = password_given(strict, "keeper")
    with strict.portal.writing(Access.system("test")) as uow:
        from portal.services import users

        user = users.by_username(uow.session, "keeper")
        users.set_password(uow, user, NEW)
        uow.commit()
    for client in (fresh, closed):
        assert client.get(STEP).headers["Location"].startswith("/login/")
    assert code_now(strict, secret)


def test_who_keeps_the_account_takes_it_from_somebody_who_lost_it(strict: Site) -> None:
    client = strict.signed_in("clerk")
    send(client, MINE, action="start", current_password=PASSWORD)
    send(client, MINE + "confirm", code=code_now(strict, secret_in(client.get(MINE).text)))
    program = strict.app.test_client()
    enrolled(strict, "keeper")
    with strict.portal.reading(Access.system("test")) as session:
        assert session.get_one(AccountSecurity, strict.ids["clerk"]).confirmed_at
    keeper = password_given(strict, "keeper")
    with strict.portal.reading(Access.system("test")) as session:
        sealed = session.get_one(AccountSecurity, strict.ids["keeper"]).secret
    assert sealed
    secret = strict.portal.keys.open(sealed, f"second factor\0{strict.ids['keeper']}")
    send(keeper, code=code_now(strict, base64.b64decode(secret)))
    url = f"/users/second-factor/of/{strict.ids['clerk']}/reset"
    assert url in keeper.get(f"/users/show/{strict.ids['clerk']}").text
    assert strict.post(keeper, url).status_code == 302
    assert not alive(client)
    assert [entry.object_id for entry in strict.entries("second_factor_off")] == ["clerk"]
    assert strict.try_form("clerk", PASSWORD).headers["Location"] == "/"
    with strict.portal.reading(Access.system("test")) as session:
        held = session.scalars(select(RecoveryCode.user_id)).all()
    assert strict.ids["clerk"] not in held
    assert program is not None


def with_keys(site: Site, *keys: Keyring, secret_key: str = "k" * 40) -> Site:
    """Return the same installation after its keys were changed: the first seals, all of them open."""
    ring = copy.copy(keys[0])
    ring._by_id = {number: key for one in reversed(keys) for number, key in one._by_id.items()}
    portal = replace(site.portal, keys=ring)
    settings = replace(settings_for(portal, site.folder), second_factor=True, secret_key=secret_key)
    return Site(create_app(settings, portal), portal, site.ids, site.clock, site.folder)


def lets_in(site: Site, code: str, username: str = "keeper") -> bool:
    done = send(password_given(site, username), code=code)
    assert done.status_code in (302, 401)
    site.clock.forward(seconds=SECONDS)
    return bool(done.status_code == 302)


def test_another_key_of_the_sessions_leaves_it_alone(strict: Site) -> None:
    secret, _codes = enrolled(strict)
    changed = with_keys(strict, strict.portal.keys, secret_key="x" * 40)
    assert lets_in(changed, code_now(changed, secret))


def test_a_new_data_key_takes_it_over(site: Site) -> None:
    strict, name = site.strict(), "root"
    secret, _codes = enrolled(strict, name)
    old, new = strict.portal.keys, Keyring.random()
    both, after = with_keys(strict, new, old), with_keys(strict, new)
    assert lets_in(both, code_now(both, secret), name)
    assert not lets_in(after, code_now(after, secret), name)
    assert [second_factor.rekey(both.portal) for _ in range(2)] == [1, 0]
    assert [entry.object_id for entry in strict.entries("rekey")] == [name]
    assert lets_in(after, code_now(after, secret), name)
    assert not lets_in(strict, code_now(strict, secret), name)


def test_without_the_data_key_recovery_codes_and_who_keeps_the_account_help(strict: Site) -> None:
    secret, codes = enrolled(strict)
    waiting = password_given(strict, "chief")
    assert secret_in(waiting.get(STEP).text)
    lost = with_keys(strict, Keyring.random())
    assert not lets_in(lost, code_now(lost, secret))
    assert lets_in(lost, codes[0])
    assert second_factor.rekey(lost.portal) == 0, "what does not open stays as it is"
    assert lets_in(strict, code_now(strict, secret))
    enrolled(lost, "chief")
    with lost.portal.writing(Access.system("test")) as uow:
        found = account.by_id(uow.session, strict.ids["keeper"])
        assert found
        second_factor.reset(uow, found)
        uow.commit()
    anew, _codes = enrolled(lost)
    assert lets_in(lost, code_now(lost, anew))


def test_by_the_command_line(strict: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    from portal.cli.user import command

    enrolled(strict)
    monkeypatch.setenv(
        "PORTAL_DATABASE_URL", strict.portal.database.engine.url.render_as_string(hide_password=False)
    )
    monkeypatch.setenv("PORTAL_SECRET_KEY", "a signing key of tests, 0123456789")
    monkeypatch.setenv("PORTAL_DATA_KEY", new_key())
    assert CliRunner().invoke(command, ["reset-second-factor", "nobody"]).exit_code == 1
    done = CliRunner().invoke(command, ["reset-second-factor", "keeper"])
    assert done.exit_code == 0, done.output
    assert "set-up-key" in password_given(strict, "keeper").get(STEP).text


def test_secrets_and_codes_are_nowhere_in_clear(strict: Site, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG")
    secret, codes = enrolled(strict)
    client = password_given(strict, "keeper")
    typed = code_now(strict, secret)
    send(client, code=typed)
    base32 = base64.b32encode(secret).decode()
    with strict.portal.reading(Access.system("test")) as session:
        audit = " ".join(str(vars(entry)) for entry in session.scalars(select(AuditEntry)))
        rows = [session.scalars(select(kind)).all() for kind in (AccountSecurity, RecoveryCode, SignInStep)]
        stored = str([vars(row) for found in rows for row in found])
    with client.session_transaction() as cookie:
        kept = str(dict(cookie))
    for place in (audit, stored, kept, caplog.text):
        for word in (
            base32,
            secret.hex(),
            base64.b64encode(secret).decode(),
            *codes,
            codes[0].replace("-", ""),
        ):
            assert word not in place
    assert f'"{typed}"' not in audit


def test_the_setting() -> None:
    key = {"PORTAL_SECRET_KEY": "a signing key of tests, 0123456789", "PORTAL_DATA_KEY": new_key()}
    assert not Settings.from_env(key | {"PORTAL_ENV": "demo"}).second_factor
    assert Settings.from_env(key).second_factor
    assert Settings.from_env(key | {"PORTAL_ENV": "demo", "PORTAL_SECOND_FACTOR": "required"}).second_factor
    assert not Settings.from_env(key | {"PORTAL_SECOND_FACTOR": "optional"}).second_factor
    with pytest.raises(PortalError):
        Settings.from_env(key | {"PORTAL_SECOND_FACTOR": "no"})


def test_the_first_password_holds_for_one_sign_in(staffed: Site) -> None:
    keeper = staffed.signed_in("keeper")
    page = f"/resetpassword/form?pk={staffed.ids['clerk']}"
    assert staffed.post(keeper, page, password=NEW, conf_password=NEW).status_code == 302
    refused = staffed.try_api("clerk", NEW)
    assert (refused.status_code, refused.json["error"]["code"]) == (403, "password.change")
    client = staffed.app.test_client()
    data = {"csrf_token": token_in(client.get("/login/").text), "username": "clerk", "password": NEW}
    assert client.post("/login/", data=data).headers["Location"].startswith(STEP)
    assert client.get("/").headers["Location"].startswith("/login/")
    for bad in (NEW, "password1", "short"):
        assert send(client, password=bad, conf_password=bad).status_code == 401
        assert not alive(client)
    own = "Maple-tree-43-own"
    assert send(client, password=own, conf_password="other").status_code == 200
    assert send(client, password=own, conf_password=own).status_code == 302
    assert alive(client)
    assert staffed.try_form("clerk", NEW).status_code == 401
    assert staffed.try_form("clerk", own).headers["Location"] == "/"


def test_a_new_account_chooses_its_own_password(staffed: Site) -> None:
    keeper = staffed.signed_in("keeper")
    person = {"username": "li.wei", "last_name": "李", "first_name": "伟", "email": "l@portal.invalid"}
    answer = staffed.post(keeper, "/users/add", active="y", password=NEW, conf_password=NEW, **person)
    assert answer.status_code == 302
    assert staffed.try_form("li.wei", NEW).headers["Location"].startswith(STEP)


def test_changing_the_own_password_takes_the_one_in_force(staffed: Site) -> None:
    client, page = staffed.signed_in("clerk"), "/resetmypassword/form"
    before = state(staffed)
    new = {"password": NEW, "conf_password": NEW}
    assert staffed.post(client, page, **new).status_code == 200
    assert state(staffed) == before
    statuses = [
        staffed.post(client, page, current_password="wrong", **new).status_code for _number in range(10)
    ]
    assert statuses == [200] * 9 + [429]
    locked = staffed.post(client, page, current_password=PASSWORD, **new)
    assert locked.status_code == 429
    assert int(locked.headers["Retry-After"]) > 0
    assert staffed.try_form("clerk", PASSWORD, "127.0.0.1").status_code == 429
    assert len(staffed.entries("login_failed")) == 10
    staffed.clock.forward(minutes=5)
    assert staffed.post(client, page, current_password=PASSWORD, **new).status_code == 302
    assert alive(client)
    assert staffed.try_form("clerk", NEW).headers["Location"] == "/"


def test_my_account_changes_the_name_and_nothing_else(staffed: Site) -> None:
    client = staffed.signed_in("clerk")
    more = {
        "username": "chief2",
        "email": "a@portal.invalid",
        "roles": "1",
        "active": "",
        "password": NEW,
        "id": str(staffed.ids["chief"]),
    }
    answer = staffed.post(client, "/myaccountview/form", last_name=" 李伟 ", first_name="不收", **more)
    assert answer.status_code == 302
    with staffed.portal.reading(Access.system("test")) as session:
        from portal.persistence.models import User
        from portal.services import users

        user = session.get_one(User, staffed.ids["clerk"])
        assert (user.last_name, user.first_name) == ("李伟", "")
        assert (user.username, user.email, user.active) == ("clerk", "clerk@portal.invalid", True)
        assert [entry.role for entry in users.assignments(session, user_id=user.id)] == ["clerk"]
        assert session.get_one(User, staffed.ids["chief"]).last_name == "chief"
    assert alive(staffed.signed_in("clerk"))


def test_each_sign_in_offers_a_secret_of_its_own_after_the_password_was_changed(strict: Site) -> None:
    with strict.portal.writing(Access.system("test")) as uow:
        second_factor.row_of(uow.session, strict.ids["keeper"]).must_change_password = True
        uow.commit()
    thief, owner = password_given(strict, "keeper"), password_given(strict, "keeper")
    for client in (thief, owner):
        assert "set-up-key" not in client.get(STEP).text
    # The owner chooses a password; whoever knew the first one gets no further with it.
    assert send(owner, password=NEW, again=NEW, conf_password=NEW).status_code == 302
    mine = secret_in(owner.get(STEP).text)
    assert secret_in(owner.get(STEP).text) == mine
    late = strict.try_form("keeper", PASSWORD)
    assert late.status_code == 401
    done = send(owner, code=code_now(strict, mine))
    assert (done.status_code, len(codes_in(done.text))) == (200, 10)


def test_two_unfinished_set_ups_show_two_secrets_and_each_takes_its_own(strict: Site) -> None:
    first, second = password_given(strict, "keeper"), password_given(strict, "keeper")
    one, other = secret_in(first.get(STEP).text), secret_in(second.get(STEP).text)
    assert one != other
    assert send(first, code=code_now(strict, other)).status_code == 401
    assert send(second, code=code_now(strict, other)).status_code == 200
    # The one that came too late sets up nothing: there is a second factor now.
    assert send(first, code=code_now(strict, one)).status_code == 401
