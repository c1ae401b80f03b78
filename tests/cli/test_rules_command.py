"""``portal rules``: decisions and problems on the command line, without a database and without tracebacks."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from portal.cli import main
from tests.core.rules.hostile import HOSTILE, TAXONOMY, sound


@pytest.fixture
def files(tmp_path: Path) -> Any:
    def write(name: str, content: Any) -> str:
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else json.dumps(content).encode())
        return str(path)

    return write


def run(*arguments: str) -> Result:
    result = CliRunner().invoke(main, ["rules", *arguments])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result


def test_decide_prints_the_decision(files: Any) -> None:
    arguments = [
        files("rules.json", sound()),
        "--taxonomy",
        files("t.json", TAXONOMY),
        "--today",
        "2026-05-06",
    ]
    facts = files("facts.json", {"amount": 200000, "kind": "D0601", "people": "3"})
    for engine in ("durable", "reference"):
        result = run("decide", *arguments, "--facts", facts, "--engine", engine)
        assert result.exit_code == 0
        decision = json.loads(result.stdout)
        assert [rule["id"] for rule in decision["fired"]] == ["big"]
        assert decision["fired"][0]["reason"] == "金额200000元"
        assert decision["actions"][0]["grade"] == "complex"
        assert (decision["facts_used"]["amount"], decision["ignored"]) == (200000, ["people"])
        assert decision["engine"] == {"durable": "durable_rules", "reference": "reference"}[engine]
    both = run("decide", *arguments, "--facts", facts, "--engine", "both")
    assert (both.exit_code, json.loads(both.stdout)["agree"]) == (0, True)


def test_decide_says_which_conditions_failed(files: Any) -> None:
    rules, facts = (
        files("rules.json", sound()),
        files("f.json", b'{"amount": 5, "people": NaN, "sudden": 1e999}'),
    )
    result = run("decide", rules, "--facts", facts, "--taxonomy", files("t.json", {"dispute": TAXONOMY}))
    assert result.exit_code == 0
    decision = json.loads(result.stdout)
    assert decision["ignored"] == ["people", "sudden"]
    (failed,) = decision["not_fired"][0]["failed"]
    assert (failed["field"], failed["actual"], failed["expected"]) == ("amount", 5, 100000)


@pytest.mark.parametrize("content", [b"", b"[]", b"5", b"{", b"[" * 10_000, b"\xff"])
def test_unusable_facts(files: Any, content: bytes) -> None:
    result = run("decide", files("r.json", sound()), "--facts", files("f.json", content))
    assert result.exit_code == 2
    assert "f.json" in result.stderr
    assert result.stdout == ""


def test_counts_are_read_from_a_file(files: Any) -> None:
    rules = sound()
    rules["inputs"]["similar"] = {
        "title": "n",
        "type": "integer",
        "count": {"entity": "case", "match": {"/place": "/place"}},
    }
    rules["rules"]["big"]["when"] = {"field": "similar", "op": "gte", "value": 3}
    arguments = [
        files("r.json", rules),
        "--facts",
        files("f.json", {}),
        "--taxonomy",
        files("t.json", TAXONOMY),
    ]
    with_counts = run("decide", *arguments, "--counts", files("c.json", {"similar": 3}))
    assert json.loads(with_counts.stdout)["fired"]
    assert not json.loads(run("decide", *arguments).stdout)["fired"]


def test_check(files: Any) -> None:
    taxonomy = ["--taxonomy", files("t.json", TAXONOMY)]
    assert run("check", files("good.json", sound()), *taxonomy).exit_code == 0
    bad = sound()
    bad["rules"]["big"]["reason"] = "{nobody}"
    path = files("bad.json", bad)
    english = run("check", path, *taxonomy, "--lang", "en")
    assert english.exit_code == 1
    assert "/rules/big/reason: [rules.placeholder] The reason names “nobody”" in english.output
    assert "1 errors, 0 warnings" in english.output
    (problem,) = json.loads(run("check", path, *taxonomy, "--json").stdout)
    assert (problem["severity"], problem["pointer"]) == ("error", "/rules/big/reason")
    assert run("check", files("broken.json", b"{")).exit_code == 2


@pytest.mark.parametrize("content", [row[1] for row in HOSTILE], ids=[row[0] for row in HOSTILE])
def test_hostile_files_never_get_past_the_command(files: Any, content: bytes) -> None:
    path, taxonomy = files("rules.json", content), files("t.json", TAXONOMY)
    checked = run("check", path, "--taxonomy", taxonomy, "--lang", "en")
    assert checked.exit_code in (1, 2)
    assert "error: " in checked.output


def test_odd_arguments(files: Any) -> None:
    rules, facts = files("r.json", sound()), files("f.json", {})
    assert run("decide", rules, "--facts", facts, "--today", "tomorrow").exit_code == 2
    assert run("decide", rules, "--facts", "/nowhere").exit_code == 2
    for taxonomy in (b"[]", b"{", b'{"terms": 5}', b'{"dispute": 5}', b'{"terms": {"a": 5}}'):
        result = run("decide", rules, "--facts", facts, "--taxonomy", files("t.json", taxonomy))
        assert result.exit_code == 2, taxonomy
        assert result.stderr


@pytest.mark.parametrize("what", ["resolve", "release"])
def test_decide_reads_what_config_resolve_prints_with_its_own_types(files: Any, what: str) -> None:
    """A pack with types of disputes, settings and parameters of its own decides from what the command prints."""
    printed = CliRunner().invoke(main, ["config", "resolve", "county/xishan"])
    assert printed.exit_code == 0, printed.output
    whole = json.loads(printed.stdout)
    bundle = whole.get("bundle", whole)
    content = bundle if what == "resolve" else {"pack": "county/xishan", "bundle": bundle}
    facts = files("facts.json", {"dispute_type": "D0304", "channel": "walk_in", "place": "530112001"})
    for name in bundle["rules"]:
        result = run("decide", files("bundle.json", content), "--facts", facts, "--set", name)
        assert result.exit_code == 0, (name, result.output)
        assert json.loads(result.stdout)["facts_used"]["dispute_type"] == "D0304"
    unknown = run("decide", files("bundle.json", content), "--facts", facts, "--set", "nonsense")
    assert unknown.exit_code == 2
