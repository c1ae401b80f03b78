from __future__ import annotations

import json
import shutil

import pytest
from click.testing import CliRunner

from portal.adapters.pack_files import shipped_root, shipped_samples
from portal.cli import config
from portal.cli.config import command
from portal.cli.db import command as database


@pytest.fixture
def run():
    return lambda *arguments: CliRunner().invoke(command, [str(argument) for argument in arguments])


@pytest.fixture
def fourth(tmp_path):
    """A fourth county in a folder of its own, with one rule of the base broken."""
    files = {
        "seed/county/chenggong/pack.json": {
            "id": "county/chenggong",
            "version": "0.1.0",
            "title": "呈贡区",
            "extends": "base",
        },
        "seed/county/chenggong/settings.json": {"values": {"nick": "呈贡"}},
        "translations/county/chenggong/en.json": {"呈贡区": "Chenggong", "呈贡": "Chenggong short"},
    }
    for path, value in files.items():
        file = tmp_path / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(value, ensure_ascii=False), encoding="utf-8")
    return tmp_path


def test_packs_are_listed_with_what_they_extend(run, fourth):
    shown = run("packs", "--root", fourth, "--lang", "en")
    assert shown.exit_code == 0
    line = next(line for line in shown.output.splitlines() if line.startswith("county/chenggong"))
    assert line.split() == ["county/chenggong", "0.1.0", "base", "-", "Chenggong"]


def test_every_problem_is_printed_at_once_and_the_exit_code_tells(run, fourth):
    folder = fourth / "seed/county/chenggong"
    (folder / "routes.json").write_text('{"R01": {"organ": 5, "colour": "red"}}', encoding="utf-8")
    (folder / "roles.json").write_text("{", encoding="utf-8")
    shown = run("check", "county/chenggong", "--root", fourth, "--lang", "en")
    assert shown.exit_code == 1
    assert "seed/county/chenggong/routes.json: /R01/colour: [schema.unknown_key]" in shown.output
    assert "seed/county/chenggong/routes.json: /R01/organ:" in shown.output
    assert "seed/county/chenggong/roles.json: [json.syntax]" in shown.output
    as_json = json.loads(run("check", "county/chenggong", "--root", fourth, "--json").output)
    members = {"severity", "code", "file", "pointer", "place", "message", "remedy"}
    assert all(set(one) - {"consequences"} == members for one in as_json)


def test_what_is_left_open_is_named_when_asked_for(run, fourth):
    (fourth / "seed/county/chenggong/documents.json").write_text(
        '{"W15": {"template": null}}', encoding="utf-8"
    )
    asked = ("check", "county/chenggong", "--root", fourth, "--lang", "en")
    silent, told = run(*asked), run(*asked, "--notes")
    assert silent.exit_code == told.exit_code == 0
    assert "document.plain" not in silent.output
    assert told.output.count("note: seed/base/documents.json: /W15") == 1
    assert told.output.splitlines()[-1] == silent.output.splitlines()[-1]


def test_a_bundle_and_a_release_are_printed(run, fourth):
    bundle = json.loads(run("resolve", "county/chenggong", "--root", fourth).output)
    assert bundle["settings"]["values"]["nick"] == "呈贡"
    release = json.loads(run("resolve", "county/chenggong", "--root", fourth, "--release").output)
    assert [link["id"] for link in release["chain"]] == ["base", "county/chenggong"]
    assert len(release["digest"]) == 64


def test_packs_are_compared_and_values_explained(run, fourth):
    changes = json.loads(run("diff", "base", "county/chenggong", "--root", fourth, "--json").output)
    assert "/settings/values/nick" in {change["pointer"] for change in changes}
    shown = run("explain", "county/chenggong", "/settings/values/nick", "--root", fourth)
    assert shown.output.splitlines()[-1] == 'county/chenggong (seed/county/chenggong/settings.json): "呈贡"'
    assert run("explain", "county/chenggong", "/settings/nothing", "--root", fourth).exit_code == 1


def test_all_packs_are_checked_with_the_samples_that_no_list_shows(run, fourth, monkeypatch):
    listed = run("packs", "--root", fourth).output.splitlines()
    samples = shipped_samples()[1]
    assert {"county/zhuji", "county/guandu", "county/uxin", "county/yuyang", "city/ordos"} <= set(samples)
    # The county of this test has the name of a sample: an own pack stands in the list.
    assert [line.split()[0] for line in listed if line.split()[0] in samples] == ["county/chenggong"]
    checked: list[str] = []
    monkeypatch.setattr(
        config, "check", lambda library, packs, memo: checked.extend(packs or library.ids()) or []
    )
    shown = run("check", "--root", fourth, "--lang", "en")
    assert f"{len(listed) + len(samples)} packs checked: 0 errors" in shown.output
    assert sorted(checked) == sorted([*(line.split()[0] for line in listed), *samples])


def test_an_unknown_pack_is_an_answer_not_a_traceback(run):
    shown = run("resolve", "county/nowhere", "--lang", "en")
    assert shown.exit_code == 1
    assert "There is no pack county/nowhere" in shown.output


def test_the_packs_may_lie_anywhere(run, tmp_path):
    for folder in ("seed", "form_definitions", "rule_sets", "translations"):
        shutil.copytree(
            shipped_root() / folder, tmp_path / folder, ignore=shutil.ignore_patterns("*.po", "*.mo")
        )
    shown = run("check", "base", "--root", tmp_path)
    assert "[pack.twice]" in shown.output


def test_publishing_stores_a_release_once_and_refuses_a_broken_pack(run, fourth, tmp_path, monkeypatch):
    monkeypatch.setenv("PORTAL_ENV", "demo")
    monkeypatch.setenv("PORTAL_INSTANCE", str(tmp_path))
    monkeypatch.setenv("PORTAL_DATABASE_URL", f"sqlite:///{tmp_path}/portal.db")
    assert CliRunner().invoke(database, ["upgrade"]).exit_code == 0
    first, second = (run("publish", "county/chenggong", "--root", fourth) for _ in range(2))
    assert first.exit_code == 0
    digest = json.loads(run("resolve", "county/chenggong", "--root", fourth, "--release").output)["digest"]
    assert first.output == f"county/chenggong 0.1.0 {digest[:12]}: 已发布并启用\n"
    assert second.output.startswith(f"county/chenggong 0.1.0 {digest[:12]}")
    (fourth / "seed/county/chenggong/roles.json").write_text("[]", encoding="utf-8")
    refused = run("publish", "county/chenggong", "--root", fourth)
    assert refused.exit_code == 1
    assert "seed/county/chenggong/roles.json" in refused.output
