"""What a rule proposes, chosen from lists: offered by what is done, made into an action, added or taken out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from portal.core.drafts import Change
from portal.core.editors import changes
from portal.core.errors import InvalidInput, msg
from portal.core.layout.model import PLACES
from portal.core.rules.proposals import LEVELS, REFERENCES
from portal.web.designing.stage_saving import as_kept
from portal.web.editing.saving import save
from portal.web.language import translate
from portal.web.ruling.desk import Desk

REFER = "refer"
# Each group of the list: what is done, the member that says to what, the kind of thing, the words above the group.
_GROUPS: Sequence[tuple[str, str, str, str]] = (
    (REFER, "to", "department", msg("Hand over to the department")),
    (REFER, "to", "tier", msg("Hand over within the centres")),
    *((REFER, "to", kind, msg("Hand over to a place of the hall")) for kind in PLACES),
    ("require", "documents", "document", msg("Ask for the document")),
    ("require", "steps", "task", msg("Have done")),
    ("suggest_stage", "stage", "stage", msg("Suggest the stage")),
    ("grade", "grade", "grade", msg("Grade the matter as")),
    ("flag", "flag", "flag", msg("Mark the matter")),
    ("notify", "roles", "role", msg("Notify")),
    ("exclude", "route", "route", msg("Rule out the way")),
)
_LISTS = ("documents", "steps", "roles")
_BY = " "


@dataclass(frozen=True, slots=True)
class Offer:
    """A group of the list: its heading, and the values with their words."""

    title: str
    options: tuple[tuple[str, str], ...]


def offers(desk: Desk) -> list[Offer]:
    """Return what a rule of a set can propose, in groups; empty groups are left out."""
    found: dict[str, list[tuple[str, str]]] = {}
    for do, member, kind, words in _GROUPS:
        options = [(_BY.join((do, member, kind, code)), text) for code, text in _things(desk, kind)]
        found.setdefault(translate(words), []).extend(options)
    return [Offer(title, tuple(options)) for title, options in found.items() if options]


def ways(desk: Desk) -> list[tuple[str, str]]:
    """Return the routes by which something is handed over."""
    return list(_things(desk, "route"))


def periods(desk: Desk) -> list[tuple[str, str]]:
    """Return the periods within which it is handled."""
    return list(_things(desk, "deadline"))


def _things(desk: Desk, kind: str) -> Iterator[tuple[str, str]]:
    if kind == "tier":
        yield from ((code, translate(words)) for code, words in LEVELS.items())
        return
    for choice in desk.screen.choices.of(REFERENCES[kind]):
        yield choice.code, choice.path or choice.label


def propose(desk: Desk, rule: str, form: Mapping[str, str]) -> None:
    """Let a rule propose one thing more."""
    before = _then(desk, rule)
    made = _action(desk, form)
    if made in before:
        raise InvalidInput("rules.proposed", msg("The rule proposes this already"))
    _put(desk, rule, before, [*before, made])


def _action(desk: Desk, form: Mapping[str, str]) -> dict[str, Any]:
    asked = form.get("what", "")
    if asked not in {value for offer in offers(desk) for value, _ in offer.options}:
        raise InvalidInput("rules.what", msg("Choose what the rule proposes"))
    do, member, kind, code = asked.split(_BY)
    if do != REFER:
        level = {"level": "info"} if do == "flag" else {}
        return {"do": do, member: [code] if member in _LISTS else code, **level}
    route, period = form.get("route", ""), form.get("deadline", "")
    if route not in dict(ways(desk)):
        raise InvalidInput("rules.way", msg("Choose by which way it is handed over"))
    within = {"deadline": period} if period in dict(periods(desk)) else {}
    return {"do": do, "route": route, member: {kind: code}, **within}


def unpropose(desk: Desk, rule: str, number: str) -> None:
    """Take one thing out of what a rule proposes."""
    before = _then(desk, rule)
    at = int(number) if number.isdecimal() and len(number) < 4 else -1
    if 0 <= at < len(before):
        _put(desk, rule, before, before[:at] + before[at + 1 :])


def _then(desk: Desk, rule: str) -> list[Any]:
    return list(desk.definition["rules"].get(rule, {}).get("then") or ())


def _put(desk: Desk, rule: str, before: list[Any], after: list[Any]) -> None:
    where = desk.place(rule, "then")
    save(desk.key, changes(before, after, where) if before else [Change("add", where, None, after)])


def reword(desk: Desk, rule: str, text: str) -> None:
    """Let the clerk read another reason."""
    said = desk.as_kept(" ".join(text.split())[:2000])
    before = desk.definition["rules"].get(rule, {}).get("reason")
    if not said:
        raise InvalidInput("rules.reason", msg("Say what the clerk reads"))
    after = as_kept(before, said)
    if after != before:
        save(desk.key, [Change("replace", desk.place(rule, "reason"), before, after)])
