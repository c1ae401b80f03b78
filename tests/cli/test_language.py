"""The command line speaks Chinese; English with PORTAL_LANG=en."""

from __future__ import annotations

import ast
import gettext
import os
import re
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

import portal.cli
from portal.cli import main
from portal.cli.i18n import texts_of_command_line
from portal.cli.language import chosen, in_language, speaking, texts, width, wrapped
from portal.i18n import check_catalogues, read_catalogues

HAN = re.compile(r"[\u4e00-\u9fff]")
# What is typed or is a name stays as it is, whatever the language.
TYPED = re.compile(
    r"`[^`]*`|--?[a-z][\w/-]*|\[[^\]\s]*[|%][^\]]*\]|\[x?[\d<=x>]+\]|\w+[-/:.@_]\w[\w/:.@-]*|\d\w*"
)
NAMES = {
    "CSV",
    "JSON",
    "HTML",
    "Schema",
    "gunicorn",
    "urlencoded",
    "ui",
    "zh",
    "en",
    "both",
    "history",
    "conditions",
    "durable",
}


def paths(command: click.Command = main, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    yield path
    if isinstance(command, click.Group):
        context = click.Context(command)
        for name in command.list_commands(context):
            below = command.get_command(context, name)
            assert below is not None
            yield from paths(below, (*path, name))


COMMANDS = list(paths())


@pytest.fixture
def said(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delenv("PORTAL_LANG", raising=False)

    def run(*arguments: str, lang: str | None = None, **more: object) -> str:
        env = {"PORTAL_LANG": lang} if lang else {}
        return CliRunner(env=env).invoke(main, list(arguments), prog_name="portal", **more).output

    return run


def english(shown: str) -> list[str]:
    """Return the English words of a help page that nobody types and that are no names."""
    own = {part for path in COMMANDS for part in path} | {"portal"} | NAMES
    found = re.findall(r"[A-Za-z]{2,}", TYPED.sub(" ", shown))
    return [word for word in found if word not in own]


@pytest.mark.parametrize("path", COMMANDS, ids=" ".join)
def test_the_help_of_each_command_is_chinese(said, path: tuple[str, ...]) -> None:
    shown = said(*path, "--help")
    assert shown.startswith("用法：")
    assert "\n选项：\n" in shown
    assert english(shown) == []
    assert all(width(line) <= 80 for line in shown.splitlines())


@pytest.mark.parametrize("path", COMMANDS, ids=" ".join)
def test_the_help_of_each_command_is_english_when_asked_for(said, path: tuple[str, ...]) -> None:
    shown = said(*path, "--help", lang="en")
    assert shown.startswith("Usage: ")
    assert not HAN.search(shown)


def test_there_are_many_commands() -> None:
    assert len(COMMANDS) > 50


def test_english_help_would_be_found() -> None:
    assert english("  --root 路径  Another folder of yours.") == ["Another", "folder", "of", "yours"]
    assert english("  check   检查 `portal config check` 与 PORTAL_LANG 的 JSON  [durable|both]") == []


@pytest.mark.parametrize(
    ("arguments", "chinese", "in_english"),
    [
        (["confg"], "错误：没有命令 'confg'。", "Error: No such command 'confg'."),
        (["audit", "verfy"], "是否应为 'verify'？", "Did you mean 'verify'?"),
        (["config", "diff", "base"], "错误：缺少参数 '配置包二'", "Error: Missing argument 'SECOND'"),
        (["data", "destroy", "x"], "错误：缺少选项 '--reason'", "Error: Missing option '--reason'"),
        (
            ["data", "destroy"],
            "用法说明请运行：portal data destroy --help",
            "Try 'portal data destroy --help' for help.",
        ),
        (["serve", "--workers", "two"], "'two' 不是整数。", "'two' is not a valid integer"),
        (["serve", "--workers", "99"], "99 不在范围 1<=x<=64 之内。", "99 is not in the range 1<=x<=64."),
        (["rules", "check", "none.json"], "文件 'none.json' 不存在。", "File 'none.json' does not exist."),
        (["rules", "check", "x", "y", "z"], "错误：", "Error: "),
        (["config", "check", "--stor"], "没有选项 '--stor'。", "No such option '--stor'."),
        (["config", "packs", "x", "y"], "多出了参数（x y）", "Got unexpected extra arguments (x y)"),
        (
            ["form", "render", "none.json"],
            "无法读取 none.json：不存在",
            "none.json cannot be read: it does not exist",
        ),
    ],
    ids=lambda value: "-".join(value) if isinstance(value, list) else "",
)
def test_mistakes_are_told_in_the_language(said, arguments: list[str], chinese: str, in_english: str) -> None:
    assert chinese in said(*arguments)
    assert in_english in said(*arguments, lang="en")


def test_a_question_is_asked_in_the_language(said, tmp_path: Path) -> None:
    asked = said("user", "create-admin", "root", input="one\ntwo\n")
    assert "密码: " in asked
    assert "请再输入一次: " in asked
    assert "错误：两次输入不一致。" in asked
    assert "已中止！" in asked
    assert "口令: " in said("backup", "verify", str(tmp_path / "none"), input="\n")
    assert "Aborted!" in said("user", "create-admin", "root", lang="en", input="one\ntwo\n")


def test_a_refusal_of_a_command_is_told_in_the_language(said, tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setenv("PORTAL_ENV", "nowhere")
    refused, in_english = said("db", "upgrade"), said("db", "upgrade", lang="en")
    assert refused.startswith("错误：[settings.")
    assert HAN.search(refused.splitlines()[0].removeprefix("错误："))
    assert in_english.startswith("Error: [settings.")
    own = said("audit", "verify")
    assert own.startswith("[settings.")
    assert HAN.search(own)
    assert not HAN.search(said("audit", "verify", lang="en"))
    assert not HAN.search(in_english)


def test_no_text_of_the_command_line_is_without_translation() -> None:
    assert [
        p.render() for p in check_catalogues(further=texts_of_command_line()) if p.code == "i18n.missing"
    ] == []


def test_a_help_text_without_translation_is_missed() -> None:
    option = click.Option(["--far"], help="How far nobody said.", metavar="MILES")
    command = click.Command(
        "walk", help="Walk there.\n\nOn foot\nalone.", params=[option, click.Argument(["place"])]
    )
    found = dict(texts(command, "portal walk"))
    assert list(found) == ["Walk there.", "On foot alone.", "How far nobody said.", "MILES", "PLACE"]
    missing = [p for p in check_catalogues(further=found) if p.code == "i18n.missing"]
    assert {(p.params["text"], p.file) for p in missing} == {(text, "portal walk") for text in found}


def test_the_places_of_braces_stay_in_translations() -> None:
    places = re.compile(r"\{(\w+)(?:![rs])?\}")
    catalog = dict(read_catalogues("zh_Hans"))
    [own] = [content for path, content in catalog.items() if path.name == "cli.po"]
    for message in own:
        sources = message.id if isinstance(message.id, tuple) else (message.id,)
        target = message.string if isinstance(message.string, str) else message.string[0]
        assert set(places.findall(target)) in [set(places.findall(source)) for source in sources], message.id


def test_what_python_and_the_commands_say_is_as_before_afterwards(said) -> None:
    before = gettext.textdomain(), gettext.bindtextdomain("messages"), os.environ.get("LANGUAGE")
    said("--help")
    with speaking("zh_Hans"):
        assert gettext.gettext("Usage:") == "用法："
    assert (gettext.textdomain(), gettext.bindtextdomain("messages"), os.environ.get("LANGUAGE")) == before
    assert gettext.gettext("Usage:") == "Usage:"
    assert main.help is not None
    assert main.help.startswith("One Door")


@pytest.mark.parametrize(
    ("value", "lang"), [(None, "zh_Hans"), ("", "zh_Hans"), ("zh-CN", "zh_Hans"), ("en", "en")]
)
def test_the_language_is_that_of_the_environment(monkeypatch, value: str | None, lang: str) -> None:
    monkeypatch.delenv("PORTAL_LANG", raising=False)
    if value is not None:
        monkeypatch.setenv("PORTAL_LANG", value)
    assert chosen() == lang


def test_lines_break_where_chinese_may() -> None:
    text = "规则文件可以是单个规则集，也可以是 `portal config resolve` 的输出（合并后的配置）。"
    for columns in range(24, 60):
        lines = wrapped(text, columns)
        assert all(width(line) <= columns + 2 for line in lines)
        assert not any(line[0] in "，。）" for line in lines)
        assert not any(line[-1] in "（“" for line in lines)
        assert "".join(lines).replace(" ", "") == text.replace(" ", "")
        assert any("resolve" in line for line in lines)


def test_a_command_keeps_its_english_for_the_next_time() -> None:
    command = click.Command(
        "walk", help="Walk there.", params=[click.Option(["--far"], help="How far.", type=int)]
    )
    spoken = in_language(command, lambda text: {"Walk there.": "走去。", "integer": "整数"}.get(text, text))
    assert spoken.help == "走去。"
    assert spoken.params[0].type.name == "整数"
    assert command.help == "Walk there."
    assert command.params[0].type.name == "integer"


def sentences(source: str) -> list[str]:
    """Return the English that a module prints without looking for a translation."""
    found = []
    for call in (one for one in ast.walk(ast.parse(source)) if isinstance(one, ast.Call)):
        if getattr(call.func, "attr", "") == "echo" or getattr(call.func, "id", "") == "tell":
            ids = {id(part) for one in ast.walk(call) if _is_message(one) for part in ast.walk(one)}
            keys = {id(key) for one in ast.walk(call) if isinstance(one, ast.Dict) for key in one.keys}
            found += [
                part.value
                for argument in call.args
                for part in ast.walk(argument)
                if isinstance(part, ast.Constant) and isinstance(part.value, str)
                if id(part) not in ids | keys and ENGLISH.search(part.value)
            ]
    return found


def _is_message(one: ast.AST) -> bool:
    return isinstance(one, ast.Call) and getattr(one.func, "id", "") == "msg"


# A word of three letters beside a blank: names of keys, codes and commands to be copied are none.
ENGLISH = re.compile(r"[A-Za-z]{3,} | [a-z]{3,}")
COPIED = {"  portal db seed --pack ", "\n  portal user receivers "}


def test_nothing_is_printed_in_english_alone() -> None:
    """What commands print when all went well is looked up as well."""
    modules = sorted(Path(portal.cli.__file__).parent.glob("*.py"))
    assert len(modules) > 20
    printed = {text for path in modules for text in sentences(path.read_text("utf-8"))}
    assert printed == COPIED


def test_an_english_line_would_be_found() -> None:
    assert sentences('click.echo(f"{count} rows mended")') == [" rows mended"]
    assert sentences('tell(msg("%(count)s rows mended"), count=1)') == []
