"""`portal calendar`, as a person types it, and the warning of the check."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from portal.cli import main
from tests.core.test_calendars import year_file


class Shell:
    """The command line on one database."""

    def __init__(self, url: str, folder: Path) -> None:
        self.folder = folder
        self.environment = {
            "PORTAL_ENV": "demo",
            "PORTAL_DATABASE_URL": url,
            "PORTAL_INSTANCE": str(folder),
        }

    def run(self, *words: str) -> Result:
        return CliRunner().invoke(main, list(words), env=self.environment)

    def file(self, **changes: object) -> str:
        path = self.folder / "2027.json"
        path.write_text(json.dumps(year_file(**changes)), "utf-8")
        return str(path)


@pytest.fixture
def shell(shipped_url: str, tmp_path: Path) -> Shell:
    return Shell(shipped_url, tmp_path)


def test_a_year_is_checked_imported_listed_and_no_longer_warned_of(shell: Shell) -> None:
    warned = shell.run("config", "check", "county/xishan", "--lang", "zh")
    assert "已公布的放假安排到 2026-12-31 为止" in warned.output
    broken = shell.run("calendar", "import", shell.file(notice="", workdays=["2027-02-15"]), "--lang", "zh")
    assert broken.exit_code == 1
    wrong = year_file(workdays=["2027-02-15", "2028-01-01"])
    del wrong["notice"]
    (shell.folder / "wrong.json").write_text(json.dumps(wrong), "utf-8")
    told = shell.run("calendar", "import", str(shell.folder / "wrong.json"), "--check").output
    for words in ("须写明通知文号", "2027-02-15 本来就是工作日", "2028-01-01"):
        assert words in told
    checked = shell.run("calendar", "import", shell.file(), "--check")
    assert checked.exit_code == 0
    assert "2027" not in shell.run("calendar", "list").output
    unreasoned = shell.run("calendar", "import", shell.file())
    assert unreasoned.exit_code == 1
    assert "Traceback" not in unreasoned.output
    stored = shell.run("calendar", "import", shell.file(), "--reason", "通知公布")
    assert stored.exit_code == 0, stored.output
    assert "放假 21 天" in stored.output
    assert "未作改动" in shell.run("calendar", "import", shell.file(), "--reason", "再次").output
    listed = shell.run("calendar", "list").output
    assert "2027 已公布 国办发明电〔2026〕9号 [已导入]" in listed
    assert "2026 已公布" in listed
    changed = shell.run("calendar", "import", shell.file(workdays=[]), "--reason", "调整")
    assert changed.exit_code == 1
    assert "--replace" in changed.output
    assert (
        shell.run("calendar", "import", shell.file(workdays=[]), "--reason", "调整", "--replace").exit_code
        == 0
    )
    assert "已公布的放假安排到 2026-12-31 为止" not in shell.run("config", "check", "county/xishan").output
