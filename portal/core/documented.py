"""The parts of the documents that follow from the tables of knowledge.

A document marks a place by ``<!-- generated: NAME -->`` and ``<!-- end -->``; ``portal docs generate`` writes
between the two what the block of that name returns, and a test says where that was forgotten.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

from portal.core.conditions.operators import OPERATORS
from portal.core.effects import EFFECTS
from portal.core.errors import DefinitionError, msg

_PLACE = re.compile(r"^(<!-- generated: ([a-z_]+) -->\n)(.*?)^(<!-- end -->)$", re.MULTILINE | re.DOTALL)


def table(heads: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """Return a Markdown table."""
    heads = list(heads)
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)


def code(*names: str) -> str:
    """Return names as code, apart by commas."""
    return ", ".join(f"`{name}`" for name in names)


def _operators() -> str:
    return table(
        ["operator", "the field is", "holds when the field …"],
        [[code(one.name), ", ".join(sorted(one.kinds)), one.phrase] for one in OPERATORS.values()],
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


# Each block, and how it follows from a table. A new table of knowledge adds its line here.
BLOCKS: dict[str, Callable[[], str]] = {
    "operators": _operators,
    "effects": _effects,
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
