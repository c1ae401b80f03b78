"""``portal form render`` and ``parse`` as a stranger uses them."""

from __future__ import annotations

import json
import subprocess
import sys
from urllib.parse import urlencode

import pytest
from click.testing import CliRunner

from portal.cli.form import command
from tests.web.forms.browser import read_page

SCHEMA = {
    "title": "Visit",
    "type": "object",
    "required": ["name"],
    "properties": {
        "name": {"type": "string", "title": "姓名"},
        "age": {"type": "integer", "minimum": 18},
        "tags": {"type": "array", "items": {"type": "string"}},
    },
}


@pytest.fixture
def files(tmp_path):
    def write(name, content):
        path = tmp_path / name
        path.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
        return str(path)

    return write


def run(*arguments):
    return CliRunner().invoke(command, arguments)


def test_render_then_parse_gives_the_data_back(files):
    data = {"name": " 张三 ", "age": 20, "tags": ["a", ""], "more": {"x": None}}
    schema = files("s.json", SCHEMA)
    html = run("render", schema, "--data", files("d.json", data))
    assert html.exit_code == 0
    body = files("b.txt", urlencode(read_page(html.output).pairs))
    parsed = run("parse", schema, "--body", body)
    assert parsed.exit_code == 0
    assert json.loads(parsed.output) == {"data": data, "errors": []}


@pytest.mark.parametrize(("lang", "word"), [("zh", "请填写此项"), ("en", "Fill in this field")])
def test_invalid_data_exits_1_and_speaks_the_language(files, lang, word):
    from portal.i18n import compile_catalogues

    compile_catalogues()
    result = run("parse", files("s.json", SCHEMA), "--body", files("b.txt", "%2Fage=17"), "--lang", lang)
    assert result.exit_code == 1
    answer = json.loads(result.output)
    assert answer["data"] == {"age": 17}
    assert {error["pointer"] for error in answer["errors"]} == {"/name", "/age"}
    assert any(word in error["message"] for error in answer["errors"])


@pytest.mark.parametrize(
    "schema",
    [
        "{",
        "[]",
        '{"type": 5}',
        '{"$ref": "file:///etc/passwd"}',
        '{"a": NaN}',
        "nul",
        '{"pattern": "[[:alpha:]]+"}',
        "[" * 9000,
    ],
)
def test_an_unusable_schema_exits_2_without_a_traceback(files, schema):
    for arguments in (("render",), ("parse", "--body", files("b.txt", "x=1"))):
        result = run(arguments[0], files("s.json", schema), *arguments[1:])
        assert result.exit_code == 2
        assert result.stderr.strip()
        assert "Traceback" not in result.stderr
        assert result.stdout == ""


def test_missing_and_binary_files_exit_2(files, tmp_path):
    schema = files("s.json", SCHEMA)
    (tmp_path / "bin").write_bytes(b"\xff\xfe\x00")
    assert run("render", str(tmp_path / "none.json")).exit_code == 2
    assert run("render", str(tmp_path / "bin")).exit_code == 2
    assert run("render", schema, "--data", str(tmp_path / "bin")).exit_code == 2
    assert run("render", schema, "--ui", files("u.json", '{"fields": {"/no": {}}}')).exit_code == 2
    assert run("parse", schema, "--body", str(tmp_path / "bin")).exit_code == 2
    assert run("parse", schema, "--body", str(tmp_path / "none")).exit_code == 2


def test_the_ui_part_and_the_original_are_used(files):
    ui = {
        "fields": {
            "/age": {
                "when": {"field": "/name", "op": "eq", "value": "a"},
                "hidden_policy": "keep",
                "label": "Years",
            }
        }
    }
    schema, ui_file = files("s.json", SCHEMA), files("u.json", ui)
    assert "Years" in run("render", schema, "--ui", ui_file, "--data", files("d.json", {"name": "a"})).output
    assert "Years" not in run("render", schema, "--ui", ui_file).output
    result = run(
        "parse",
        schema,
        "--ui",
        ui_file,
        "--body",
        files("b.txt", "%2Fname=b"),
        "--data",
        files("o.json", {"age": 30}),
    )
    assert json.loads(result.output)["data"] == {"name": "b", "age": 30}


def test_no_web_application_and_no_database_are_loaded(files):
    code = (
        "import sys; from portal.cli import main\n"
        f"try: main(['form', 'render', {files('s.json', SCHEMA)!r}])\n"
        "except SystemExit: pass\n"
        "bad = {'flask', 'sqlalchemy', 'flask_appbuilder'} & set(sys.modules)\n"
        "print(sorted(bad), file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stderr.strip() == "[]"
    assert done.stdout.startswith("<form")


ENTERED = {
    "type": "object",
    "properties": {
        "name": {"type": "string", "title": "姓名"},
        "sum": {"type": "number", "title": "金额"},
        "on": {"type": "string", "format": "date", "title": "日期"},
        "rows": {"type": "array", "items": {"type": "string"}},
    },
}


def test_a_body_is_read_as_the_page_reads_it(files):
    schema = files("s.json", ENTERED)
    typed = {"/name": "　张三\u200b", "/sum": "１，２３４.5", "/on": "2026年5月4日", "/rows/0": " Ａ座 "}
    parsed = run("parse", schema, "--body", files("b.txt", urlencode(typed)))
    assert parsed.exit_code == 0, parsed.output
    data = json.loads(parsed.output)["data"]
    assert data == {"name": "张三", "sum": 1234.5, "on": "2026-05-04", "rows": ["A座"]}
    wrong = run("parse", schema, "--body", files("b.txt", urlencode({"/sum": "12,34", "/on": "46146"})))
    assert wrong.exit_code == 1
    assert {one["pointer"] for one in json.loads(wrong.output)["errors"]} == {"/sum", "/on"}


def test_what_is_carried_stays_as_it_was_until_somebody_changes_it(files):
    """Older values, which nobody would enter so today, come back; one that was changed is read."""
    data = {"name": " 张三 ", "on": "0202-05-04", "rows": ["Ａ", "b", "Ａ座"]}
    schema = files("s.json", ENTERED)
    html = run("render", schema, "--data", files("d.json", data))
    pairs = read_page(html.output).pairs
    same = run("parse", schema, "--body", files("b.txt", urlencode(pairs)))
    assert json.loads(same.output)["data"] == data
    changed = [(name, " 李四 " if name == "/name" else value) for name, value in pairs]
    parsed = json.loads(run("parse", schema, "--body", files("b.txt", urlencode(changed))).output)
    assert parsed["data"] == data | {"name": "李四"}
    without = [pair for pair in pairs if not pair[0].startswith("/rows/0")]
    fewer = json.loads(run("parse", schema, "--body", files("b.txt", urlencode(without))).output)
    assert fewer["data"]["rows"] == ["b", "Ａ座"]
