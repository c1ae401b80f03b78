"""Ten wrong sign-ins lock an account for one address, whoever counted them, and tell nothing about accounts."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from portal.core.errors import PortalError
from portal.services import sign_in
from portal.services.sign_in import account
from portal.settings import Settings
from tests.web.conftest import PASSWORD
from tests.web.security.conftest import ELSEWHERE, HERE, Site

WAYS = ("try_form", "try_api")


def shown(answer: Any) -> tuple[int, str]:
    """Return the answer without what differs from request to request."""
    text = re.sub(r'(content|value)="[^"]*"|"request_id": ?"[^"]*"|/login/\?[^"]*', "", answer.text)
    return answer.status_code, text


@pytest.mark.parametrize("way", WAYS)
def test_ten_wrong_sign_ins_lock_the_account_for_this_address_only(site: Site, way: str) -> None:
    attempt = getattr(site, way)
    assert [attempt("root").status_code for _ in range(9)] == [401] * 9
    for password in ("wrong", PASSWORD):
        locked = attempt("root", password)
        assert locked.status_code == 429
        assert 0 < int(locked.headers["Retry-After"]) <= 300
    assert attempt("xishan", PASSWORD).status_code in (200, 302)
    assert attempt("root", PASSWORD, ELSEWHERE).status_code in (200, 302)
    assert attempt("root", PASSWORD, HERE).status_code == 429
    site.clock.forward(minutes=5)
    assert attempt("root", PASSWORD).status_code in (200, 302)


def test_form_and_api_and_other_processes_count_together(site: Site) -> None:
    other = site.worker()
    for number in range(9):
        assert (site, other)[number % 2].try_form("root").status_code == 401
    assert other.try_api("ROOT").status_code == 429
    assert site.try_form("root", PASSWORD).status_code == 429
    other.portal.database.dispose()


def test_the_right_password_takes_the_wrong_ones_back(site: Site) -> None:
    for _round in range(2):
        assert {site.try_api("root").status_code for _ in range(9)} == {401}
        assert site.try_api("root", PASSWORD).status_code == 200


@pytest.mark.parametrize("way", WAYS)
def test_absent_accounts_answer_and_lock_like_others(site: Site, way: str) -> None:
    attempt = getattr(site, way)
    for _number in range(11):
        assert shown(attempt("root")) == shown(attempt("nobody"))
    assert attempt("nobody").status_code == 429


def test_absent_accounts_cost_the_same_hash_and_statements(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    from sqlalchemy import event

    seen: list[str] = []
    original = account.check_password_hash

    def counted(*args: Any) -> bool:
        seen.append("hash")
        return bool(original(*args))

    monkeypatch.setattr(account, "check_password_hash", counted)
    event.listen(
        site.portal.database.engine, "before_cursor_execute", lambda *args: seen.append(args[2].split()[0])
    )
    runs = []
    for name in ("root", "nobody", "ro\u202eot", "r" * 900):
        seen.clear()
        assert site.try_api(name).status_code == 401
        runs.append(list(seen))
    assert runs[0] == runs[1] == runs[2] == runs[3]
    assert runs[0].count("hash") == 1


def test_attempts_at_once_are_looked_at_ten_times_at_most(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked: list[int] = []
    original = account.check_password_hash
    monkeypatch.setattr(account, "check_password_hash", lambda *args: looked.append(1) or original(*args))
    with ThreadPoolExecutor(6) as pool:
        statuses = list(pool.map(lambda _n: site.try_api("root").status_code, range(24)))
    assert len(looked) == 10
    assert set(statuses) == {401, 429}
    assert statuses.count(401) == 9


def test_a_forwarded_address_does_not_help(site: Site) -> None:
    for number in range(10):
        headers = {"X-Forwarded-For": f"198.51.100.{number}"}
        body = {"username": "root", "password": "wrong"}
        last = site.app.test_client().post("/api/v1/security/login", json=body, headers=headers)
    assert last.status_code == 429


NO_SIGN_IN: tuple[Any, ...] = (
    None,
    [],
    1,
    {},
    {"username": "root"},
    {"username": 1, "password": "x"},
    {"username": "x" * 2000, "password": "x"},
    {"username": "root", "password": "x", "provider": "ldap"},
)


def test_what_is_no_sign_in_is_refused(site: Site) -> None:
    for body in NO_SIGN_IN:
        status = site.app.test_client().post("/api/v1/security/login", json=body).status_code
        assert status == (415 if body is None else 400), body


def test_strange_texts_are_wrong_and_nothing_else(site: Site) -> None:
    for name, password in (("ro\0ot", "x"), ("root", "\0\0"), ("root", "\ud800"), ("\ud800", "x")):
        # Such texts are not even JSON that anybody may send.
        assert site.try_api(name, password, ELSEWHERE).status_code == 400
    for name, password in (("ro\0ot", "x"), ("root", "\0\0")):
        assert site.try_form(name, password, ELSEWHERE).status_code == 401
    assert site.try_api("root", "", ELSEWHERE).status_code == 401


def test_sign_ins_are_in_the_audit_and_passwords_typed_as_names_are_not(site: Site) -> None:
    site.try_form("root")
    site.try_form("my secret password")
    client = site.signed_in("root")
    site.post(client, "/logout/")
    entries = site.entries("login", "login_failed", "logout")
    assert [entry.action for entry in entries] == ["login_failed", "login_failed", "login", "logout"]
    assert [entry.object_id for entry in entries if entry.object_id[0] != "?"] == ["root"] * 3
    assert entries[0].ip == HERE
    assert "my secret" not in entries[1].object_id + entries[1].actor


def test_nobody_signs_in_past_the_counter(site: Site) -> None:
    with site.app.test_request_context("/"), pytest.raises(NotImplementedError):
        site.app.appbuilder.sm.auth_user_db("root", PASSWORD)
    assert issubclass(sign_in.LockedOut, Exception)


def test_many_accounts_from_one_address_count_together_over_all_processes(site: Site) -> None:
    most = sign_in.Limits().per_address
    other = site.worker()
    answers = [
        ((site, other)[number % 2].try_form, site.try_api)[number % 3 == 0](
            f"nobody-{number % 30}"
        ).status_code
        for number in range(most + 5)
    ]
    assert answers == [401] * most + [429] * 5
    # The right password is not looked at either, elsewhere it is; and it ends.
    locked = other.try_api("root", PASSWORD)
    assert (locked.status_code, 0 < int(locked.headers["Retry-After"]) <= 300) == (429, True)
    assert site.try_api("root", PASSWORD, ELSEWHERE).status_code == 200
    site.clock.forward(minutes=5)
    assert site.try_api("root", PASSWORD).status_code == 200


def test_an_office_behind_one_address_counts_nothing_and_one_password_pays_for_no_others(site: Site) -> None:
    most = sign_in.Limits().per_address
    for _round in range(most + 10):
        assert site.try_api("root", PASSWORD).status_code == 200
    # In between with a right password, the wrong ones on other accounts still count.
    seen = []
    for number in range(most + 1):
        seen.append(site.try_api(f"someone-{number}").status_code)
        if number % 7 == 0 and number < most - 1:
            assert site.try_api("root", PASSWORD).status_code == 200
    assert seen == [401] * most + [429]


def test_a_network_of_ipv6_is_one_address(site: Site) -> None:
    most = sign_in.Limits().per_address
    for number in range(most):
        assert site.try_api(f"x{number}", ip=f"2001:db8:1:2:{number:x}::1").status_code == 401
    assert site.try_api("y", ip="2001:db8:1:2:ffff::9").status_code == 429
    assert site.try_api("y", ip="2001:db8:1:3::9").status_code == 401


@pytest.mark.parametrize(("given", "wanted"), [(None, 50), ("10", 10), ("400", 400)])
def test_the_limit_of_an_address_is_a_setting(given: str | None, wanted: int) -> None:
    env = {"PORTAL_ENV": "demo", "PORTAL_SECRET_KEY": "a signing key of tests, 0123456789"}
    env |= {} if given is None else {"PORTAL_SIGN_INS_PER_ADDRESS": given}
    assert Settings.from_env(env).sign_ins_per_address == wanted


@pytest.mark.parametrize("given", ["9", "0", "-1", "many", "9999999999", "１２"])
def test_a_limit_that_makes_no_sense_is_refused(given: str) -> None:
    with pytest.raises(PortalError):
        Settings.from_env({"PORTAL_ENV": "demo", "PORTAL_SIGN_INS_PER_ADDRESS": given})
