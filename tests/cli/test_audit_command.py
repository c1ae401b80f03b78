"""``portal audit`` on a database of its own."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from portal.cli import main
from portal.core.access import Access
from portal.services.portal import Portal


@pytest.fixture
def run(portal: Portal, tmp_path: Path) -> Any:
    with portal.writing(Access.system("test")) as uow:
        for number in range(5):
            uow.audit_event("open", kind="case", object_id=str(number))
        uow.commit()
    url = portal.database.engine.url.render_as_string(hide_password=False)
    environment = {
        "PORTAL_ENV": "demo",
        "PORTAL_DATABASE_URL": url,
        "PORTAL_INSTANCE": str(tmp_path),
        "PORTAL_SECRET_KEY": "a signing key of tests, 0123456789",
    }

    def call(*arguments: str) -> Result:
        return CliRunner().invoke(main, ["audit", *arguments], env=environment)

    return call


def test_seal_head_and_verify(run: Any, tmp_path: Path) -> None:
    sealed = run("seal")
    assert sealed.exit_code == 0, sealed.output
    assert "已封存 5 条，共 1 个封印" in sealed.output
    head = run("head").output
    assert json.loads(head)["seal"] == 1
    anchors = tmp_path / "anchors.jsonl"
    anchors.write_text(head)
    done = run("verify", "--anchor", str(anchors))
    assert (done.exit_code, done.output.strip()) == (0, "共 5 条，0 条尚未封存，1 个封印；发现问题 0 处")
    anchors.write_text(json.dumps({"seal": 7, "hash": "x"}))
    cut = run("verify", "--anchor", str(anchors))
    assert cut.exit_code == 1
    assert "seal/7: anchor.missing" in cut.output


def test_verify_without_sealing_writes_nothing(run: Any) -> None:
    report = json.loads(run("verify", "--no-seal", "--json").output)
    assert (report["clean"], report["unsealed"], report["seals"]) == (True, 5, 0)
    assert json.loads(run("head").output)["seal"] == 0


def test_a_file_that_holds_no_anchor_is_refused(run: Any, tmp_path: Path) -> None:
    bad = tmp_path / "bad"
    bad.write_text("nonsense")
    done = run("verify", "--anchor", str(bad))
    assert done.exit_code == 2
    assert "line 1 is no anchor" in done.output
