"""A draft at one position: what its parent says, what its pack said at first, and what it says now."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from portal.core import pointer as pointers
from portal.core.drafts import commands, wrong
from portal.core.drafts.commands import Change, Command
from portal.core.drafts.locks import Lock, broken, locks_in
from portal.core.drafts.share import KEYED, OWN_SECTIONS, PACK, Share, files_of
from portal.core.errors import Problem, Words, msg
from portal.core.packs.layer import Layer, Manifest, load_layer
from portal.core.packs.merge import ABSENT, merge
from portal.core.packs.moved import SECTION as MOVED
from portal.core.packs.origins import Origins
from portal.core.packs.places import PARTS, place_words, said
from portal.core.packs.resolve import Resolved, put_together
from portal.core.packs.smallest import smallest_patch
from portal.core.packs.source import PackSource

CONFLICT, LOCKED = "draft.conflict", "draft.locked"


@dataclass(frozen=True)
class Draft:
    """A draft: its ``document`` is the effective bundle with the sections of the pack's own beside it."""

    pack: str
    parent: Resolved
    base: Share
    document: Mapping[str, Any]
    position: int = 0

    @classmethod
    def start(cls, pack: str, parent: Resolved, base: Share) -> Draft:
        """Return a draft of a pack that says what ``base`` says, and nothing else."""
        return cls(pack, parent, base, document_of(parent, base))

    @property
    def bundle(self) -> dict[str, Any]:
        """Return what the draft says, inherited things included, as a bundle."""
        return {name: value for name, value in self.document.items() if name not in OWN_SECTIONS}

    @property
    def above(self) -> dict[str, Any]:
        """Return what the packs above say, as a bundle."""
        return inherited(self.parent)

    @cached_property
    def locks(self) -> tuple[Lock, ...]:
        """Return the places that the packs above keep to themselves."""
        return locks_in(self.parent.chain, self.parent.bundle)

    @cached_property
    def share(self) -> Share:
        """Return what the pack itself has to say: the smallest patch, and its own sections."""
        content = smallest_patch(self.above, _filled(self.bundle, self.above), dict(self.base.content))
        own = {name: self.document[name] for name in OWN_SECTIONS if self.document.get(name)}
        return Share({} if content is ABSENT else content, own)

    def at(self, document: Mapping[str, Any], position: int) -> Draft:
        """Return the draft with another document."""
        return Draft(self.pack, self.parent, self.base, document, position)

    def files(self, assets: Mapping[str, bytes]) -> dict[str, bytes]:
        """Return the files of the pack as they are exported; ``assets`` are bytes by SHA-256."""
        return files_of(self.pack, self.share, assets)

    def resolved(self, assets: Mapping[str, bytes]) -> Resolved:
        """Return the chain put together with the draft as its last pack: what is checked and published."""
        reference = self.parent.chain[-1].reference if self.parent.chain else None
        layer = load_layer(PackSource(self.pack, self.files(assets)), reference)
        return put_together(self.pack, [*self.parent.chain, layer])


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of changes: the draft after them, the changes by the places that they meant, what was refused."""

    draft: Draft
    made: tuple[Change, ...]
    problems: tuple[Problem, ...]


def document_of(parent: Resolved, share: Share) -> dict[str, Any]:
    """Return the effective document of a pack over its parent."""
    merged: dict[str, Any] = merge(inherited(parent), dict(share.content))
    return {
        **{name: value for name, value in merged.items() if value != {} or name not in KEYED},
        **share.own,
    }


def inherited(parent: Resolved) -> dict[str, Any]:
    """Return what the packs above say; moves are no part of it, for they are counted together anew."""
    return {name: value for name, value in parent.bundle.items() if name != MOVED}


def applied(draft: Draft, wanted: Iterable[Change]) -> Outcome:
    """Make several changes, all or none: with any problem, the draft stays as it is."""
    document: Any = draft.document
    made: list[Change] = []
    problems: list[Problem] = []
    for change in wanted:
        problem = wrong.problem_of(document, change)
        if problem is not None:
            problems.append(_in_place(draft, problem))
            continue
        meant = _meant(document, change)
        if meant is None:
            continue
        refusal = _refusal(draft, document, meant)
        if refusal is not None:
            problems.append(_in_place(draft, refusal))
            continue
        document = commands.put(document, meant)
        made.append(meant)
    if problems:
        return Outcome(draft, (), tuple(problems))
    return Outcome(draft.at(document, draft.position + len(made)), tuple(made), ())


def replayed(draft: Draft, log: Sequence[Command]) -> Draft:
    """Return the draft after commands of its log, which fitted when they were made."""
    document: Any = draft.document
    for command in log:
        document = commands.put(document, command.change)
    return draft.at(document, log[-1].number if log else draft.position)


def refused(problems: Sequence[Problem], code: str) -> list[Problem]:
    """Return the problems of one sort."""
    return [problem for problem in problems if problem.code == code]


def words_of(draft: Draft, path: str, before: Mapping[str, Any] | None = None) -> tuple[Words, ...]:
    """Return what the things around a place are called on the screens, from the outside in."""
    found = place_words(stand_in(draft.document, before or draft.above), path)
    section = pointers.split(path)[:1]
    return found or tuple(Words(PART_NAMES[name]) for name in section if name in PART_NAMES)


def stand_in(now: Mapping[str, Any], before: Mapping[str, Any]) -> Resolved:
    """Return two states of a bundle in the shape in which places are named: what was removed has its name in one."""
    manifest = Manifest("", title="")
    layer = Layer("", manifest, before, {})
    return Resolved("", manifest, (layer,), dict(now), Origins(), ())


OWN_PARTS: Mapping[str, str] = {
    PACK: msg("This configuration"),
    "stories": msg("Sample matters"),
    "demo": msg("Content of the demonstration"),
    "assets": msg("Files of templates and pictures"),
    "divisions": msg("Table of divisions"),
}
PART_NAMES: Mapping[str, str] = {**PARTS, **OWN_PARTS}


def _meant(document: Any, change: Change) -> Change | None:
    """Return a change as the command that it becomes; None where everything is so already."""
    found = commands.placed(document, change)
    if commands.is_entry(document, found.path) and found.op == "add":
        return found
    if commands.same(commands.current(document, found.path), found.after):
        return None
    op: commands.Op = "add" if found.before is None else "remove" if found.after is None else "replace"
    if found.op == "move" and op != "remove":
        op = "move"
    made = wrong.missing_above(document, found.path) if found.before is None else found.made
    return replace(found, op=op, made=made)


def _refusal(draft: Draft, document: Any, change: Change) -> Problem | None:
    adds_entry = change.op == "add" and commands.is_entry(document, change.path)
    now = None if adds_entry else commands.current(document, change.path)
    if not commands.same(now, change.before):
        return Problem(
            CONFLICT,
            msg("This was changed meanwhile; it says now: %(now)s"),
            {"now": shown(now)},
            pointer=change.path,
            remedy=msg("Look at it again, then change it"),
        )
    lock = broken(draft.locks, change.path, now, change.after)
    if lock is None:
        return None
    text = (
        msg("“%(pack)s” keeps this as it is: %(why)s") if lock.why else msg("“%(pack)s” keeps this as it is")
    )
    params = {"pack": lock.title, "why": lock.why}
    return Problem(LOCKED, text, params, pointer=change.path, remedy=msg("Ask there for another setting"))


def _in_place(draft: Draft, problem: Problem) -> Problem:
    return replace(problem, place=words_of(draft, problem.pointer))


def _filled(bundle: dict[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    """Return a bundle without sections that hold no file, unless the packs above have such files."""
    return {
        name: value for name, value in bundle.items() if value != {} or name not in KEYED or above.get(name)
    }


def shown(value: Any) -> str:
    """Return a value in a few signs, for a sentence."""
    if value is None:
        return "—"
    if isinstance(value, dict):
        return said(value.get("title") or value.get("name") or value.get("label")) or "…"
    if isinstance(value, list):
        return "、".join(shown(one) for one in value[:5]) + ("…" if len(value) > 5 else "")
    text = str(value)
    return text if len(text) <= 60 else text[:59] + "…"
