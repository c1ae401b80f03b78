"""Opening a package: its file, its signature, what it says, its content; refused whole with all problems.

Nothing of it is parsed before the signature over the manifest holds, and nothing is written anywhere.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from portal.core.errors import InvalidInput, Problem, msg
from portal.core.packages import archive, trust
from portal.core.packages import manifest as manifests
from portal.core.packages.building import FILES
from portal.core.packages.manifest import PackageManifest
from portal.core.packages.trust import Seen, Signature, TrustedKey, Verifier, signed_text
from portal.core.packs.chains import Layers
from portal.core.packs.check import check_files
from portal.core.packs.check.registry import Memo
from portal.core.packs.format_steps import is_known, newer_format
from portal.core.packs.layer import Layer, load_layer
from portal.core.packs.source import PackLibrary, PackSource, manifest_path
from portal.core.packs.versions import version_key


@dataclass(frozen=True)
class Package:
    """A package that was opened: what it says, its pack, the key that signed it, and what is only doubtful."""

    manifest: PackageManifest
    source: PackSource
    signer: str = ""
    publisher: str = ""
    warnings: tuple[Problem, ...] = ()


@dataclass(frozen=True)
class Receiver:
    """A portal that is given packages: its version, the packs at hand, the keys it trusts, what it has seen."""

    portal: str
    library: PackLibrary
    keys: Mapping[str, TrustedKey]
    seen: Seen
    check_signature: Verifier


def verify(content: bytes, receiver: Receiver) -> Package:
    """Return a package that may be used here; InvalidInput with everything that is wrong with it."""
    members = _members(content)
    text = members.get(manifests.NAME, b"")
    key = _signed_by(members, text, receiver)
    manifest = _manifest(text)
    layer = _layer(manifest, members)
    problems = [
        *_of_key(key, manifest),
        *receiver.seen.problems(key.publisher, manifest),
        *_of_members(manifest, members),
        *_of_portal(manifest, receiver.portal),
        *_of_content(manifest, layer),
        *_of_dependencies(manifest, receiver.library),
    ]
    _refuse(problems)
    warnings = tuple(one for one in problems if one.severity != "error")
    return Package(manifest, _source(manifest, members), key.id, key.publisher, warnings)


def inspect(content: bytes) -> Package:
    """Return what a package says, whoever signed it; InvalidInput where the file or what it says is wrong."""
    members = _members(content)
    manifest = _manifest(members.get(manifests.NAME, b""))
    signature, problems = _signature(members)
    found = [*problems, *_of_members(manifest, members), *_of_content(manifest, _layer(manifest, members))]
    _refuse(found)
    signer = signature.key if signature is not None else ""
    return Package(manifest, _source(manifest, members), signer)


def _members(content: bytes) -> dict[str, bytes]:
    members, problems = archive.read(content)
    problems += [
        Problem("package.unknown_member", msg("A package has no such member"), {}, name)
        for name in members
        if name not in (manifests.NAME, trust.NAME) and not name.startswith(FILES)
    ]
    if not problems and manifests.NAME not in members:
        problems.append(
            Problem("package.no_manifest", msg("The package has no manifest"), {}, manifests.NAME)
        )
    _refuse(problems)
    return members


def _signature(members: Mapping[str, bytes]) -> tuple[Signature | None, list[Problem]]:
    content = members.get(trust.NAME)
    return (None, []) if content is None else Signature.parse(content)


def _signed_by(members: Mapping[str, bytes], text: bytes, receiver: Receiver) -> TrustedKey:
    """Return the trusted key whose signature over the manifest holds."""
    signature, problems = _signature(members)
    _refuse(problems)
    if signature is None:
        remedy = msg("Build it again with a key: portal package build --key")
        raise _refused(
            [Problem("package.unsigned", msg("The package is not signed"), {}, trust.NAME, remedy=remedy)]
        )
    key = receiver.keys.get(signature.key)
    if key is None:
        problem = Problem(
            "package.unknown_key",
            msg("It was signed with the key %(key)s, which is not trusted here"),
            {"key": signature.key},
            trust.NAME,
            remedy=msg("If you know whose it is, take it in: portal package keys trust"),
        )
        raise _refused([problem])
    if not receiver.check_signature(key.public, signed_text(text), signature.value):
        text_ = msg("The signature does not hold: the package was changed, or another key signed it")
        raise _refused([Problem("package.signature", text_, {}, trust.NAME)])
    return key


def _manifest(text: bytes) -> PackageManifest:
    manifest, problems = manifests.parse(text)
    if manifest is None:
        raise _refused(problems)
    return manifest


def _of_key(key: TrustedKey, manifest: PackageManifest) -> Iterator[Problem]:
    if not key.may_sign(manifest.pack):
        yield Problem(
            "package.prefix",
            msg("The key of %(publisher)s may sign %(prefixes)s, not %(pack)s"),
            {"publisher": key.publisher, "prefixes": ", ".join(key.prefixes), "pack": manifest.pack},
            trust.NAME,
        )


def _of_members(manifest: PackageManifest, members: Mapping[str, bytes]) -> Iterator[Problem]:
    """Yield what of the files is missing, too much, or not what the manifest says."""
    files = {name.removeprefix(FILES): content for name, content in members.items() if name.startswith(FILES)}
    for path in manifest.files.keys() - files.keys():
        yield Problem(
            "package.missing", msg("The manifest names a file that is not in the package"), {}, path
        )
    for path in files.keys() - manifest.files.keys():
        yield Problem(
            "package.unlisted", msg("The package holds a file that its manifest does not name"), {}, path
        )
    for path in files.keys() & manifest.files.keys():
        if manifest.files[path] != (len(files[path]), hashlib.sha256(files[path]).hexdigest()):
            yield Problem("package.changed", msg("The file is not the one that the manifest names"), {}, path)


def _of_portal(manifest: PackageManifest, portal: str) -> Iterator[Problem]:
    if version_key(manifest.portal) > version_key(portal):
        yield Problem(
            "package.portal",
            msg("The package needs version %(wanted)s of the portal; this one is %(portal)s"),
            {"wanted": manifest.portal, "portal": portal},
            manifests.NAME,
            "/portal",
            msg("Update the portal"),
        )


def _of_content(manifest: PackageManifest, layer: Layer) -> Iterator[Problem]:
    """Yield what is wrong with the files of the pack, and where they are not what the package says."""
    if not is_known(layer.format):
        yield newer_format(manifest.reference, layer.format, manifest_path(manifest.pack))
        return
    yield from layer.problems
    yield from check_files(layer, Memo())
    for path in layer.raw:
        inner = path.partition("/")[2]
        if not inner.startswith(f"{manifest.pack}/"):
            text = msg("The file lies in no folder of the pack %(pack)s")
            yield Problem("package.other_pack", text, {"pack": manifest.pack}, path)
    parent = manifest.parent
    own = layer.manifest
    said = (manifest.version, manifest.format, parent.pack if parent else None)
    if (own.version, own.format, own.extends) != said or own.extends_version not in (
        None,
        parent.version if parent else None,
    ):
        text = msg("pack.json says another version, format or parent than the package")
        yield Problem("package.contradiction", text, {}, manifest_path(manifest.pack))
    elif not _stands_on_others(manifest):
        text = msg("The package names what it stands on twice, or itself")
        yield Problem("package.contradiction", text, {}, manifests.NAME, "/dependencies")
    elif layer.digest != manifest.digest:
        text = msg("The digest of the files is not the one that the package names")
        yield Problem("package.digest", text, {}, manifests.NAME, "/digest")


def _stands_on_others(manifest: PackageManifest) -> bool:
    """Tell whether what a package stands on are as many other packs as it names."""
    packs = [manifest.pack, *(one.pack for one in manifest.dependencies)]
    return len(set(packs)) == len(packs)


def _of_dependencies(manifest: PackageManifest, library: PackLibrary) -> Iterator[Problem]:
    layers = Layers(library)
    for number, one in enumerate(manifest.dependencies):
        where = f"/dependencies/{number}"
        found = layers.get(one.pack, one.version)
        if found is None:
            text = msg("%(pack)s is not here; the package stands on it")
            remedy = msg("Bring its package first")
            params = {"pack": one.reference}
            yield Problem("package.parent", text, params, manifests.NAME, where, remedy, "warning")
        elif found.digest != one.digest:
            text = msg("%(pack)s has another content here than the package was made for")
            remedy = msg("Ask the publisher for a package made for the content that is here")
            yield Problem(
                "package.parent_differs", text, {"pack": one.reference}, manifests.NAME, where, remedy
            )


def _source(manifest: PackageManifest, members: Mapping[str, bytes]) -> PackSource:
    files = {name.removeprefix(FILES): content for name, content in members.items() if name.startswith(FILES)}
    parent = manifest.parent
    return PackSource(manifest.pack, files, parent=parent.reference if parent else None)


def _layer(manifest: PackageManifest, members: Mapping[str, bytes]) -> Layer:
    return load_layer(_source(manifest, members))


def _refuse(problems: Sequence[Problem]) -> None:
    if any(one.severity == "error" for one in problems):
        raise _refused(problems)


def _refused(problems: Sequence[Problem]) -> InvalidInput:
    return InvalidInput("package.refused", msg("The package is refused"), {}, problems)
