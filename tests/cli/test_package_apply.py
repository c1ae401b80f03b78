"""A package is put in force at a centre from the command line, and taken back."""

from __future__ import annotations

from pathlib import Path

from portal.core.access import Access
from portal.services import releases
from portal.services.portal import Portal
from tests.cli.test_package_import import Receiving, package, receiving

__all__ = ["receiving"]
CHENGGONG = "530114"


def running(receiving: Receiving) -> tuple[str, str]:
    portal = Portal.from_url(receiving.url)
    with portal.reading(Access.system("test")) as session:
        found = releases.history(session, CHENGGONG)[0]
    portal.database.dispose()
    return found.pack, found.version


def test_a_package_is_put_in_force_and_taken_back(receiving: Receiving, tmp_path: Path) -> None:
    before = running(receiving)
    file = package(receiving, tmp_path, "1.9.0")
    done = receiving.run("package", "apply", str(file), CHENGGONG, "--reason", "a pilot's ways")
    assert done.exit_code == 0, done.output
    assert running(receiving) == ("city/kunming", "1.9.0")
    back = receiving.run("package", "rollback", CHENGGONG, "--reason", "calling broke off")
    assert back.exit_code == 0, back.output
    assert running(receiving) == before
    again = receiving.run("package", "rollback", CHENGGONG, "--reason", "once more")
    assert again.exit_code == 1
    assert "Nothing was put in force here by a plan" in again.output


def test_nothing_takes_effect_where_there_is_no_such_unit(receiving: Receiving, tmp_path: Path) -> None:
    file = package(receiving, tmp_path, "1.9.0")
    refused = receiving.run("package", "apply", str(file), "999999", "--reason", "x")
    assert refused.exit_code == 1
