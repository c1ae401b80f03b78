"""What is there already: packs, their units, divisions and agency words, as far as a new county meets them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from portal.core import pointer as pointers
from portal.core.divisions import Division
from portal.core.errors import Problem, msg
from portal.core.packs.chains import Layers
from portal.core.packs.contents import divisions_of
from portal.core.packs.formats import PACK_ID
from portal.core.packs.layer import Layer
from portal.core.packs.source import MemoryLibrary, PackLibrary, PackSource
from portal.core.packs.starting.answers import refusal
from portal.core.text import alike

FOUNDATION = "base"


@dataclass(frozen=True)
class Beside:
    """A library with some packs in memory beside it."""

    library: PackLibrary
    more: MemoryLibrary

    def ids(self) -> list[str]:
        """Return the identifiers of all packs."""
        return sorted({*self.library.ids(), *self.more.ids()})

    def source(self, pack_id: str, version: str | None = None) -> PackSource | None:
        """Return the files of a pack."""
        return self.more.source(pack_id, version) or self.library.source(pack_id, version)

    def problems(self) -> list[Problem]:
        """Return nothing: faults of other packs' folders are not those of the packs in memory."""
        return []


@dataclass(frozen=True)
class Surroundings:
    """The packs of a library, by what a new county has to know of them."""

    library: PackLibrary

    @cached_property
    def layers(self) -> Mapping[str, Layer]:
        """Return each pack's own layer."""
        reader = Layers(self.library)
        found = ((pack, reader.get(pack)) for pack in self.library.ids())
        return {pack: layer for pack, layer in found if layer is not None}

    @cached_property
    def by_unit(self) -> dict[str, str]:
        """Return the pack of each unit that has one."""
        found: dict[str, str] = {}
        for pack, layer in self.layers.items():
            if layer.manifest.unit:
                found.setdefault(layer.manifest.unit, pack)
        return found

    @cached_property
    def divisions(self) -> dict[str, Division]:
        """Return all divisions that some pack brings."""
        return {one.code: one for one in divisions_of(list(self.layers.values()))[0]}

    @cached_property
    def agencies(self) -> dict[str, str]:
        """Return whose each agency word is, by what words have in common that look alike."""
        found: dict[str, str] = {}
        for layer in self.layers.values():
            centre = pointers.get(dict(layer.content), "/layout/centre")
            if isinstance(centre, dict) and isinstance(centre.get("agency"), str):
                found.setdefault(alike(centre["agency"]), str(centre.get("name") or layer.id))
            centres = pointers.get(dict(layer.content), "/units/centres")
            for code, words in centres.items() if isinstance(centres, dict) else ():
                # The centre of a county that has its own pack is named there.
                if (
                    isinstance(words, dict)
                    and isinstance(words.get("agency"), str)
                    and code not in self.by_unit
                ):
                    found.setdefault(alike(words["agency"]), str(words.get("name") or code))
        return found

    def require_new(self, code: str, *, unknown: bool = False) -> None:
        """Raise InvalidInput where a county has a pack already, or its city's data don't know the code."""
        if code in self.by_unit:
            raise refusal(
                "has_pack",
                msg("%(name)s has the pack %(pack)s already"),
                msg("Change that one, or give the code of your own county"),
                name=self.name_of(code) or code,
                pack=self.by_unit[code],
            )
        named = self.divisions.get(code)
        if named is not None and named.level != "county":
            raise refusal(
                "level", msg("%(code)s is %(name)s, which is no county"), code=code, name=named.name
            )
        counties = {
            one.code: one.name
            for one in self.divisions.values()
            if one.level == "county" and one.code[:4] == code[:4]
        }
        # A city whose pack brings its counties knows them all; one that single counties brought does not.
        whole = any(
            layer.manifest.unit == f"{code[:4]}00" for layer in self.layers.values() if layer.divisions
        )
        if whole and len(counties) > 1 and code not in counties and not unknown:
            raise refusal(
                "unknown_code",
                msg("There is no county %(code)s there; the counties are: %(known)s"),
                msg("Correct the code; for a new county add --new-code"),
                code=code,
                known="、".join(f"{name} {known}" for known, name in sorted(counties.items())),
            )

    def require_free_word(self, agency: str, county: str) -> None:
        """Raise InvalidInput where another centre uses an agency word, or one that looks the same."""
        owner = self.agencies.get(alike(agency))
        if owner is not None and owner != self._opened_name(county):
            raise refusal(
                "agency_taken",
                msg("The word “%(agency)s” is that of %(owner)s: case numbers of two centres would be alike"),
                msg("Choose another one"),
                agency=agency,
                owner=owner,
            )

    def require_free_pack(self, pack: str) -> None:
        """Raise InvalidInput where a name of a pack can't be used, or is taken."""
        if not PACK_ID.fullmatch(pack) or len(pack) > 100:
            raise refusal(
                "pack",
                msg("“%(pack)s” can't be used: small Latin letters, digits, _ and - only, such as zhuji"),
                pack=pack.rpartition("/")[2],
            )
        if pack in self.layers:
            raise refusal("pack_taken", msg("There is a pack %(pack)s already"), pack=pack)

    def name_of(self, code: str) -> str:
        """Return the name of a division; empty where no pack brings it."""
        found = self.divisions.get(code)
        return found.name if found else ""

    def _opened_name(self, county: str) -> str | None:
        """Return the name of the centre that a city opens for a county."""
        for layer in self.layers.values():
            opened = pointers.get(dict(layer.content), f"/units/centres/{county}")
            if isinstance(opened, dict):
                return str(opened.get("name") or county)
        return None
