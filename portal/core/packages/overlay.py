"""A library in which a package's pack stands in the place of the one that is there."""

from __future__ import annotations

from dataclasses import dataclass

from portal.core.errors import Problem
from portal.core.packs.source import PackLibrary, PackSource, fits


@dataclass
class WithPackage:
    """A library, with one pack of a package that was verified before."""

    library: PackLibrary
    package: PackSource

    def ids(self) -> list[str]:
        """Return the identifiers of all packs."""
        return sorted({*self.library.ids(), self.package.id})

    def source(self, pack_id: str, version: str | None = None) -> PackSource | None:
        """Return the package's pack where its version is wanted, or any; otherwise that of the library."""
        if pack_id == self.package.id and fits(self.package.files, pack_id, version):
            return self.package
        return self.library.source(pack_id, version)

    def problems(self) -> list[Problem]:
        """Return the problems of the library."""
        return self.library.problems()
