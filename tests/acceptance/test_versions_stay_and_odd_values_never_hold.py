"""Odd values satisfy no numeric test; a case keeps its version; trying out and going back work."""

from __future__ import annotations

import json
import math
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from sqlalchemy import select

from portal.adapters.rule_engine import DurableRules
from portal.cli import main
from portal.core.access import Access
from portal.core.rules import compile_rule_set
from portal.persistence.models import Decision, Record
from portal.services.records.privacy.record_encryption import opened_decision
from tests.acceptance.conftest import UNIT, County
from tests.core.rules.hostile import sound
from tests.core.rules.random_sets import TAXONOMIES
from tests.web.records.seeded_site import Site, uid_of

ODD = [
    "100000",
    "999999",
    "1e9",
    "",
    "\0",
    "a\0b",
    "NaN",
    math.nan,
    math.inf,
    -math.inf,
    True,
    None,
    [9e9],
    {"v": 9e9},
]
TEXTS = ("界限", "试", "金额达到界限", "试行")
NUMERIC = ["eq", "ne", "lt", "lte", "gt", "gte"]


def numeric_rules(kind: str) -> dict[str, Any]:
    rules = sound()
    rules["inputs"] = {"n": {"title": "数", "type": kind, "from": "/n"}}
    rules["parameters"], rules["examples"] = {}, []
    action = [{"do": "flag", "flag": "hit", "level": "info"}]
    rules["rules"] = {
        f"r_{op}": {
            "title": op,
            "priority": order,
            "when": {"field": "n", "op": op, "value": 100},
            "reason": op,
            "then": action,
        }
        for order, op in enumerate(NUMERIC, 1)
    }
    return rules


@pytest.mark.parametrize("kind", ["integer", "money"])
@pytest.mark.parametrize("engine", [None, DurableRules()], ids=["reference", "durable_rules"])
def test_no_numeric_test_holds_for_odd_values(kind: str, engine: Any) -> None:
    rule_set = compile_rule_set(numeric_rules(kind), taxonomies=TAXONOMIES, trusted=True)
    day = date(2026, 5, 6)
    for odd in ODD:
        decision = rule_set.decide({"n": odd}, today=day, engine=engine)
        assert [rule.id for rule in decision.fired] == [], repr(odd)
        assert not decision.disagreement
    assert {rule.id for rule in rule_set.decide({"n": 100}, today=day, engine=engine).fired} == {
        "r_eq",
        "r_lte",
        "r_gte",
    }


def probe(limit: int) -> dict[str, Any]:
    """Return a rule set whose rule ``probe`` fires at one amount."""
    return {
        "parameters": {"probe_limit": {"title": "界限", "type": "money", "value": limit}},
        "rules": {
            "probe": {
                "title": "试",
                "priority": 2,
                # Just this amount: no example of the packs above has it.
                "when": {"field": "amount", "op": "eq", "value": {"param": "probe_limit"}},
                "reason": "金额达到界限",
                "basis": "试行",
                "then": [{"do": "require", "documents": ["W10"]}],
            }
        },
    }


class Case:
    """A case of the fourth county, and what was decided about it."""

    def __init__(self, site: Site, name: str) -> None:
        self.site, self.person = site, site.login(name)
        self.page = site.register(self.person, **{"/place": f"{UNIT}001", "/amount": "20007"})

    def change(self, text: str) -> None:
        url = self.page.replace("/show/", "/edit/")
        assert self.person.send(url, self.person.form(url), **{"/claim": text}).status_code == 303

    def seen(self) -> tuple[int, bool]:
        """Return its release, and whether the probing rule fired in the last decision."""
        with self.site.portal.reading(Access.system("test")) as session:
            record = session.scalars(select(Record).where(Record.uid == uid_of(self.page))).one()
            last = session.scalars(
                select(Decision).where(Decision.record_id == record.id).order_by(Decision.id.desc())
            ).first()
            assert last is not None
            return record.release_id, "probe" in [
                rule["id"] for rule in opened_decision(self.site.portal.keys, record, last)[0]["fired"]
            ]


def test_a_case_keeps_its_version_and_going_back_works(site: Site, county: County, chenggong: str) -> None:
    county.rules(probe(20_007), *TEXTS)
    first = county.publish()
    assert first.exit_code == 0, first.output
    old = Case(site, chenggong)
    (old_release, fired) = old.seen()
    assert fired

    county.rules(probe(30_011), *TEXTS)
    county.version("0.2.0")
    second = county.publish()
    assert second.exit_code == 0, second.output
    new = Case(site, chenggong)
    (new_release, fired) = new.seen()
    assert new_release != old_release
    assert not fired
    # The old case is decided again, by the rules it was entered under.
    old.change("改过")
    assert old.seen() == (old_release, True)

    # Back to the first version, by its digest.
    digest = first.output.split()[2]
    gone_back = county.run("config", "activate", UNIT, digest[:12], "--reason", "试行结束")
    assert gone_back.exit_code == 0, gone_back.output
    assert gone_back.output.split()[:3] == first.output.split()[:3]
    assert Case(site, chenggong).seen() == (old_release, True)
    # What was entered in between keeps its own.
    new.change("又改")
    assert new.seen() == (new_release, False)
    log = county.run("config", "history", UNIT).output.splitlines()
    assert "试行结束" in log[0]
    assert "0.2.0" in log[1]


def test_an_unknown_version_is_not_activated(county: County) -> None:
    before = county.state()
    refused = county.run("config", "activate", UNIT, "f" * 12, "--reason", "x")
    assert refused.exit_code == 1
    assert "Traceback" not in refused.output
    assert county.state() == before


def test_trying_out_needs_no_database_and_changes_nothing(county: County, tmp_path: Path) -> None:
    assert county.publish().exit_code == 0
    before = county.state()
    county.rules(probe(20_007), *TEXTS)
    nowhere = {"PORTAL_DATABASE_URL": "postgresql://nobody@127.0.0.1:9/none", "PORTAL_ENV": "demo"}
    run = CliRunner()
    checked = run.invoke(
        main, ["config", "check", "county/chenggong", "--root", str(county.root)], env=nowhere
    )
    assert checked.exit_code == 0, checked.output
    resolved = run.invoke(
        main, ["config", "resolve", "county/chenggong", "--root", str(county.root)], env=nowhere
    )
    rules, facts = tmp_path / "rules.json", tmp_path / "facts.json"
    rules.write_text(json.dumps(json.loads(resolved.stdout)["rules"]["referral"]), encoding="utf-8")
    facts.write_text(json.dumps({"amount": 20_007, "dispute_type": "D0301"}), encoding="utf-8")
    tried = run.invoke(
        main, ["rules", "decide", str(rules), "--facts", str(facts), "--today", "2026-05-06"], env=nowhere
    )
    assert tried.exit_code == 0, tried.output
    assert "probe" in [rule["id"] for rule in json.loads(tried.stdout)["fired"]]
    assert county.state() == before
