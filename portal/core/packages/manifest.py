"""What a package says of itself in ``package.json``: the bytes that are signed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from portal.core import strict_json
from portal.core.canonical import canonical
from portal.core.errors import Problem, msg
from portal.core.packs import schemas
from portal.core.packs.source import exact_reference
from portal.core.text import Text

NAME = "package.json"
FORMAT = 1


@dataclass(frozen=True, slots=True)
class Dependency:
    """A pack that the package's pack stands on, in the version and with the content that it was made for."""

    pack: str
    version: str
    digest: str

    @property
    def reference(self) -> str:
        """Return its exact name."""
        return exact_reference(self.pack, self.version)


@dataclass(frozen=True, slots=True)
class PackageManifest:
    """A pack in one version: its digest, what it stands on (foundation first), its files and what is new in it."""

    pack: str
    version: str
    digest: str
    title: Text
    format: int
    portal: str
    dependencies: tuple[Dependency, ...]
    files: Mapping[str, tuple[int, str]]
    changelog: str = ""

    @property
    def reference(self) -> str:
        """Return the exact name of the pack."""
        return exact_reference(self.pack, self.version)

    @property
    def parent(self) -> Dependency | None:
        """Return the pack that this one extends; None for a foundation."""
        return self.dependencies[-1] if self.dependencies else None

    def to_bytes(self) -> bytes:
        """Return the one text of the manifest."""
        return (canonical(self.to_json()) + "\n").encode()

    def to_json(self) -> dict[str, Any]:
        """Return the manifest as it stands in the package."""
        return {
            "package": FORMAT,
            "pack": self.pack,
            "version": self.version,
            "digest": self.digest,
            "title": self.title,
            "format": self.format,
            "portal": self.portal,
            "dependencies": [
                {"pack": one.pack, "version": one.version, "digest": one.digest} for one in self.dependencies
            ],
            "files": [
                {"path": path, "size": size, "sha256": digest}
                for path, (size, digest) in sorted(self.files.items())
            ],
            "changelog": self.changelog,
        }


def parse(content: bytes) -> tuple[PackageManifest | None, list[Problem]]:
    """Read a manifest strictly; None with everything that is wrong with it."""
    value, problems = strict_json.loads(content, file=NAME)
    if not problems and isinstance(value, dict) and value.get("package") not in (None, FORMAT):
        text = msg("The package is written in format %(format)s; this portal knows format %(known)s")
        found = value["package"]
        params = {"format": found if isinstance(found, int) else "?", "known": FORMAT}
        return None, [Problem("package.format", text, params, NAME, "/package", msg("Update the portal"))]
    problems = problems or schemas.check_complete("package", value, file=NAME)
    if problems:
        return None, problems
    manifest = PackageManifest(
        pack=value["pack"],
        version=value["version"],
        digest=value["digest"],
        title=value["title"],
        format=value["format"],
        portal=value["portal"],
        dependencies=tuple(
            Dependency(one["pack"], one["version"], one["digest"]) for one in value["dependencies"]
        ),
        files={one["path"]: (one["size"], one["sha256"]) for one in value["files"]},
        changelog=value["changelog"],
    )
    if manifest.to_bytes() != content:
        text = msg(
            "The manifest is not written as portal package build writes it: a file listed twice, or out of order"
        )
        return None, [Problem("package.manifest", text, {}, NAME)]
    return manifest, []
