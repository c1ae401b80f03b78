"""Make the answers of a step fit the matter: its story, its class of dispute, and the way it goes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from portal.core.forms import FieldInfo
from portal.services.demo.names import Names
from portal.services.records.handling.leading import LEAD, ORGAN, ROUTE

MEDIATION = "R01"
# What stands in made-up answers for a part of the matter.
SUMMARY, CLAIM, LAW, BODY, BASIS, UNIT = "{summary}", "{claim}", "{law}", "{body}", "{basis}", "{unit}"


@dataclass(frozen=True, slots=True)
class Matter:
    """The subject of a made-up record: the words that stand for each part of it, and the ways that it goes."""

    words: Mapping[str, str] = field(default_factory=dict)
    # Where the rules propose it to go first, as conditions of steps read it.
    referral: Mapping[str, str] = field(default_factory=dict)
    # The procedure outside the centre.
    outside: str = ""

    @classmethod
    def of(
        cls,
        names: Names,
        routes: Mapping[str, Mapping[str, Any]],
        data: Mapping[str, Any],
        proposals: Sequence[Mapping[str, Any]],
        centre: str,
    ) -> Matter:
        """Return the matter of a record, by what it says and what the rules propose first."""
        known = names.of_class(str(data.get("dispute_type") or data.get("topic") or ""))
        first: Mapping[str, Any] = proposals[0] if proposals else {}
        at = first.get("seat", {})
        seat = str(at.get("department_title") or at.get("title") or centre)
        referral = {name: str(first.get(name) or "") for name in ("route", "mode")}
        words = {
            SUMMARY: str(data.get("summary") or data.get("question") or "双方对责任和数额说法不一。"),
            CLAIM: str(data.get("claim") or "协商解决。"),
            LAW: known["law"],
            BODY: known["body"],
            BASIS: known["basis"],
            UNIT: seat,
        }
        outside = known["route"]
        if referral["route"] not in ("", MEDIATION, outside):
            # The rules know more than the class: then it goes where they propose, on the basis of that way.
            outside = referral["route"]
            words |= {BODY: seat, BASIS: str(routes.get(outside, {}).get("basis") or known["basis"])}
        return cls(words, referral if first else {}, outside)

    def fitted(self, fields: Mapping[str, FieldInfo], answers: Mapping[str, Any]) -> dict[str, Any]:
        """Return the answers of a form about this matter."""
        told = {name: self._told(value) for name, value in answers.items()}
        way = self.referral.get("route") if LEAD in fields else self.outside if ORGAN in fields else ""
        if ROUTE in fields and way in {value for value, _ in fields[ROUTE].options}:
            told["route"] = way
        return told

    def _told(self, value: Any) -> Any:
        if isinstance(value, str) and "{" in value:
            for part, words in self.words.items():
                value = value.replace(part, words)
        return value
