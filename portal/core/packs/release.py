"""Releases: a resolved bundle, frozen under its content digest."""

from __future__ import annotations

from collections.abc import Container, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from portal.core.canonical import digest
from portal.core.errors import DefinitionError, msg
from portal.core.packs.format_steps import CURRENT, is_known, newer_format, upgrade
from portal.core.packs.source import exact_reference
from portal.core.text import Text


@dataclass(frozen=True, slots=True)
class ChainLink:
    """One pack of a release's chain, as it was."""

    id: str
    version: str
    digest: str

    def is_opaque(self, layers: Container[str]) -> bool:
        """Tell whether the link's layer is not among those at hand, by digest: readable, but no base to merge."""
        return self.digest not in layers


@dataclass(frozen=True)
class Release:
    """A resolved pack that a centre runs by: never changed once made; a change makes another release.

    ``bundle`` is of the release's own format, as it was digested; ``current_bundle`` is what is worked with.
    """

    pack: str
    version: str
    title: Text
    unit: str | None
    chain: tuple[ChainLink, ...]
    bundle: Mapping[str, Any]
    digest: str
    format: int = CURRENT

    @cached_property
    def current_bundle(self) -> Mapping[str, Any]:
        """Return the bundle in the current format; what is stored stays as it was."""
        return upgrade(self.bundle, self.format)

    @classmethod
    def of(
        cls,
        pack: str,
        version: str,
        title: Text,
        unit: str | None,
        chain: tuple[ChainLink, ...],
        bundle: Mapping[str, Any],
        number: int = CURRENT,
    ) -> Release:
        """Make a release of format ``number`` and its digest; equal content gives an equal digest everywhere."""
        content = _content(pack, version, title, unit, chain, bundle, number)
        return cls(pack, version, title, unit, chain, bundle, digest(content), number)

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> Release:
        """Read a release of any format back; refuse one of a later portal, and one that does not fit its digest."""
        number = document.get("format", 1)
        if not is_known(number):
            what = exact_reference(document["pack"], document["version"])
            problem = newer_format(what, number)
            raise DefinitionError("release.format", problem.message, problem.params, [problem])
        chain = tuple(ChainLink(link["id"], link["version"], link["digest"]) for link in document["chain"])
        release = cls.of(
            document["pack"],
            document["version"],
            document["title"],
            document["unit"],
            chain,
            document["bundle"],
            number,
        )
        if release.digest != document["digest"]:
            raise DefinitionError(
                "release.digest",
                msg("The release %(pack)s %(version)s was altered: its content does not fit its digest"),
                {"pack": release.pack, "version": release.version},
            )
        return release

    def to_json(self) -> dict[str, Any]:
        """Return the release as one JSON document."""
        content = _content(
            self.pack, self.version, self.title, self.unit, self.chain, self.bundle, self.format
        )
        return {**content, "digest": self.digest}


def _content(
    pack: str,
    version: str,
    title: Text,
    unit: str | None,
    chain: tuple[ChainLink, ...],
    bundle: Mapping[str, Any],
    number: int,
) -> dict[str, Any]:
    # Releases of format 1 were digested without a number: theirs must stay what they are.
    return {
        **({"format": number} if number > 1 else {}),
        "pack": pack,
        "version": version,
        "title": title,
        "unit": unit,
        "chain": [{"id": link.id, "version": link.version, "digest": link.digest} for link in chain],
        "bundle": bundle,
    }
