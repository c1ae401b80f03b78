"""The parts of the documents that follow from the tables of knowledge.

A document marks a place by ``<!-- generated: NAME -->`` and ``<!-- end -->``; ``portal docs generate`` writes
between the two what the block of that name returns, and a test says where that was forgotten.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

from portal.core.access import ACTIONS, THINGS
from portal.core.acts import ACTS, RECORD
from portal.core.conditions.operators import ANY_KIND, OPERATORS
from portal.core.documents import GIVEN
from portal.core.effects import EFFECTS
from portal.core.errors import DefinitionError, msg
from portal.core.indicators.sorts import BREAKDOWNS, COHORTS, SORTS
from portal.core.kinds import KINDS
from portal.core.referrals import ANSWERS, STATES, event_of
from portal.core.values import BOOLEAN, DATE, LIST, NUMBER, TEXT
from portal.core.ways import WAYS
from portal.core.widgets import WIDGETS, by_format

KIND_NAMES = (TEXT, NUMBER, BOOLEAN, DATE, LIST)
_PLACE = re.compile(r"^(<!-- generated: ([a-z_]+) -->\n)(.*?)^(<!-- end -->)$", re.MULTILINE | re.DOTALL)


def table(heads: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """Return a Markdown table."""
    heads = list(heads)
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)


def code(*names: str) -> str:
    """Return names as code, apart by commas."""
    return ", ".join(f"`{name}`" for name in names)


_GIVEN = {
    "nothing": "–",
    "value": "one such",
    "values": "list",
    "part": "text",
    "codes": "code or list of codes",
    "days": "whole number",
}


def _operators() -> str:
    rows = []
    for one in OPERATORS.values():
        kinds = "anything" if one.kinds == ANY_KIND else " or ".join(k for k in KIND_NAMES if k in one.kinds)
        words = one.phrase.rstrip(":")
        words += {"nothing": "", "values": " them", "days": " that many"}.get(one.operand, " it")
        holds = words + (f" ({one.note})" if one.note else "")
        opposite = code(one.complement) if one.complement else "–"
        rows.append(
            [
                code(one.name),
                kinds,
                "one entry" if LIST in one.kinds and one.operand == "value" else _GIVEN[one.operand],
                holds,
                opposite,
                "yes" if one.sql else "no",
            ]
        )
    heads = ["operator", "the field is", "the value is", "holds when the field …", "opposite", "in worklists"]
    return table(heads, rows)


def _kinds() -> str:
    rows = []
    for one in KINDS.values():
        if not one.types:
            continue
        rows.append(
            [
                code(one.name),
                one.title,
                " or ".join(one.types),
                code(*one.formats) or "–",
                code(one.widget),
                "yes" if one.column else "no",
                "yes" if one.read is not None else "no",
            ]
        )
    heads = ["kind", "holds", "`type`", "`format`", "control", "`index`, filters, orders", "input of rules"]
    return table(heads, rows)


def _actions() -> str:
    rows = [
        [
            code(one.name),
            one.title,
            "reads" if one.reads else "writes",
            ", ".join(f"`{act.name}`" for act in ACTS.values() if act.needs == one.name) or "–",
        ]
        for one in ACTIONS.values()
    ]
    return table(["action", "on pages", "it", "acts that need it"], rows)


def _things() -> str:
    rows = [[code(one.name), one.title, code(*sorted(one.actions))] for one in THINGS.values()]
    return table(["thing", "on pages", "actions that mean anything of it"], rows)


def _shown(text: str) -> str:
    """Return a pasted text as code, what is invisible in it by its number."""
    seen = "".join(sign if sign.isprintable() else f"[U+{ord(sign):04X}]" for sign in text)
    return f"`{seen}`"


def _ways() -> str:
    named: dict[str, list[str]] = {}
    for kind in KINDS.values():
        if kind.way:
            named.setdefault(kind.way, []).append(f"kind `{kind.name}`")
    for widget in WIDGETS.values():
        if widget.way:
            named.setdefault(widget.way, []).append(f"widget `{widget.name}`")
    rows = [
        [
            code(one.name),
            one.title,
            ", ".join([*named.get(one.name, ()), *(f"mask `{mask}`" for mask in one.masks)]),
            one.done,
            "; ".join(
                f"{_shown(pasted)} → {code(kept) if kept else 'refused'}" for pasted, kept in one.examples
            ),
        ]
        for one in WAYS.values()
    ]
    return table(["way", "reads", "chosen by", "what is done", "examples"], rows)


def _widgets() -> str:
    places = {"value": "one value", "choice": "options", "list": "lists", "any": "anything"}
    rows = [
        [
            code(one.name),
            one.title,
            places[one.place],
            code(one.kind) if one.kind else "–",
            code(
                *one.formats,
                *(f for f, name in by_format().items() if name == one.name and f not in one.formats),
            )
            or "–",
        ]
        for one in WIDGETS.values()
    ]
    return table(["widget", "shows", "for", "means the kind", "chosen by the format"], rows)


def _acts() -> str:
    return table(
        ["act", "in the log", "in words", "its history", "the role needs", "changes", "emits"],
        [
            [
                code(act.name),
                code(act.action),
                act.words,
                act.history.title if act.history else "",
                code(act.needs) if act.needs else "",
                "nothing" if act.reads else ", ".join(sorted(act.changes)),
                code(*act.emits) if act.emits else "",
            ]
            for act in ACTS.values()
            if act.of == RECORD
        ],
    )


def _referral_states() -> str:
    rows = [
        [
            code(one.name),
            one.title,
            code(event_of(one.name)),
            *("yes" if said else "no" for said in (one.open, one.stands, one.settled)),
        ]
        for one in STATES.values()
    ]
    heads = [
        "state",
        "on pages",
        "event",
        "the receiver sees the record",
        "the proposal counts as answered",
        "settled",
    ]
    return table(heads, rows)


def _referrals() -> str:
    return table(
        ["answer", "by", "needs", "from", "to", "event"],
        [
            [
                code(one.name),
                one.side,
                code(one.needs),
                code(*sorted(one.sources)),
                code(one.to),
                code(event_of(one.to)),
            ]
            for one in ANSWERS.values()
        ],
    )


def _effects() -> str:
    rows = [
        [
            code(one.name),
            one.words,
            ", ".join(sorted(one.where)),
            code(*one.parameters),
            code(*one.key) if one.key else "one in a list",
        ]
        for one in EFFECTS.values()
    ]
    return table(["`do`", "what it is", "may stand in", "parameters", "told apart by"], rows)


def _proposed_effects() -> str:
    rows = [[code(one.name), one.words] for one in EFFECTS.values() if "rules" in one.where]
    return table(["`do`", "what it is"], rows)


def _counted_sorts() -> str:
    heads = ["`of`", "counts", "conditions may name", "cohorts", "broken down by"]
    rows = [
        [
            code(one.name),
            one.title + ("" if one.kept else " (nothing keeps them yet)"),
            code(
                *(f"/{root}/…" for root in one.reads),
                *(("/data/…", "/lanes/…", "/steps/…", "/events/…") if one.fields else ()),
            ),
            code(*(name for name in COHORTS if name in one.cohorts)),
            code(*(name for name in BREAKDOWNS if name in one.breakdowns)),
        ]
        for one in SORTS.values()
    ]
    return table(heads, rows)


def _given_places() -> str:
    return table(["place", "what"], [[code(name), words] for name, words in GIVEN.items()])


# Each block, and how it follows from a table. A new table of knowledge adds its line here.
BLOCKS: dict[str, Callable[[], str]] = {
    "actions": _actions,
    "acts": _acts,
    "counted_sorts": _counted_sorts,
    "effects": _effects,
    "given_places": _given_places,
    "kinds": _kinds,
    "operators": _operators,
    "proposed_effects": _proposed_effects,
    "referral_states": _referral_states,
    "referrals": _referrals,
    "things": _things,
    "ways": _ways,
    "widgets": _widgets,
}


def refreshed(document: str) -> str:
    """Return a document with its marked places written anew; raise DefinitionError for an unknown name."""

    def write(place: re.Match[str]) -> str:
        opening, name, _old, closing = place.groups()
        if name not in BLOCKS:
            raise DefinitionError(
                "docs.block",
                msg("There is no generated part “%(name)s”; known: %(known)s"),
                {"name": name, "known": ", ".join(sorted(BLOCKS))},
            )
        return f"{opening}{BLOCKS[name]().rstrip()}\n{closing}"

    return _PLACE.sub(write, document)
