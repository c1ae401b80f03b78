"""What the analysis finds in a rule set, each with an input that shows it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

from portal.core import pointer
from portal.core.errors import Problem, msg
from portal.core.table import Table


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of finding: its code and words, and where in the rule set it belongs."""

    name: str
    code: str
    message: str
    severity: Literal["error", "warning"]
    remedy: str = ""
    place: tuple[str, ...] = ()  # below the rule concerned; the rule set where there is none


KINDS_OF_FINDINGS: Table[Kind] = Table(
    "kinds of findings",
    Kind(
        "dead",
        "rules.dead",
        msg("The rule “%(rule)s” can never fire: its conditions exclude one another"),
        "error",
        msg("correct the condition, or hide the rule"),
        ("when",),
    ),
    Kind(
        "hidden",
        "rules.unreachable",
        msg("The rule “%(rule)s” can never fire: “%(before)s” always comes first"),
        "warning",
        msg("give it a higher priority, narrow the other rule, or hide it"),
    ),
    Kind(
        "ruled_out",
        "rules.ruled_out",
        msg("What the rule “%(rule)s” proposes is never offered: “%(before)s” always rules it out"),
        "warning",
        msg("narrow the other rule, or hide this one"),
        ("then",),
    ),
    Kind(
        "conflict",
        "rules.conflict",
        msg(
            "“%(a)s” and “%(b)s” have the same priority %(priority)s, can fire together "
            "and propose different actions “%(do)s”"
        ),
        "error",
        msg("give them different priorities, or let their conditions exclude each other"),
        ("priority",),
    ),
    Kind(
        "gap",
        "rules.gap",
        msg("No rule proposes “%(do)s” for a matter such as: %(case)s"),
        "warning",
        msg("add a rule for such matters, or widen one"),
    ),
    Kind(
        "incomplete",
        "rules.analysis_incomplete",
        msg("The rules are too many or too intricate to look for all contradictions"),
        "warning",
    ),
)


@dataclass(frozen=True, slots=True)
class Witness:
    """An input that shows a finding: a record's data, numbers of related records, the day of decision.

    ``values`` are the same by input, as people enter them; inputs that are not in it may have any value or none.
    """

    facts: Mapping[str, Any]
    counts: Mapping[str, Any]
    today: date
    values: Mapping[str, Any]

    def example(self, name: str, expect: Mapping[str, Any]) -> dict[str, Any]:
        """Return the input as an example of a rule set."""
        counts = {"counts": dict(self.counts)} if self.counts else {}
        today = self.today.isoformat()
        return {"name": name, "today": today, "facts": dict(self.facts), **counts, "expect": dict(expect)}

    def to_json(self) -> dict[str, Any]:
        """Return the input as JSON."""
        return {"facts": dict(self.facts), "counts": dict(self.counts), "today": self.today.isoformat()}


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong or doubtful with rules taken together.

    ``rules`` begins with the rule that should be looked at; ``said`` is what the words of its kind are filled with.
    ``witness`` shows it when it is decided; a rule that can never hold, and a search that was broken off, have none.
    """

    kind: str
    rules: tuple[str, ...] = ()
    do: str = ""
    said: Mapping[str, Any] | None = None
    witness: Witness | None = None

    def problem(self, file: str = "") -> Problem:
        """Return the finding as a problem of the rule set in a file."""
        kind = KINDS_OF_FINDINGS[self.kind]
        where = pointer.join(["rules", self.rules[0], *kind.place]) if self.rules else ""
        said = self.said or {}
        return Problem(kind.code, kind.message, said, file, where, kind.remedy, kind.severity)
