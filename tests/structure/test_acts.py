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
ACTING = {"perform": 1, "begin": 1}
# What records consist of: only acts write their history and their audit entries.
RECORDS = ROOT / "services" / "records"


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


def calls(name: str) -> Iterator[tuple[str, ast.Call]]:
    """Yield each call of a function by its name, with its module, in all of the portal."""
    for path in sorted(ROOT.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            called = getattr(node, "func", None)
            if isinstance(node, ast.Call) and name in (
                getattr(called, "attr", None),
                getattr(called, "id", None),
            ):
                yield path.relative_to(ROOT).as_posix(), node


def test_only_acts_write_the_history_of_records() -> None:
    found = {module for module, _ in calls("RecordEvent")}
    assert found == {"services/records/acts/concerns/history.py"}


def test_only_acts_write_audit_entries_about_records() -> None:
    """Elsewhere in the services of records only a file is audited that waits for its record."""
    written = [
        (module, call)
        for name in ("audit", "audit_event", "AuditEntry")
        for module, call in calls(name)
        if module.startswith("services/records/")
        and isinstance(call.func, ast.Attribute | ast.Name)
        and not (isinstance(call.func, ast.Attribute) and ast.unparse(call.func.value) == "act")
    ]
    modules = {
        module: [keyword.value for keyword in call.keywords if keyword.arg == "kind"]
        for module, call in written
    }
    assert modules.keys() == {
        "services/records/acts/concerns/audit.py",
        "services/records/entering/attaching.py",
    }
    (kind,) = modules["services/records/entering/attaching.py"]
    assert isinstance(kind, ast.Constant)
    assert kind.value == "attachment"


def test_what_other_services_write_about_records_goes_through_acts() -> None:
    """Demo, jobs, stories, units: none of them names a record as the object of an entry of its own."""
    for name in ("audit", "audit_event"):
        for module, call in calls(name):
            if module.startswith(("services/records/", "persistence/")):
                continue
            said = {keyword.arg: ast.unparse(keyword.value) for keyword in call.keywords}
            assert ".etype" not in said.get("kind", ""), module
            assert said.get("kind") != "'case'", module


def test_what_is_performed_is_in_the_table_of_acts() -> None:
    found = [
        (module, call)
        for name in ACTING
        for module, call in calls(name)
        if len(call.args) > 2 and isinstance(call.func, ast.Name)
    ]
    assert len(found) > 10
    named = {ast.unparse(call.args[1]) for _module, call in found}
    assert all(hasattr(acts, name) or name.startswith("ACTS[") for name in named - {"act"}), named


def test_acts_need_actions_that_there_are() -> None:
    assert {act.needs for act in ACTS.values()} - {""} <= set(ACTIONS)


def test_each_row_of_the_history_belongs_to_one_act() -> None:
    rows = [(act.history.kind, act.history.name) for act in ACTS.values() if act.history]
    assert len(rows) == len(set(rows))
