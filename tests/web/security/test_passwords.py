"""What a password must be like, on every way that sets one."""

from __future__ import annotations

import base64

import pytest
from click.testing import CliRunner
from werkzeug.security import check_password_hash

from portal.adapters.keyring import new_key
from portal.core.access import ADMIN, Access
from portal.core.errors import InvalidInput
from portal.persistence.models import User
from portal.services import users
from portal.services.users.passwords import common_passwords, problems_of
from tests.web.conftest import PASSWORD
from tests.web.security.conftest import Site

COMMON = ("password", "Password1", "12345678", "QWERTYUIOP", "iloveyou", "11111111", "woaini1314", "abababab")


def codes(password: str, username: str = "li.wei") -> set[str]:
    return {problem.code for problem in problems_of(password, username)}


def test_the_list_is_long_and_of_use() -> None:
    assert len(common_passwords()) >= 3_000
    assert all(len(one) >= 8 and one == one.casefold() for one in common_passwords())


@pytest.mark.parametrize("password", COMMON)
def test_common_passwords_are_refused(password: str) -> None:
    assert codes(password) == {"password.common"}


def test_short_long_and_own_names_are_refused() -> None:
    assert codes("Ab3-x9q") == {"password.short"}
    assert codes("Ab3-x9q" * 20) == {"password.long"}
    for password in ("wang.xiaoming", "WANG.xiaoming", "gnimoaix.gnaw", "wang.xiaoming2026"):
        assert codes(password, "wang.xiaoming") == {"password.name"}
    assert not codes("Linden-tree-42")
    assert not codes("云南的天空很蓝呀！")


def test_every_service_asks_the_rules(site: Site) -> None:
    with site.portal.writing(Access.system("test")) as uow:
        for password in ("short", "password1", "li.wei99"):
            with pytest.raises(InvalidInput):
                users.create(uow, "li.wei", password, "伟", "李")
        user = users.create(uow, "li.wei", "Linden-tree-42", "伟", "李")
        uow.commit()
        pk = user.id
    for password, good in (("password1", False), ("Linden-tree-42", False), ("Maple-tree-43", True)):
        with site.portal.writing(Access.system("test")) as uow:
            found = uow.session.get_one(User, pk)
            if good:
                users.set_password(uow, found, password)
                uow.commit()
            else:
                with pytest.raises(InvalidInput):
                    users.set_password(uow, found, password)


def test_the_last_five_passwords_are_not_taken_again(site: Site) -> None:
    pk = site.ids["root"]
    series = [f"Tree-number-{n}-grows" for n in range(1, 6)]
    for password in series:
        with site.portal.writing(Access.system("test")) as uow:
            users.set_password(uow, uow.session.get_one(User, pk), password)
            uow.commit()
    for password in series:
        with site.portal.writing(Access.system("test")) as uow, pytest.raises(InvalidInput) as refused:
            users.set_password(uow, uow.session.get_one(User, pk), password)
        assert refused.value.code == "password.past"
    with site.portal.writing(Access.system("test")) as uow:
        # The first one is six back by now.
        users.set_password(uow, uow.session.get_one(User, pk), PASSWORD)
        uow.commit()
    assert len(site.entries("password")) == 6


def test_the_pages_ask_the_rules(site: Site) -> None:
    client = site.signed_in("root")
    pages = ("/resetmypassword/form", f"/resetpassword/form?pk={site.ids['xishan']}")
    for page, own in zip(pages, (PASSWORD, PASSWORD), strict=True):
        for password in ("password1", "short", own):
            new = {"password": password, "conf_password": password, "current_password": PASSWORD}
            answer = site.post(client, page, **new)
            assert answer.status_code == 200, (page, password)
            assert "field-error" in answer.text
    person = {
        "username": "li.wei",
        "last_name": "李",
        "first_name": "伟",
        "email": "l@portal.invalid",
        "active": "y",
    }
    for password, status in (("password1", 200), ("li.wei12", 200), ("Linden-tree-42", 302)):
        answer = site.post(client, "/users/add", password=password, conf_password=password, **person)
        assert answer.status_code == status, password
    assert not site.entries("password")
    added = [entry for entry in site.entries("add") if entry.object_id == "li.wei"]
    assert len(added) == 1
    assert "***" in str(added[0].after)


def test_an_administrator_by_the_command_line_needs_a_good_password(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    from portal.cli.user import command

    url = site.portal.database.engine.url.render_as_string(hide_password=False)
    monkeypatch.setenv("PORTAL_DATABASE_URL", url)
    monkeypatch.setenv("PORTAL_ENV", "production")
    monkeypatch.setenv("PORTAL_SECRET_KEY", "a signing key of tests, 0123456789")
    monkeypatch.setenv("PORTAL_DATA_KEY", new_key())
    run = CliRunner().invoke
    asked = ["create-admin", "chief", "--unit", "530100"]
    for password in ("password1", "short", "chief", "admin123"):
        refused = run(command, asked, input=f"{password}\n{password}\n")
        assert refused.exit_code == 1, refused.output
        assert "password." in refused.output
    with site.portal.reading(Access.system("test")) as session:
        assert session.query(User).filter_by(username="chief").count() == 0
    made = run(command, asked, input="Linden-tree-42\nLinden-tree-42\n")
    assert made.exit_code == 0, made.output
    with site.portal.reading(Access.system("test")) as session:
        user = session.query(User).filter_by(username="chief").one()
        assert check_password_hash(user.password, "Linden-tree-42")
        assert users.assignments(session, user_id=user.id)[0].role == ADMIN
    assert len([entry for entry in site.entries("add") if entry.object_id == "chief"]) == 1


# As long as it has to be, and guessed all the same: one sign, few signs, a word again and again, a known one drawn out.
WEAK = [
    "k" * 40,
    "12" * 20,
    "abc123" * 8,
    "0123456789" * 4,
    "change-me-change-me-change-me-please-1",
    "secret" + "x1" * 20,
]


@pytest.mark.parametrize("key", ["", "secret", "\\2\\1thisismyscretkey\\1\\2\\e\\y\\y\\h", "k" * 31, *WEAK])
def test_without_a_secret_key_of_its_own_nothing_starts(key: str, monkeypatch: pytest.MonkeyPatch) -> None:
    from portal.cli import main
    from portal.core.errors import PortalError
    from portal.settings import Settings

    with pytest.raises(PortalError) as refused:
        Settings.from_env({"PORTAL_SECRET_KEY": key})
    assert refused.value.code == "settings.secret"
    monkeypatch.setenv("PORTAL_SECRET_KEY", key)
    monkeypatch.delenv("PORTAL_ENV", raising=False)
    started = CliRunner().invoke(main, ["serve"])
    assert started.exit_code == 1
    assert "settings.secret" in started.output


@pytest.mark.parametrize(
    "more",
    [
        {"PORTAL_DATA_KEY": base64.b64encode(bytes(32)).decode()},
        {"PORTAL_DATA_KEY": base64.b64encode(b"ab" * 16).decode()},
        {"PORTAL_METRICS_TOKEN": "x"},
        {"PORTAL_METRICS_TOKEN": "m" * 40},
        {"PORTAL_METRICS_TOKEN": "metrics-token"},
    ],
)
def test_no_other_secret_may_be_guessed_either(more: dict[str, str]) -> None:
    from portal.core.errors import PortalError
    from portal.settings import Settings

    good = {
        "PORTAL_SECRET_KEY": "a signing key of tests, 0123456789",
        "PORTAL_DATA_KEY": new_key(),
        "PORTAL_METRICS_TOKEN": "a token of tests, 0123",
    }
    assert Settings.from_env(good).metrics_token
    with pytest.raises(PortalError):
        Settings.from_env(good | more)


def test_no_account_is_there_by_default(database_url: str) -> None:
    from sqlalchemy import func, select

    from portal.services.portal import Portal

    portal = Portal.from_url(database_url)
    with portal.reading(Access.system("test")) as session:
        assert session.scalar(select(func.count()).select_from(User)) == 0
    portal.database.dispose()
