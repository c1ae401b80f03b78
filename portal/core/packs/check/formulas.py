"""Pattern formulas: figures equal their members, count who is there, and stand nowhere typed."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from portal.core import pointer as pointers
from portal.core.errors import Problem, Words, msg
from portal.core.layout import Layout, UnitNames, members_of
from portal.core.packs.check.layout import unit_names
from portal.core.packs.check.registry import Context, check, entries, items
from portal.core.packs.places import said
from portal.core.text import Texts

_PLUS = re.compile(r"(?<![0-9])[0-9]+\s*[+＋]\s*(?:[0-9]+|[A-Z](?![A-Za-z]))")
_NUMERALS = "0-9零一二三四五六七八九十两百"
_MODES = {"resident": msg("resident"), "rotating": msg("rotating"), "on_call": msg("on call")}


@check
def patterns(context: Context) -> Iterator[Problem]:
    """A claimed figure equals the number of members; departments counted exist and are stationed."""
    definition = context.section("layout")
    if not definition or not context.broken.isdisjoint({"/layout", "/departments"}):
        return
    layout = Layout.from_definition(definition, dict(items(context.section("departments"))))
    for key, pattern in items(definition.get("patterns")):
        for index, term in entries(pattern.get("terms")):
            where = pointers.join(["layout", "patterns", key, "terms", index])
            selector = term["members"]
            named = selector.get("departments") if isinstance(selector, dict) else None
            for place, department in entries(named):
                yield from context.refer(department, "/departments", f"{where}/members/departments/{place}")
    yield from figures(context, layout, definition.get("patterns"), "/layout", unit_names(context))


def figures(
    context: Context, layout: Layout, patterns: Any, base: str, units: UnitNames | None
) -> Iterator[Problem]:
    """Yield what is wrong with the figures of a layout, that of a centre or that derived for a level."""
    for key, pattern in items(patterns):
        where = pointers.join(["patterns", key], base)
        yield from _typed(context, pattern, where)
        for index, term in entries(pattern.get("terms")):
            at = f"{where}/terms/{index}"
            yield from _stationed(context, layout, term, at)
            members = members_of(layout, term["members"], units, Texts())
            if members is not None and "claimed" in term and len(members) != term["claimed"]:
                yield context.problem(
                    "layout.claimed",
                    msg("%(claimed)s are claimed, but %(counted)s are counted"),
                    f"{at}/claimed",
                    msg("Correct the figure or the members"),
                    severity="warning",
                    claimed=term["claimed"],
                    counted=len(members),
                )


def _stationed(context: Context, layout: Layout, term: Mapping[str, Any], where: str) -> Iterator[Problem]:
    """Yield a problem for each department that a figure counts by name although nobody of it sits in the centre."""
    members = term.get("members")
    named = members.get("departments") if isinstance(members, dict) else None
    for index, code in entries(named):
        modes = {stay.mode for stay in layout.stationing if stay.department == code}
        if code in layout.departments and not modes & {"resident", "rotating"}:
            how = Words(_MODES["on_call"]) if modes else Words(msg("not stationed here"))
            yield context.problem(
                "layout.counted_absent",
                msg("The figure counts %(department)s, which is %(how)s"),
                f"{where}/members/departments/{index}",
                msg('Count by mode: {"departments": {"mode": "resident"}}, or take it out'),
                department=said(layout.departments[code].get("name"), str(code)),
                how=how,
            )


def _typed(context: Context, pattern: Mapping[str, Any], where: str) -> Iterator[Problem]:
    """Yield a problem where the title of a formula is one itself: beside the computed one it would soon be wrong."""
    for title in _texts(pattern.get("title")):
        if _PLUS.search(title) or _in_measures(title, pattern):
            yield context.problem(
                "layout.typed_formula",
                msg(
                    "The title “%(title)s” is a formula typed by hand; the figures are worked out from the members"
                ),
                f"{where}/title",
                msg("Say in the title what is counted, such as 常驻和轮驻力量"),
                title=title,
            )


def _in_measures(title: str, pattern: Mapping[str, Any]) -> bool:
    """Tell whether a title gives figures to two measures of its formula, as 三区十一室 does."""
    measures = {
        text for _, term in entries(pattern.get("terms")) for text in _texts(term.get("measure")) if text
    }
    found = [one for one in measures if re.search(f"[{_NUMERALS}]+{re.escape(one)}", title)]
    return len(found) > 1


def _texts(text: Any) -> Iterator[str]:
    if isinstance(text, str):
        yield text
    elif isinstance(text, dict):
        yield from (value for value in text.values() if isinstance(value, str))
