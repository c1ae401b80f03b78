"""Centres: whose centre a pack describes, which it opens for others, and that no two number their cases alike."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from portal.core import pointer as pointers
from portal.core.errors import Problem, msg
from portal.core.packs.check.layout import managed_by
from portal.core.packs.check.references import unit_known
from portal.core.packs.check.registry import Context, check, items
from portal.core.packs.resolve import Resolved
from portal.core.packs.source import manifest_path
from portal.core.text import alike

_REMEDY = msg("Give one of them another word: cases are told apart by it")


@check
def centre_unit(context: Context) -> Iterator[Problem]:
    """The centre that the layout describes is that of the pack's unit."""
    unit = context.resolved.manifest.unit
    centre = context.section("layout").get("centre")
    named = centre.get("unit") if isinstance(centre, dict) else None
    if isinstance(named, str) and unit and named != unit:
        own = context.resolved.origins.pack_of("/layout/centre/unit") == context.resolved.pack
        file, inner = context.resolved.place("/layout/centre/unit")
        yield Problem(
            "layout.centre_unit",
            msg("The layout describes the centre of %(named)s, but the pack is for %(unit)s"),
            {"named": named, "unit": unit},
            file if own else manifest_path(context.resolved.pack),
            inner if own else "/unit",
            msg("Set centre in layout.json, with the unit %(unit)s, a name and an agency word of its own"),
        )


@check
def own_area(context: Context) -> Iterator[Problem]:
    """A pack is for a unit below that of the pack it extends."""
    resolved = context.resolved
    unit = resolved.manifest.unit
    above = next(
        (layer.manifest.unit for layer in reversed(resolved.chain[:-1]) if layer.manifest.unit), None
    )
    if not unit or not above or unit not in context.divisions or above not in context.divisions:
        return
    if unit != above and not managed_by(unit, above, context):
        yield Problem(
            "pack.outside",
            msg(
                "The pack is for %(unit)s, which does not lie below %(above)s, the unit of the pack it extends"
            ),
            {"unit": _called(context, unit), "above": _called(context, above)},
            manifest_path(resolved.pack),
            "/unit",
            msg("Correct the unit, or extend the pack of the unit above it"),
        )


def _called(context: Context, code: str) -> str:
    name = context.divisions[code].name
    return f"{name} ({code})"


@check
def opened_centres(context: Context) -> Iterator[Problem]:
    """The units for which a pack opens centres exist and are not its own."""
    for code, _ in items(context.section("units").get("centres")):
        where = pointers.join(["units", "centres", code])
        yield from unit_known(context, code, where)
        if code == context.resolved.manifest.unit and _is_own(context.resolved, where):
            yield context.problem(
                "centre.own",
                msg("%(code)s is the pack's own unit: its centre stands in layout.json"),
                where,
                msg("Remove it here"),
                code=code,
            )


def same_units(packs: Iterable[Resolved]) -> Iterator[Problem]:
    """Yield a problem for each pack that names the unit of another pack, which it does not extend."""
    known = [pack for pack in packs if pack.whole and pack.manifest.unit]
    for resolved in known:
        for other in known:
            chains = {layer.id for layer in (*resolved.chain[:-1], *other.chain[:-1])}
            if (
                other.pack != resolved.pack
                and other.manifest.unit == resolved.manifest.unit
                and not chains & {resolved.pack, other.pack}
            ):
                yield Problem(
                    "centre.claimed",
                    msg("The unit %(unit)s is also that of the pack %(other)s: a centre has one pack"),
                    {"unit": resolved.manifest.unit, "other": other.pack},
                    manifest_path(resolved.pack),
                    "/unit",
                    msg(
                        "Name your own unit, or extend %(other)s; to take the centre over, the unit above does so "
                        "with a reason: portal config publish --take-over --reason"
                    ),
                )


@dataclass(frozen=True, slots=True)
class _Claim:
    """A unit's agency word, and the place that gives it."""

    agency: str
    unit: str
    pack: str
    pointer: str


def same_agencies(packs: Iterable[Resolved]) -> Iterator[Problem]:
    """Yield a problem for each agency word that two centres of these packs would share.

    A pack of a unit's own stands above the centre that another pack opens there.
    """
    known = [pack for pack in packs if pack.whole]
    own = {pack.manifest.unit for pack in known if pack.manifest.unit}
    claims: dict[str, _Claim] = {}
    for resolved in sorted(known, key=lambda pack: (len(pack.chain), pack.pack)):
        for claim in _claims(resolved, own):
            first = claims.setdefault(alike(claim.agency), claim)
            if first.unit != claim.unit:
                file, inner = _place(resolved, claim)
                yield Problem(
                    "centre.agency",
                    msg(
                        "The agency word %(agency)s of %(unit)s is also that of %(other)s in the pack %(pack)s"
                    ),
                    {
                        "agency": claim.agency,
                        "unit": claim.unit,
                        "other": first.unit,
                        "pack": first.pack,
                    },
                    file,
                    inner,
                    _REMEDY,
                )


def _claims(resolved: Resolved, own: set[str]) -> Iterator[_Claim]:
    """Yield the agency words that hold by a pack: its own, and those of centres in units without a pack."""
    centre = pointers.get(resolved.bundle, "/layout/centre/agency")
    unit = resolved.manifest.unit
    if isinstance(centre, str) and unit:
        yield _Claim(centre, unit, resolved.pack, "/layout/centre/agency")
    for code, opened in items(pointers.get(resolved.bundle, "/units/centres")):
        agency = opened.get("agency")
        if isinstance(agency, str) and code not in own:
            owner = resolved.origins.pack_of(pointers.join(["units", "centres", code])) or resolved.pack
            yield _Claim(agency, code, owner, pointers.join(["units", "centres", code, "agency"]))


def _place(resolved: Resolved, claim: _Claim) -> tuple[str, str]:
    """Return file and pointer of an agency word; those of the manifest where a pack has it from above."""
    if claim.pack == resolved.pack and not _is_own(resolved, claim.pointer):
        return manifest_path(resolved.pack), "/unit"
    return resolved.place(claim.pointer)


def _is_own(resolved: Resolved, pointer: str) -> bool:
    return resolved.origins.pack_of(pointer) == resolved.pack
