"""Building a package of a pack: its files as they are, what it stands on, and a signature."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence

from portal.core.errors import DefinitionError, msg
from portal.core.packages import archive, manifest, trust
from portal.core.packages.manifest import Dependency, PackageManifest
from portal.core.packages.trust import Signature
from portal.core.packs.layer import Layer
from portal.core.packs.resolve import Resolved

FILES = "files/"
Signer = Callable[[bytes], Signature]


def build(resolved: Resolved, *, portal: str, changelog: str = "", sign: Signer | None = None) -> bytes:
    """Return the package of a resolved pack; DefinitionError where its chain has errors, or no manifest can say so.

    ``portal`` is the lowest version of the portal that can use it. Equal files, parents, portal, changelog and key give
    equal bytes; without a signer the package is unsigned, and no portal lets it in.
    """
    if resolved.errors or not resolved.chain:
        raise DefinitionError(
            "package.broken", msg("The pack %(pack)s has errors"), {"pack": resolved.pack}, resolved.errors
        )
    layer, above = resolved.chain[-1], resolved.chain[:-1]
    described = _described(layer, above, portal, changelog.replace("\r\n", "\n").strip())
    text = described.to_bytes()
    problems = manifest.parse(text)[1]
    if problems:
        raise DefinitionError(
            "package.unbuilt", msg("No portal would take this package in"), {"pack": resolved.pack}, problems
        )
    members = {manifest.NAME: text, **{FILES + path: content for path, content in layer.raw.items()}}
    if sign is not None:
        members[trust.NAME] = sign(trust.signed_text(text)).to_bytes()
    return archive.write(members)


def _described(layer: Layer, above: Sequence[Layer], portal: str, changelog: str) -> PackageManifest:
    return PackageManifest(
        pack=layer.id,
        version=layer.manifest.version,
        digest=layer.digest,
        title=layer.manifest.title,
        format=layer.format,
        portal=portal,
        dependencies=tuple(Dependency(one.id, one.manifest.version, one.digest) for one in above),
        files={
            path: (len(content), hashlib.sha256(content).hexdigest()) for path, content in layer.raw.items()
        },
        changelog=changelog,
    )
