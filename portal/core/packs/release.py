"""Releases: a resolved bundle, frozen under its content digest."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from portal.core.canonical import digest
from portal.core.errors import DefinitionError, msg
from portal.core.text import Text


@dataclass(frozen=True, slots=True)
class ChainLink:
    """One pack of a release's chain, as it was."""

    id: str
    version: str
    digest: str


@dataclass(frozen=True)
class Release:
    """What a centre runs by: never changed once made; a change makes another release."""

    pack: str
    version: str
    title: Text
    unit: str | None
    chain: tuple[ChainLink, ...]
    bundle: Mapping[str, Any]
    digest: str

    @classmethod
    def of(
        cls,
        pack: str,
        version: str,
        title: Text,
        unit: str | None,
        chain: tuple[ChainLink, ...],
        bundle: Mapping[str, Any],
    ) -> Release:
        """Make a release and its digest; equal content gives an equal digest, on every machine."""
        content = _content(pack, version, title, unit, chain, bundle)
        return cls(pack, version, title, unit, chain, bundle, digest(content))

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> Release:
        """Read a release back; refuse one whose content does not fit its digest."""
        chain = tuple(ChainLink(link["id"], link["version"], link["digest"]) for link in document["chain"])
        release = cls.of(
            document["pack"],
            document["version"],
            document["title"],
            document["unit"],
            chain,
            document["bundle"],
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
        content = _content(self.pack, self.version, self.title, self.unit, self.chain, self.bundle)
        return {**content, "digest": self.digest}


def _content(
    pack: str,
    version: str,
    title: Text,
    unit: str | None,
    chain: tuple[ChainLink, ...],
    bundle: Mapping[str, Any],
) -> dict[str, Any]:
    return {
        "pack": pack,
        "version": version,
        "title": title,
        "unit": unit,
        "chain": [{"id": link.id, "version": link.version, "digest": link.digest} for link in chain],
        "bundle": bundle,
    }
