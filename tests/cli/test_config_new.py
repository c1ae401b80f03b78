"""`portal config new`: a county outside of the shipped cities, from a few questions, whole or not at all."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from portal.adapters import pack_files
from portal.adapters.pack_files import default_library
from portal.cli.config import command
from portal.core.packs import check, divisions, resolve
from portal.core.packs.starting import read_units

Run = Callable[..., Result]
UNITS = "代码,名称\n330681001,暨阳街道\n330681104,店口镇\n330681001001,江新社区\n"
ZHUJI = ("--code", "330681", "--name", "诸暨市", "--city", "绍兴市")


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Run:
    monkeypatch.setenv("PORTAL_INSTANCE", str(tmp_path / "instance"))
    monkeypatch.delenv("PORTAL_PACK_PATH", raising=False)
    monkeypatch.delenv("PORTAL_LANG", raising=False)

    def runs(*words: object, **more: object) -> Result:
        return CliRunner().invoke(command, ["new", *map(str, words)], **more)  # type: ignore[arg-type]

    return runs


@pytest.fixture
def table(tmp_path: Path) -> Path:
    path = tmp_path / "units.csv"
    path.write_text(UNITS, encoding="utf-8")
    return path


def errors(*roots: Path, packs: list[str]) -> list[str]:
    found = check(default_library(roots), packs)
    return [problem.render() for problem in found if problem.severity == "error"]


def value(root: Path, path: str) -> dict[str, object]:
    found: dict[str, object] = json.loads((root / path).read_text(encoding="utf-8"))
    return found


def test_a_county_outside_of_all_cities_passes_the_check_without_a_warning(
    run: Run, tmp_path: Path, table: Path
) -> None:
    folder = tmp_path / "zhuji"
    made = run(folder, *ZHUJI, "--units", table, "--yes")
    assert made.exit_code == 0, made.output
    assert [one.render() for one in check(default_library([folder]), ["county/zhuji"])] == []
    resolved = resolve("county/zhuji", default_library([folder]))
    assert [layer.id for layer in resolved.chain] == ["base", "county/zhuji"]
    assert resolved.bundle["layout"]["centre"] == {
        "name": "诸暨市综治中心",
        "unit": "330681",
        "agency": "诸综",
        "hours": "9:00—12:00，13:30—17:00",
        "open_on": "working_days",
    }
    assert resolved.bundle["departments"]["court"]["name"] == "诸暨市人民法院"
    rows = divisions(default_library([folder]), "county/zhuji")
    assert [(row.code, row.parent_code, row.level) for row in rows] == [
        ("330600", "", "city"),
        ("330681", "330600", "county"),
        ("330681001", "330681", "township"),
        ("330681104", "330681", "township"),
        ("330681001001", "330681001", "village"),
    ]
    assert (
        (folder / "people.csv")
        .read_text("utf-8-sig")
        .startswith("账号,姓名,角色,单位\nzhuji.clerk,,登记员,330681\n")
    )


def test_what_is_answered_stands_in_the_hall(run: Run, tmp_path: Path) -> None:
    folder = tmp_path / "zhuji"
    made = run(
        folder,
        *ZHUJI,
        "--open",
        "周一至周六",
        "--windows",
        "综合受理、3号 法律服务=司法局，5 信访=信访局",
        "--rooms",
        "第一调解室=人调委、第二调解室、小法庭（法院）",
        "--resident",
        "司法局、信访局、人民调解委员会",
        "--rotating",
        "法院=周一、三、周六；律师团=星期二",
        "--on-call",
        "诸暨市公安局=2小时、妇联",
        "--yes",
    )
    assert made.exit_code == 0, made.output
    layout = value(folder, "seed/county/zhuji/layout.json")
    assert layout["centre"]["open_on"] == {"weekdays": [1, 2, 3, 4, 5, 6]}  # type: ignore[index]
    windows = layout["windows"].values()  # type: ignore[attr-defined]
    assert [(one["number"], one["title"], one.get("department")) for one in windows] == [
        (1, "综合受理窗口", None),
        (3, "法律服务窗口", "justice"),
        (5, "信访窗口", "petition"),
    ]
    stays = layout["stationing"]
    assert stays["court"]["roster"] == [{"weekdays": [1, 3, 6]}]  # type: ignore[index]
    assert stays["court"]["place"] == {"room": "court"}  # type: ignore[index]
    assert stays["police"]["answer_hours"] == 2  # type: ignore[index]
    assert stays["people_mediation"]["place"] == {"room": "mediation"}  # type: ignore[index]
    assert errors(folder, packs=["county/zhuji"]) == []


def test_bad_answers_are_refused_with_the_reason_and_asked_again(
    run: Run, tmp_path: Path, table: Path
) -> None:
    answers = [
        "33068",  # too short
        "330600",  # the city's
        "990681",  # no province
        "530112",  # has a pack
        "330681",
        "no-such-file.csv",
        str(table),
        "  ",
        "诸暨市",
        "绍兴市",
        "",
        "Zhuji county",  # no name of a pack
        "zhuji",
        "",
        "西综",  # Xishan's
        "诸综",
        "",
        "",
        "周八",
        "",
        "",
        "综合受理=天文局",
        "综合受理",
        "无",
        "司法局",
        "法院",  # without days
        "法院=周一",
        "无",
    ]
    folder = tmp_path / "Zhuji county"
    made = run(folder, input="\n".join(answers) + "\n")
    assert made.exit_code == 0, made.output
    for reason in (
        "“33068”不是县级区划代码",
        "330600 是市级或省级代码",
        "没有以 99 开头的省份代码",
        "西山区已有配置包 county/xishan",
        "读不到 no-such-file.csv",
        "不能留空",
        "“Zhuji county”不能用：只能是小写字母",
        "“西综”已是西山区综治中心的代字",
        "“周八”不是周几",
        "没有部门“天文局”",
        "请写明法院周几来",
    ):
        assert reason in made.output, reason
    assert errors(folder, packs=["county/zhuji"]) == []


def test_answers_that_do_not_fit_one_another_are_told_and_asked_together(run: Run, tmp_path: Path) -> None:
    fitting = ["工作日", "", "综合受理、公安=公安局", "无", "公安局", "法院=周五", "无"]
    folder = tmp_path / "zhuji"
    words = (
        *ZHUJI,
        "--units",
        "",
        "--city-agency",
        "",
        "--pack",
        "zhuji",
        "--centre",
        "中心",
        "--agency",
        "诸综",
    )
    more = ("--address", "", "--phone", "", "--open", "工作日", "--hours", "", "--rooms", "无")
    wrong = (
        "--windows",
        "综合受理、公安=公安局",
        "--resident",
        "无",
        "--rotating",
        "法院=周日",
        "--on-call",
        "公安",
    )
    made = run(folder, *words, *more, *wrong, input="\n".join(fitting) + "\n")
    assert "法院周日来，但那天中心不开门" in made.output
    assert made.exit_code == 0, made.output
    refused = run(tmp_path / "other", *words, *more, *wrong, "--yes")
    assert refused.exit_code == 1
    assert not (tmp_path / "other").exists()


def test_a_folder_that_is_there_is_left_alone(run: Run, tmp_path: Path) -> None:
    folder = tmp_path / "zhuji"
    folder.mkdir()
    refused = run(folder, *ZHUJI, "--yes")
    assert refused.exit_code == 1
    assert "已经存在" in refused.output
    assert list(folder.iterdir()) == []


def test_stopping_leaves_nothing(run: Run, tmp_path: Path) -> None:
    stopped = run(tmp_path / "zhuji", input="330681\n")
    assert stopped.exit_code == 1
    assert "已停止，什么也没有写" in stopped.output
    assert list(tmp_path.iterdir()) == []


def test_what_fails_in_writing_leaves_nothing(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written: list[Path] = []
    real = Path.write_bytes

    def failing(self: Path, content: bytes) -> int:
        if len(written) == 3:
            raise KeyboardInterrupt
        written.append(self)
        return real(self, content)

    monkeypatch.setattr(pack_files.Path, "write_bytes", failing)
    stopped = run(tmp_path / "zhuji", *ZHUJI, "--yes")
    assert stopped.exit_code == 1
    assert len(written) == 3
    assert list(tmp_path.iterdir()) == []


def test_a_second_county_of_the_same_city_stands_beside_the_first(run: Run, tmp_path: Path) -> None:
    first, second = tmp_path / "zhuji", tmp_path / "yuecheng"
    assert run(first, *ZHUJI, "--yes").exit_code == 0
    more = ("--code", "330602", "--name", "越城区", "--root", first, "--yes")
    taken = run(second, *more, "--agency", "诸综")
    assert "“诸综”已是诸暨市综治中心的代字" in taken.output
    made = run(second, *more)  # the city's name is known by now
    assert made.exit_code == 0, made.output
    assert errors(first, second, packs=["county/zhuji", "county/yuecheng"]) == []
    again = run(tmp_path / "again", "--code", "330681", "--root", first, "--yes")
    assert "诸暨市已有配置包 county/zhuji" in again.output


def test_the_city_gets_a_pack_where_its_centre_works_here_too(run: Run, tmp_path: Path) -> None:
    first, second = tmp_path / "zhuji", tmp_path / "yuecheng"
    made = run(first, *ZHUJI, "--city-agency", "绍综", "--city-pack", "shaoxing", "--yes")
    assert made.exit_code == 0, made.output
    assert value(first, "seed/county/zhuji/pack.json")["extends"] == "city/shaoxing"
    assert errors(first, packs=["city/shaoxing", "county/zhuji"]) == []
    # The second county of that city extends its pack, and is not asked for its name.
    assert run(second, "--code", "330602", "--name", "越城区", "--root", first, "--yes").exit_code == 0
    assert value(second, "seed/county/yuecheng/pack.json")["extends"] == "city/shaoxing"
    assert errors(first, second, packs=["city/shaoxing", "county/zhuji", "county/yuecheng"]) == []


def test_a_county_of_a_known_city_needs_its_code_alone(run: Run, tmp_path: Path) -> None:
    folder = tmp_path / "guandu"
    made = run(folder, "--code", "530111", "--yes")
    assert made.exit_code == 0, made.output
    resolved = resolve("county/guandu", default_library([folder]))
    assert resolved.manifest.extends == "city/kunming"
    assert resolved.bundle["layout"]["centre"]["name"] == "官渡区综治中心"
    windows = resolved.bundle["layout"]["windows"]
    # What has the title that the city gives it keeps its identifier.
    assert windows["legal_service"]["title"] == "公共法律服务窗口"
    assert len(windows) == 4
    assert not (folder / "seed/county/guandu/divisions.csv").exists()
    assert [one.render() for one in check(default_library([folder]), ["county/guandu"])] == []
    wrong = run(tmp_path / "wrong", "--code", "530199", "--name", "某区", "--yes")
    assert "该市没有代码为 530199 的县" in wrong.output
    assert "官渡区 530111" in wrong.output


def test_questions_come_in_english_where_that_is_asked_for(run: Run, tmp_path: Path) -> None:
    asked = run(tmp_path / "zhuji", "--lang", "en", input="33\n")
    assert "Division code of the county (six digits)" in asked.output
    assert "“33” is no code of a county" in asked.output


@pytest.mark.parametrize(
    "content",
    [
        UNITS.encode(),
        UNITS.encode("gb18030"),
        UNITS.encode("utf-8-sig"),
        UNITS.encode("utf-16"),
        UNITS.replace(",", "\t").encode(),
        UNITS.replace("\n", "\r\n").replace(",", ";").encode("gb18030"),
        UNITS.partition("\n")[2].encode(),
        UNITS.replace(",", "  ").encode(),
        "名称,区划代码,备注\n江新社区,330681001001,\n 店 口 镇 ,330681104000,x\n\n暨阳街道,330681001000.0,\n".encode(),
        "code,parent_code,level,name\n330000,,province,浙江省\n330600,330000,city,绍兴市\n330681,330600,county,诸暨市\n"
        "330681001,330681,township,暨阳街道\n330681104,330681,township,店口镇\n330681001001,330681001,village,江新社区\n"
        "".encode(),
    ],
    ids=[
        "utf-8",
        "gbk",
        "mark",
        "utf-16",
        "tabs",
        "semicolons",
        "no headings",
        "blanks",
        "any order",
        "statistics",
    ],
)
def test_tables_are_read_as_people_save_them(content: bytes) -> None:
    rows, problems = read_units(content, "330681")
    assert problems == []
    found = {row.code: (row.name, row.parent_code, row.level) for row in rows if len(row.code) > 6}
    assert found == {
        "330681001": ("暨阳街道", "330681", "township"),
        "330681104": ("店口镇", "330681", "township"),
        "330681001001": ("江新社区", "330681001", "village"),
    }


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "表格是空的"),
        ("名称\n暨阳街道\n".encode(), "缺少“代码”一列；第 1 行是：名称"),
        ("代码,乡\n330681001,暨阳街道\n".encode(), "缺少“名称”一列"),
        ("代码,名称\n3.30681E+11,江新社区\n".encode(), "第 2 行：3.30681E+11 被表格软件改成了科学计数"),
        ("代码,名称\n33068100,暨阳街道\n".encode(), "第 2 行：“33068100”不是区划代码"),
        ("代码,名称\n330682001,某街道\n".encode(), "第 2 行：330682001 不在 330681 之内"),
        ("代码,名称\n330681001,\n".encode(), "第 2 行：330681001 没有名称"),
        ("代码,名称\n330681001,甲\n330681001,乙\n".encode(), "第 3 行：代码 330681001 前面已有，是甲"),
        (
            "代码,名称\n330681001001,江新社区\n".encode(),
            "乡镇街道 330681001 没有自己的一行，但江新社区属于它",
        ),
        (b"PK\x03\x04rest", "这是 Excel 或 WPS 的工作簿"),
        (b"\x00\x01\x02\xff", "这不是文本表格"),
    ],
)
def test_a_wrong_table_is_refused_with_its_line(
    run: Run, tmp_path: Path, content: bytes, reason: str
) -> None:
    path = tmp_path / "units.csv"
    path.write_bytes(content)
    refused = run(tmp_path / "zhuji", *ZHUJI, "--units", path, "--yes")
    assert refused.exit_code != 0
    assert reason in refused.output
    assert not (tmp_path / "zhuji").exists()
