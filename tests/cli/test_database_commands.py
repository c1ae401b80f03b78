"""`portal db`, `portal user`, `portal demo` and `portal story`, as a person types them."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from portal.cli import main
from portal.persistence import migrate

Run = Callable[..., Result]


@pytest.fixture
def portal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.setenv("PORTAL_ENV", "demo")
    monkeypatch.setenv("PORTAL_INSTANCE", str(tmp_path / "instance"))
    monkeypatch.delenv("PORTAL_DATABASE_URL", raising=False)

    def run(*arguments: str, code: int = 0, **more: object) -> Result:
        result = CliRunner().invoke(main, list(arguments), **more)
        assert result.exit_code == code, result.output
        return result

    return run


def test_an_empty_machine_becomes_a_running_portal(portal: Run) -> None:
    portal("db", "check", code=1)
    assert f"revision {migrate.head()}" in portal("db", "upgrade", "--lang", "en").output
    assert "units: " in portal("db", "seed", "--lang", "en").output
    assert "published" not in portal("db", "seed", "--lang", "en").output
    portal("db", "check")
    made = portal("demo", "load", "--cases", "40").output
    assert "40 case" in made
    assert "xishan.clerk" in made
    assert "数据库里已有记录" in portal("demo", "load").output
    assert "检查了 0 个字段，补填 0 条记录" in portal("records", "fill").output
    portal("user", "create-admin", "root", input="a long password\na long password\n")
    portal("user", "create-admin", "root", code=1, input="a long password\na long password\n")
    portal("user", "assign", "root", "clerk", "530112")
    portal("user", "assign", "root", "nothing", "530112", code=1)
    assert "root" in portal("user", "list", "--under", "530112").output


def test_demo_data_is_refused_in_production(portal: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORTAL_ENV", "production")
    monkeypatch.setenv("PORTAL_SECRET_KEY", "a signing key of tests, 0123456789")
    assert "PORTAL_DATA_KEY" in portal("demo", "load", code=1).output
    monkeypatch.setenv("PORTAL_DATA_KEY", portal("data", "new-key").output.strip())
    assert "生产环境不装演示数据" in portal("demo", "load", code=2).output


def test_the_shipped_stories_pass(portal: Run) -> None:
    output = portal("story", "run").output
    assert "，0 个未通过" in output
    assert "county/xishan/ten_year_family_property" in output


def test_a_story_that_fails_says_where_and_ends_with_1(portal: Run, tmp_path: Path) -> None:
    pack = tmp_path / "packs" / "seed" / "county" / "mine"
    (pack / "stories").mkdir(parents=True)
    manifest = {
        "id": "county/mine",
        "version": "1.0.0",
        "extends": "city/kunming",
        "unit": "530111",
        "title": "试",
    }
    (pack / "pack.json").write_text(json.dumps(manifest))
    story = {
        "id": "s",
        "title": "错",
        "today": "2026-05-06",
        "steps": [{"who": "clerk", "do": "register", "data": {}}],
    }
    (pack / "stories" / "s.json").write_text(json.dumps(story))
    output = portal("story", "run", "county/mine", "--root", str(tmp_path / "packs"), code=1).output
    assert "未通过 county/mine/s" in output
    assert "seed/county/mine/stories/s.json#/steps/0" in output
    assert "1 个情景，1 个未通过" in output
    portal("story", "run", "county/none", code=2)


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("nonsense", "settings.database"),
        ("mysql://u:secret@h/x", "settings.database"),
        ("sqlite:////proc/none/x.db", "database.unusable"),
        ("sqlite:////tmp", "database.unusable"),
        ("sqlite:////etc/hostname", "database.unusable"),
        ("postgresql://u:secret@127.0.0.1:1/x", "database.unusable"),
    ],
)
def test_a_database_that_can_not_be_used_is_told_in_one_line(
    portal: Run, monkeypatch: pytest.MonkeyPatch, url: str, said: str
) -> None:
    monkeypatch.setenv("PORTAL_DATABASE_URL", url)
    for command in (["db", "upgrade"], ["db", "check"], ["user", "list"]):
        output = portal(*command, code=1).output
        assert output.removeprefix("错误：").startswith(f"[{said}]")
        assert output.count("\n") == 1
        assert "secret" not in output


def test_a_folder_that_can_not_be_made_is_told_in_one_line(
    portal: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    backup, key = tmp_path / "b.backup", tmp_path / "key"
    key.write_text(portal("backup", "new-key").output)
    portal("db", "upgrade")
    portal("backup", "make", str(backup), "--key-file", str(key))
    monkeypatch.setenv("PORTAL_DATABASE_URL", "sqlite:////proc/none/x.db")
    refused = portal("restore", str(backup), "--key-file", str(key), code=1).output
    assert refused.splitlines()[-1].startswith("错误：[settings.folder] /proc/none")
    monkeypatch.setenv("PORTAL_INSTANCE", "/proc/none")
    assert portal("db", "check", code=1).output.startswith("错误：[settings.folder] /proc/none")
