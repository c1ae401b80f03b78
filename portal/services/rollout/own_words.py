"""The words that are of one centre alone: the names of its units, its agency word; codes and telephones besides."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.core.packs.asking import Own, Word
from portal.core.text import DEFAULT_LANGUAGE
from portal.persistence.models import Unit
from portal.persistence.scope import subtree

_KINDS = ("自治县", "县", "区", "市", "旗")
# Shorter names of units below stand in too many other words.
_SHORTEST = 3


def own_of_unit(session: Session, unit: Unit, agency: str) -> Own:
    """Return the words of a centre alone; each begins a question that a pilot's ways can ask in its place."""
    short = next((unit.name.removesuffix(kind) for kind in _KINDS if unit.name.endswith(kind)), "")
    below = _below(session, unit)
    words = [
        Word(unit.name, "unit_name", "unit_name", _asks("本县（市、区）名称", "Name of the county"), "本地"),
        Word(agency, "agency", "agency_word"),
        Word(
            short if len(short) > 1 else "",
            "unit_name",
            "unit_short",
            _asks("本县（市、区）简称", "Short name of the county"),
            "本地",
        ),
        *(
            Word(name, "unit_name", "unit_below", _asks("下级单位名称", "Name of a unit below"), "有关单位")
            for name in below.values()
            if len(name) >= _SHORTEST
        ),
    ]
    return Own(tuple(one for one in words if one.text), unit.code, {**below, unit.code: unit.name})


def _below(session: Session, unit: Unit) -> dict[str, str]:
    here = subtree(Unit.path, (unit.path,))
    # Departments are units as well: their names are content, in which the county is named.
    query = select(Unit.code, Unit.name).where(here, Unit.id != unit.id, Unit.kind == "division")
    return {one.code: one.name for one in session.execute(query.order_by(Unit.path))}


def _asks(chinese: str, english: str) -> dict[str, str]:
    return {DEFAULT_LANGUAGE: chinese, "en": english}
