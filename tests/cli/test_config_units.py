"""`portal config units`: townships and villages added later, by the table that `config new` takes."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from portal.adapters.pack_files import default_library
from portal.cli.config import command
from portal.core.packs import check, divisions
from tests.cli.test_config_new import ZHUJI, Run, run, table

__all__ = ["run", "table"]  # fixtures
CODES = ["330681001", "330681104", "330681001001"]


@pytest.fixture
def folder(run: Run, tmp_path: Path, table: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    made = run(tmp_path / "zhuji", *ZHUJI, "--units", table, "--yes")
    assert made.exit_code == 0, made.output
    monkeypatch.setenv("PORTAL_PACK_PATH", str(tmp_path / "zhuji"))
    return tmp_path / "zhuji"


def add(folder: Path, content: bytes, pack: str = "county/zhuji") -> Result:
    later = folder.parent / "later.csv"
    later.write_bytes(content)
    return CliRunner().invoke(command, ["units", pack, str(later)])


def codes(folder: Path) -> dict[str, str]:
    rows = divisions(default_library(), "county/zhuji")
    return {row.code: row.name for row in rows if len(row.code) > 6}


def test_a_village_and_a_township_are_added_and_a_name_is_changed(folder: Path) -> None:
    lines = "代码,名称\n330681104001,新村\n330681109,枫桥镇\n330681109001,桥亭村\n330681001,暨阳新街道\n"
    done = add(folder, lines.encode("gb18030"))
    assert done.exit_code == 0, done.output
    assert "新增乡镇街道 1 个、村社区 2 个，改名 1 个" in done.output
    assert "portal db seed --pack county/zhuji" in done.output
    found = codes(folder)
    assert {*found} == {*CODES, "330681104001", "330681109", "330681109001"}
    assert found["330681001"] == "暨阳新街道"
    assert [one.render() for one in check(default_library(), ["county/zhuji"])] == []
    assert "新增乡镇街道 0 个、村社区 0 个，改名 0 个" in add(folder, lines.encode("gb18030")).output


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("代码,名称\n330681999001,某村\n", "乡镇街道 330681999 没有自己的一行"),
        ("代码,名称\n330682001,甲\n330682002,乙\n", "这张表是 330682 的"),
        ("代码,名称\n330681104001,\n", "第 2 行：330681104001 没有名称"),
        ("", "表格是空的"),
    ],
)
def test_a_wrong_table_changes_nothing(folder: Path, content: str, reason: str) -> None:
    file = folder / "seed/county/zhuji/divisions.csv"
    before = file.read_bytes()
    refused = add(folder, content.encode())
    assert refused.exit_code == 1
    assert reason in refused.output
    assert file.read_bytes() == before


def test_a_pack_without_a_table_gets_one(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert run(tmp_path / "guandu", "--code", "530111", "--yes").exit_code == 0
    monkeypatch.setenv("PORTAL_PACK_PATH", str(tmp_path / "guandu"))
    known = {row.code for row in divisions(default_library(), "county/guandu")}
    township = next(code for code in sorted(known) if code.startswith("530111") and len(code) == 9)
    done = add(tmp_path / "guandu", f"代码,名称\n{township}998,新社区\n".encode(), "county/guandu")
    assert "村社区 1 个" in done.output, done.output
    assert {row.code for row in divisions(default_library(), "county/guandu")} == {*known, f"{township}998"}
    assert [one.render() for one in check(default_library(), ["county/guandu"])] == []


def test_packs_of_the_portal_and_packs_that_are_not_there_are_refused(folder: Path) -> None:
    assert "是随软件带来的" in add(folder, b"x", "county/xishan").output
    assert "没有配置包 county/nowhere" in add(folder, b"x", "county/nowhere").output
