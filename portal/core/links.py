"""How two records can belong together; each sort in one table."""

from __future__ import annotations

from dataclasses import dataclass

from portal.core.errors import msg
from portal.core.table import Table

OPENED, FOUND = "opened", "found"


@dataclass(frozen=True, slots=True)
class Link:
    """A sort of link: what the later record is called at the earlier one (``onward``), and the other way (``back``).

    ``choice`` are the words of the button by which a person makes it; empty for one that only a step makes.
    """

    name: str
    onward: str
    back: str
    choice: str = ""


LINKS: Table[Link] = Table(
    "links",
    Link(OPENED, msg("Led to"), msg("Came from")),
    Link(FOUND, msg("Taken up again because of"), msg("Led to taking up again")),
    Link("repeat", msg("Repeats"), msg("Repeated by"), msg("The same matter again")),
    Link("series", msg("In one series with"), msg("In one series with"), msg("One of a series")),
    Link("group", msg("In one group with"), msg("In one group with"), msg("One group of people")),
)


def chosen() -> dict[str, str]:
    """Return the sorts that a person may choose, with the words of their buttons."""
    return {one.name: one.choice for one in LINKS.values() if one.choice}
