"""The questions of `portal config new`: back, a summary before writing, a file for new terminals."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest

from tests.cli.test_config_new import ZHUJI, Run, run, table, value

__all__ = ["run", "table"]  # fixtures
QUIET = (
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
PLACE = ("--address", "", "--phone", "")
HALL = ("--open", "工作日", "--hours", "", "--windows", "综合受理", "--rooms", "无")


def test_a_department_in_two_lists_is_refused_at_the_question_and_nothing_else_is_asked_again(
    run: Run, tmp_path: Path
) -> None:
    answers = ["法院、司法局", "法院=周一、周三；律师团=周二", "律师团=周二", "公安、司法局", "公安", ""]
    made = run(tmp_path / "zhuji", *QUIET, *PLACE, *HALL, input="\n".join(answers) + "\n")
    assert made.exit_code == 0, made.output
    assert made.output.count("写了两次") == 2
    assert made.output.count("随叫随到的部门") == 3  # asked, asked again, in the summary
    assert made.output.count("常驻部门") == 2
    stays = value(tmp_path / "zhuji", "seed/county/zhuji/layout.json")["stationing"]
    modes = {key: one["mode"] for key, one in stays.items()}  # type: ignore[attr-defined]
    assert modes == {"court": "resident", "justice": "resident", "lawyers": "rotating", "police": "on_call"}


def test_back_goes_one_question_back_and_offers_what_was_typed(run: Run, tmp_path: Path) -> None:
    answers = ["清风路 1 号", "返回", "", "返回", "清风路 2 号", "0575-1", ""]
    made = run(tmp_path / "zhuji", *QUIET, *HALL, "--resident", "无", "--rotating", "无", "--on-call", "无",
               input="\n".join(answers) + "\n")  # fmt: skip
    assert made.exit_code == 0, made.output
    assert "[清风路 1 号]" in made.output
    centre = value(tmp_path / "zhuji", "seed/county/zhuji/layout.json")["centre"]
    assert (centre["address"], centre["phone"]) == ("清风路 2 号", "0575-1")  # type: ignore[index]


def test_the_first_question_has_none_before_it(run: Run, tmp_path: Path) -> None:
    stopped = run(tmp_path / "zhuji", input="返回\n")
    assert "这已经是第一个问题" in stopped.output
    assert not (tmp_path / "zhuji").exists()


def test_the_summary_changes_one_answer_and_what_follows_from_it(run: Run, tmp_path: Path) -> None:
    typed = ["330681", "", "诸记市", "绍兴市", *[""] * 13]
    changed = ["99", "3", "诸暨市", ""]
    made = run(tmp_path / "zhuji", input="\n".join([*typed, *changed]) + "\n")
    assert made.exit_code == 0, made.output
    assert "不是 1 到" in made.output
    assert made.output.count("您的回答") == 2
    centre = value(tmp_path / "zhuji", "seed/county/zhuji/layout.json")["centre"]
    # Neither was typed: both follow the name.
    assert (centre["name"], centre["agency"]) == ("诸暨市综治中心", "诸综")  # type: ignore[index]


def test_a_changed_answer_that_makes_a_later_one_wrong_asks_that_one_alone(run: Run, tmp_path: Path) -> None:
    words = (*QUIET, *PLACE, "--hours", "", "--windows", "综合受理", "--rooms", "无", "--resident", "无")
    answers = ["每天", "法院=周六", "无", "11", "工作日", "法院=周五", ""]
    made = run(tmp_path / "zhuji", *words, input="\n".join(answers) + "\n")
    assert made.exit_code == 0, made.output
    assert "您原来的回答：法院=周六" in made.output
    stays = value(tmp_path / "zhuji", "seed/county/zhuji/layout.json")["stationing"]
    assert stays["court"]["roster"] == [{"weekdays": [5]}]  # type: ignore[index]


def test_stopping_at_the_summary_leaves_nothing(run: Run, tmp_path: Path) -> None:
    nothing = ("--resident", "无", "--rotating", "无", "--on-call", "无")
    stopped = run(tmp_path / "zhuji", *QUIET, *PLACE, *HALL, *nothing, input="")
    assert "您的回答" in stopped.output
    assert "已停止，什么也没有写" in stopped.output
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("hours", ["周一至周六", "工作日", "每天", "周一、周三"])
def test_hours_that_are_days_are_refused(run: Run, tmp_path: Path, hours: str) -> None:
    refused = run(tmp_path / "zhuji", *ZHUJI, "--hours", hours, "--yes")
    assert refused.exit_code == 1
    assert f"“{hours}”说的是日子" in refused.output


@pytest.mark.parametrize("hours", ["周一至周六 9:00—17:00", "9点到5点", "全天", "无", "上午"])
def test_hours_in_words_are_taken(run: Run, tmp_path: Path, hours: str) -> None:
    made = run(tmp_path / "zhuji", *ZHUJI, "--hours", hours, "--yes")
    assert made.exit_code == 0, made.output


def test_a_table_of_another_county_is_told_once(run: Run, tmp_path: Path, table: Path) -> None:
    refused = run(
        tmp_path / "x", "--code", "330682", "--name", "上虞区", "--city", "绍兴市", "--units", table, "--yes"
    )
    assert refused.output.count("✗") == 1
    assert "这张表是 330681 的，而您填的县是 330682" in refused.output


def test_a_room_of_a_department_that_is_not_there_gets_a_warning_before_writing(
    run: Run, tmp_path: Path
) -> None:
    made = run(tmp_path / "zhuji", *ZHUJI, "--rooms", "心理疏导室=心理咨询", "--yes")
    assert made.exit_code == 0, made.output
    assert "功能室“心理疏导室”属于" in made.output
    assert "而它不在进驻名单里" in made.output


def test_a_file_for_new_terminals_says_where_everything_is(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("PORTAL_INSTANCE")
    monkeypatch.delenv("PORTAL_ENV", raising=False)
    monkeypatch.delenv("PORTAL_SECRET_KEY", raising=False)
    folder = tmp_path / "诸暨 O'Brien $HOME"
    made = run(folder, *ZHUJI, "--pack", "zhuji", "--yes")
    assert made.exit_code == 0, made.output
    asked = '. "$1"; printf "%s\\n" "$PORTAL_ENV" "$PORTAL_INSTANCE" "$PORTAL_PACK_PATH"; command -v portal'
    shown = subprocess.run(
        ["sh", "-c", asked, "sh", str(folder / "env.sh")],
        env={"PATH": os.defpath},
        capture_output=True,
        text=True,
        check=True,
    ).stdout.splitlines()
    assert shown[:3] == ["demo", f"{folder}-data", str(folder)]
    assert shown[3].endswith("/portal")


def test_a_second_attempt_in_another_folder_stands_alone(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second, beside = tmp_path / "zhuji", tmp_path / "again", tmp_path / "yuecheng"
    monkeypatch.setenv("PORTAL_PACK_PATH", str(first))
    assert run(first, *ZHUJI, "--yes").exit_code == 0
    again = run(second, *ZHUJI, "--pack", "zhuji", "--yes")
    assert again.exit_code == 0, again.output
    assert f"{first} 里已有同一个县的 county/zhuji" in again.output
    assert f"PORTAL_PACK_PATH={second}\n" in (second / "env.sh").read_text()
    assert json.loads((second / "seed/county/zhuji/pack.json").read_text())["id"] == "county/zhuji"
    # Another county of the city does stand beside the first.
    assert run(beside, "--code", "330602", "--name", "越城区", "--yes").exit_code == 0
    assert f"PORTAL_PACK_PATH={first}:{beside}\n" in (beside / "env.sh").read_text()
