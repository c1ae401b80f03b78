"""A decision keeps all that the rules saw: deciding again on it gives the stored answer."""

from __future__ import annotations

import datetime as dt
import shutil
from pathlib import Path

from sqlalchemy import select

from portal.adapters.clock import FixedClock
from portal.core.access import Access
from portal.core.rules import is_replayable, replay
from portal.persistence.models import Decision, Record
from portal.services.demo.loading import load_demo
from portal.services.portal import Portal
from portal.services.records.privacy.record_encryption import opened_decision
from portal.services.records.proposing.deciding import stored
from portal.services.releases.reading import pinned
from tests.fixtures.database import KEYS, TODAY


def test_the_demos_decisions_are_the_answers_to_what_they_keep(filled_sqlite: Path, tmp_path: Path) -> None:
    shutil.copy(filled_sqlite, tmp_path / "demo.db")
    portal = Portal.from_url(f"sqlite:///{tmp_path / 'demo.db'}", FixedClock.on(TODAY), KEYS)
    load_demo(portal, cases=120)
    fired = set()
    with portal.reading(Access.system("test")) as session:
        found = session.execute(select(Decision, Record).join(Record, Record.id == Decision.record_id)).all()
        for decision, record in found:
            bundle = pinned(portal, session, decision.release_id)
            rules = bundle.rules(decision.rule_set)
            kept, _proposals = opened_decision(portal.keys, record, decision)
            assert is_replayable(kept)
            assert kept["facts_used"].keys() == rules.inputs.keys()
            again = replay(kept, rules)
            assert stored(again, bundle, dt.date.fromisoformat(kept["day"])) == kept
            fired.update(rule["id"] for rule in kept["fired"])
    assert len(found) >= 100
    assert len(fired) > 5
    portal.database.dispose()
