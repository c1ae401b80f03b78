"""What is written to histories and to the audit log is in the table of acts."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import portal
from portal.core import acts
from portal.core.access import ACTIONS
from portal.core.acts import ACTS

ROOT = Path(portal.__file__).parent
# Calls that write, and which of their positions names what was done.
LOGGED = {"audit": (0, 1), "audit_event": (0,), "_audit": (1,), "Read": (0,)}
TOLD = {"event": (2,)}


def names(wanted: dict[str, tuple[int, ...]]) -> Iterator[tuple[str, str]]:
    """Yield each text that stands at such a position of a call, with its module."""
    for path in sorted(
        [*(ROOT / "services").rglob("*.py"), *(ROOT / "web").rglob("*.py"), *(ROOT / "cli").rglob("*.py")]
    ):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call):
                continue
            called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            for at in wanted.get(called, ()):
                if len(node.args) > at and isinstance(node.args[at], ast.Constant):
                    yield path.relative_to(ROOT).as_posix(), str(node.args[at].value)


def test_the_audit_log_gets_known_actions_only() -> None:
    found = list(names(LOGGED))
    assert len(found) > 15
    assert [pair for pair in found if pair[1] not in acts.by_action()] == []


def test_histories_get_known_kinds_only() -> None:
    found = [pair for pair in names(TOLD) if pair[0].startswith("services/records")]
    assert [pair for pair in found if pair[1] not in acts.kinds()] == []


def test_acts_need_actions_that_there_are() -> None:
    assert {act.needs for act in ACTS.values()} - {""} <= set(ACTIONS)


def test_each_row_of_the_history_belongs_to_one_act() -> None:
    rows = [(act.history.kind, act.history.name) for act in ACTS.values() if act.history]
    assert len(rows) == len(set(rows))
