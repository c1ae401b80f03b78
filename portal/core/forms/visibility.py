"""Which parts of a form apply to the data: the one implementation, for the page and the parser.

A page says with each place what was taken there (``Resolved.mark``); the parser begins from that, so that it reads what
was shown, and goes on with what the data that were read say. Sent back unchanged, both are the same.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from portal.core.forms.document import Sub
from portal.core.forms.forge import Forge
from portal.core.forms.nodes import Choice, Condition, Node
from portal.core.forms.values import ABSENT, type_of

_ROUNDS = 64
Picks = Mapping[int, int | None]


@dataclass(frozen=True, slots=True)
class Resolved:
    """A node with all conditions settled, what was chosen where, and the outcomes in their order."""

    node: Node
    picks: tuple[tuple[Choice, int | None], ...] = ()
    taken: tuple[str, ...] = ()

    @property
    def mark(self) -> str:
        """Return the outcomes as a text that ``replay`` reads."""
        return ".".join(self.taken)

    @property
    def open_choice(self) -> bool:
        """Tell whether a person has yet to choose a variant."""
        return any(index is None and not choice.discriminator for choice, index in self.picks)


def resolve(forge: Forge, node: Node, value: Any, picks: Picks | None = None) -> Resolved:
    """Return ``node`` as it applies to ``value``; ``picks`` are variants a person chose by hand."""
    if not node.dynamic:
        return Resolved(node)
    return _resolved(
        forge,
        node,
        lambda condition: _holds(forge, condition, value),
        lambda at, choice: pick(forge, at, choice, value, picks or {}),
    )


def replay(forge: Forge, node: Node, mark: str) -> Resolved | None:
    """Return ``node`` as the page had it that was marked so; None for a mark that is not of this node."""
    outcomes = iter(mark.split("."))

    def condition(_: Condition) -> bool:
        return _OUTCOMES[next(outcomes)]

    def choice(_: Node, choice: Choice) -> int | None:
        text = next(outcomes)
        if text == "-":
            return None
        if not (text.isascii() and text.isdecimal()) or len(text) > 5 or int(text) >= len(choice.variants):
            raise KeyError(text)
        return int(text)

    try:
        found = _resolved(forge, node, condition, choice)
    except (KeyError, StopIteration):
        return None
    return found if next(outcomes, None) is None else None


_OUTCOMES = {"1": True, "0": False}


def _resolved(
    forge: Forge,
    node: Node,
    holds: Callable[[Condition], bool],
    choose: Callable[[Node, Choice], int | None],
) -> Resolved:
    subs = list(node.subs)
    decided: set[int] = set()
    chosen: list[tuple[Choice, int | None]] = []
    taken: list[str] = []
    for _ in range(_ROUNDS):
        if not node.dynamic:
            break
        for condition in node.conditions:
            decided.add(condition.number)
            outcome = holds(condition)
            taken.append("1" if outcome else "0")
            active = condition.then if outcome else condition.otherwise
            if active is not None:
                subs.append(active)
        for choice in node.choices:
            decided.add(choice.number)
            if choice.by_type and any(i is None and not c.discriminator for c, i in chosen):
                continue  # first comes the variant
            index = choose(node, choice)
            chosen.append((choice, index))
            taken.append("-" if index is None else str(index))
            if index is not None:
                subs.extend(choice.variants[index].shown)
        node = forge.node(subs, frozenset(decided))
    return Resolved(node, tuple(chosen), tuple(taken))


def _holds(forge: Forge, condition: Condition, value: Any) -> bool:
    if condition.key:
        return isinstance(value, dict) and condition.key in value
    assert condition.test is not None
    return forge.document.allows(condition.test, {} if value is ABSENT else value)


def pick(forge: Forge, node: Node, choice: Choice, value: Any, picks: Picks) -> int | None:
    """Return which variant of ``choice`` applies to ``value``; None while nothing tells."""
    if choice.discriminator and isinstance(value, dict) and choice.discriminator in value:
        return _by_discriminator(forge, choice, value[choice.discriminator])
    if choice.number in picks:
        index = picks[choice.number]
        return index if index is not None and 0 <= index < len(choice.variants) else None
    if choice.discriminator:
        return _by_content(forge, node, choice, value)
    if value is ABSENT:
        return choice.usual
    for index, variant in enumerate(choice.variants):
        if forge.document.allows(variant.sub, value):
            return index
    scores = [_score(forge.node([v.sub]), value) for v in choice.variants]
    return scores.index(max(scores)) if max(scores) > 0 else None


def _by_discriminator(forge: Forge, choice: Choice, own: Any) -> int | None:
    for index, variant in enumerate(choice.variants):
        if all(forge.document.allows(test, own) for test in variant.test):
            return index
    return None


def _by_content(forge: Forge, node: Node, choice: Choice, value: Any) -> int | None:
    """Return the variant whose own fields the data holds although nothing names the variant."""
    if not isinstance(value, dict):
        return None
    best: tuple[int, bool] = (0, False)
    found = None
    for index, variant in enumerate(choice.variants):
        shown = set(forge.node(variant.shown).properties) - set(node.properties)
        rank = (len(shown & set(value)), forge.document.allows(variant.sub, value))
        if rank[0] and rank > best:
            best, found = rank, index
    return found


def _score(node: Node, value: Any) -> int:
    kind = type_of(value)
    fits = kind in node.types or (kind == "integer" and "number" in node.types)
    if isinstance(value, dict):
        known = {*node.properties, *node.required}
        return (1 if fits else 0) + 2 * len(known & set(value))
    return 1 if fits else 0


def branches(node: Node) -> Iterator[Sub]:
    """Yield every subschema that may come to apply to a node."""
    for condition in node.conditions:
        for sub in (condition.then, condition.otherwise):
            if sub is not None:
                yield sub
    for choice in node.choices:
        for variant in choice.variants:
            yield from variant.shown


def all_properties(forge: Forge, node: Node, depth: int = 0) -> dict[str, tuple[Sub, ...]]:
    """Return the properties of a node in all its branches; the unconditional definition comes first."""
    found = dict(node.properties)
    if depth < 6:
        for sub in branches(node):
            for name, members in all_properties(forge, forge.node([sub]), depth + 1).items():
                if not found.get(name):
                    found[name] = members
    return found


def offered(forge: Forge, node: Node, settled: Node, value: Any) -> Iterator[tuple[str, Node]]:
    """Yield each property that is shown once it holds anything, with the node as it is then.

    A condition that asks for the very property that it shows would else keep a person from ever entering it.
    """
    if not node.dynamic:
        return
    begun = dict(value) if isinstance(value, dict) else {}
    shown = {*shown_properties(forge, settled), *begun}
    for name in dict.fromkeys(name for condition in node.conditions for name in _needed(condition)):
        if name not in shown:
            nodes = [resolve(forge, node, {**begun, name: sample}).node for sample in _SAMPLES]
            if all(name in shown_properties(forge, one) for one in nodes):
                yield name, nodes[0]


# Of different kinds: what holds for each of them holds because something is there.
_SAMPLES: tuple[Any, ...] = ("x", 1, {"x": 1})


def _needed(condition: Condition) -> Iterator[str]:
    """Yield the properties that have to be there for a condition to hold."""
    if condition.key:
        yield condition.key
    schema = condition.test.schema if condition.test is not None else None
    required = schema.get("required") if isinstance(schema, Mapping) else None
    yield from (name for name in required or () if isinstance(name, str))


def triggers(forge: Forge, node: Node) -> frozenset[str]:
    """Return the properties whose change may change what is shown of this node."""
    found = forge.triggers.get(id(node))
    if found is None:
        forge.triggers[id(node)] = frozenset()  # a recursive definition finds itself
        found = forge.triggers[id(node)] = frozenset(_triggers(forge, node))
    return found


def _triggers(forge: Forge, node: Node) -> set[str]:
    names: set[str] = set()
    for condition in node.conditions:
        if condition.key:
            names.add(condition.key)
        elif condition.test is not None:
            names |= _tested(forge, condition.test)
        for sub in (condition.then, condition.otherwise):
            if sub is not None:
                names |= triggers(forge, forge.node([sub]))
    for choice in node.choices:
        if choice.discriminator:
            names.add(choice.discriminator)
        for variant in choice.variants:
            names |= triggers(forge, forge.node(variant.shown))
    return names


def _tested(forge: Forge, sub: Sub, depth: int = 0) -> set[str]:
    names: set[str] = set()
    for flat in forge.flatten([sub]):
        schema = flat.schema
        if not isinstance(schema, Mapping) or depth > 6:
            continue
        names.update(schema.get("properties") or ())
        names.update(n for n in schema.get("required") or () if isinstance(n, str))
        for word in ("anyOf", "oneOf"):
            for member in schema.get(word) or ():
                names |= _tested(forge, forge.document.within(flat, member), depth + 1)
        if isinstance(schema.get("not"), Mapping):
            names |= _tested(forge, forge.document.within(flat, schema["not"]), depth + 1)
    return names


def shown_properties(forge: Forge, node: Node) -> tuple[str, ...]:
    """Return the properties of a settled node that have a place on the page."""
    found = forge.shown.get(id(node))
    if found is None:
        names = (name for name, subs in node.properties.items() if forge.node(subs).kind != "never")
        found = forge.shown[id(node)] = tuple(names)
    return found
