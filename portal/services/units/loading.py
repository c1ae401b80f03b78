"""Load many units at once: divisions, corrections, special points, departments. Loading twice changes nothing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.core.divisions import UnitNode as Wanted
from portal.core.errors import DefinitionError, Problem, msg
from portal.persistence.models import Unit
from portal.persistence.unit_of_work import UnitOfWork
from portal.services.units.changes import rewrite_paths

_KINDS = {"department": "department", "point": "point"}


@dataclass(slots=True)
class LoadReport:
    """What a load added and changed."""

    added: list[Unit] = field(default_factory=list)
    changed: list[Unit] = field(default_factory=list)

    @property
    def units(self) -> list[Unit]:
        """Return everything the load wrote."""
        return [*self.added, *self.changed]


def load(
    uow: UnitOfWork, wanted: Iterable[Wanted], *, source: str, pack: str = "", audited: bool = True
) -> LoadReport:
    """Bring the tree to what ``wanted`` says, parents first; units it does not name stay as they are.

    One audit entry covers the whole load. With ``audited=False`` the caller's own entry must cover the report's units.
    """
    nodes = {node.code: node for node in wanted}
    known = _known(uow.session, nodes)
    report = LoadReport()
    added: set[str] = nodes.keys() - known.keys()
    for layer in _layers(nodes, known):
        _insert_layer(uow.session, layer, known, report, pack)
    for node in (node for node in nodes.values() if node.code not in added):
        _correct(uow.session, node, known, report)
    if audited and report.units:
        first, *others = report.units
        uow.audit(
            "load",
            first,
            kind="unit",
            object_id=first.code,
            unit_path=first.path,
            reason=source,
            after={"added": len(report.added), "changed": [unit.code for unit in report.changed]},
            covers=others,
        )
    return report


def _known(session: Session, nodes: Mapping[str, Wanted]) -> dict[str, Unit]:
    codes = nodes.keys() | {node.managed_by for node in nodes.values() if node.managed_by}
    found: dict[str, Unit] = {}
    ordered = sorted(codes)
    for start in range(0, len(ordered), 500):
        part = ordered[start : start + 500]
        found.update((unit.code, unit) for unit in session.scalars(select(Unit).where(Unit.code.in_(part))))
    return found


def _layers(nodes: Mapping[str, Wanted], known: Mapping[str, Unit]) -> Iterable[list[Wanted]]:
    """Yield the new units in layers, each after the layer of its parents."""
    done = set(known)
    waiting = [node for node in nodes.values() if node.code not in known]
    while waiting:
        layer = [node for node in waiting if not node.managed_by or node.managed_by in done]
        if not layer:
            raise DefinitionError("unit.orphans", msg("Units without a parent"), problems=_orphans(waiting))
        yield layer
        done.update(node.code for node in layer)
        waiting = [node for node in waiting if node.code not in done]


def _orphans(nodes: Iterable[Wanted]) -> list[Problem]:
    return [
        Problem(
            "unit.orphan",
            msg("The unit %(code)s lies below %(parent)s, which does not exist"),
            {"code": node.code, "parent": node.managed_by},
        )
        for node in nodes
    ]


def _insert_layer(
    session: Session, layer: list[Wanted], known: dict[str, Unit], report: LoadReport, pack: str
) -> None:
    units = [
        Unit(
            parent_id=known[node.managed_by].id if node.managed_by else None,
            path="",
            kind=_KINDS.get(node.level, "division"),
            division_code=node.code if node.code.isdecimal() else None,
            pack=pack,
            **_values(node),
        )
        for node in layer
    ]
    session.add_all(units)
    session.flush()
    for node, unit in zip(layer, units, strict=True):
        parent = known.get(node.managed_by)
        unit.path = f"{parent.path if parent else '/'}{unit.id}/"
        known[unit.code] = unit
    session.flush()
    report.added.extend(units)


def _correct(session: Session, node: Wanted, known: Mapping[str, Unit], report: LoadReport) -> None:
    unit = known[node.code]
    values = _values(node)
    parent = known.get(node.managed_by)
    moved = parent is not None and unit.parent_id != parent.id
    if not moved and all(getattr(unit, name) == value for name, value in values.items()):
        return
    if moved and parent is not None:
        # First: who moves a unit takes its records before the unit.
        rewrite_paths(session, unit.path, f"{parent.path}{unit.id}/")
        session.refresh(unit)
        unit.parent_id = parent.id
    for name, value in values.items():
        setattr(unit, name, value)
    session.flush()
    report.changed.append(unit)


def _values(node: Wanted) -> dict[str, Any]:
    return {
        "code": node.code,
        "name": _plain(node.name),
        "level": node.level,
        "statutory_parent_code": node.statutory_parent or None,
        "flag": node.flag,
        "active": node.active,
        "note": _plain(node.reason),
    }


def _plain(text: Any) -> str:
    return text if isinstance(text, str) else str(text.get("zh_Hans") or next(iter(text.values()), ""))
