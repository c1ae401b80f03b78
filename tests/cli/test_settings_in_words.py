"""Settings that cannot be used are told in words, and what holds secrets is its owner's alone."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest
from click.testing import CliRunner

from portal.cli import main
from portal.cli.language import why
from portal.core.errors import PortalError
from portal.i18n import translator
from portal.persistence.database import Database
from portal.settings import Settings


@pytest.mark.parametrize(
    ("name", "value", "code"),
    [
        ("PORTAL_PROXIES", "abc", "settings.number"),
        ("PORTAL_PROXIES", "-1", "settings.number"),
        ("PORTAL_PROXIES", "１", "settings.number"),
        ("PORTAL_PROXIES", "99999999999", "settings.number"),
        ("PORTAL_HTTPS", "yes", "settings.choice"),
        ("PORTAL_HTTPS", "true", "settings.choice"),
        ("PORTAL_HTTPS", " 1", "settings.choice"),
        ("PORTAL_TRUSTED_HOSTS", "[::1]", "settings.hosts"),
        ("PORTAL_TRUSTED_HOSTS", "portal.example,2001:db8::1", "settings.hosts"),
        ("PORTAL_TRUSTED_HOSTS", "https://portal.example", "settings.hosts"),
        ("PORTAL_TRUSTED_HOSTS", "portal example", "settings.hosts"),
        ("PORTAL_DATABASE_URL", "postgresql://x:y@[::1/z", "settings.database"),
        ("PORTAL_DATABASE_URL", "postgresql://x:y@h:port/z", "settings.database"),
        ("PORTAL_DATABASE_URL", "mysql://x/y", "settings.database"),
    ],
)
def test_a_setting_that_cannot_be_used_is_named_without_a_traceback(
    tmp_path: Path, name: str, value: str, code: str
) -> None:
    environment = {"PORTAL_ENV": "demo", "PORTAL_INSTANCE": str(tmp_path), name: value}
    found = CliRunner(env=environment).invoke(main, ["db", "upgrade"])
    assert found.exit_code == 1
    said = found.output + (found.exception.code if isinstance(found.exception, PortalError) else "")
    assert code in said
    assert found.exception is None or isinstance(found.exception, SystemExit | PortalError)


def test_hosts_are_read_as_browsers_send_them(tmp_path: Path) -> None:
    def hosts(given: str) -> tuple[str, ...]:
        found = {"PORTAL_ENV": "demo", "PORTAL_INSTANCE": str(tmp_path), "PORTAL_TRUSTED_HOSTS": given}
        return Settings.from_env(found).trusted_hosts

    assert hosts("Portal.Example.CN, 10.0.0.8:8443") == ("portal.example.cn", "10.0.0.8:8443")
    assert hosts(".example.cn,综治.example") == (".example.cn", "综治.example")
    assert hosts(" , ") == ("localhost", "127.0.0.1")


@pytest.mark.parametrize(
    ("given", "secure", "proxies"), [({}, False, 0), ({"PORTAL_HTTPS": "1", "PORTAL_PROXIES": "2"}, True, 2)]
)
def test_what_is_left_out_is_usual(tmp_path: Path, given: dict[str, str], secure: bool, proxies: int) -> None:
    found = Settings.from_env({"PORTAL_ENV": "demo", "PORTAL_INSTANCE": str(tmp_path)} | given)
    assert (found.https, found.proxies) == (secure, proxies)


def test_a_database_file_and_what_lies_beside_it_is_read_by_its_owner_alone(tmp_path: Path) -> None:
    mask = os.umask(0o022)
    try:
        database = Database.connect(f"sqlite:///{tmp_path / 'portal.db'}")
        with database.engine.begin() as connection:
            connection.exec_driver_sql("CREATE TABLE one (key INTEGER)")
            modes = {one.name: one.stat().st_mode & 0o777 for one in tmp_path.glob("portal.db*")}
        database.dispose()
    finally:
        os.umask(mask)
    assert "portal.db-wal" in modes
    assert {name: mode for name, mode in modes.items() if mode != 0o600 and "reserve" not in name} == {}


@pytest.mark.parametrize("number", [errno.EEXIST, errno.ENAMETOOLONG, errno.ELOOP, errno.ENOENT])
def test_why_a_file_cannot_be_used_is_said_in_the_language(number: int) -> None:
    error = OSError(number, os.strerror(number), "file")
    assert not why(error, translator("zh-Hans")).isascii()
    assert why(error, translator("en")).isascii()
