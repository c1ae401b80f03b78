"""Packages for tests: one that is good, and more than sixty that no portal may take in."""

from __future__ import annotations

import base64
import io
import json
import stat
import struct
import warnings
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from portal.adapters.package_keys import SigningKey, verifies
from portal.core.canonical import canonical
from portal.core.packages import Seen, build
from portal.core.packages.archive import write
from portal.core.packages.building import FILES
from portal.core.packages.manifest import PackageManifest, parse
from portal.core.packages.opening import Receiver
from portal.core.packages.trust import Signature, signed_text
from portal.core.packs import MemoryLibrary, resolve
from tests.core.packages.forged_zips import compressed, nested, patched, plain, zipped

PACK = "city/kunming"
KEY = SigningKey.new("昆明市", ["city/kunming/*"])
FOREIGN = SigningKey.new("别处", ["city/kunming/*"])
SVG = '<svg xmlns="http://www.w3.org/2000/svg"><rect width="1"/></svg>'
Members = dict[str, bytes]
MANIFEST = {"id": PACK, "version": "1.1.0", "format": 2, "title": "昆明", "extends": "base"}


def files(version: str = "1.1.0", **further: Any) -> dict[str, dict[str, str | bytes]]:
    """Return a foundation and a city on it; ``further`` are files of the city by path, None for one to leave out."""
    city: dict[str, Any] = {
        f"seed/{PACK}/pack.json": {
            "id": PACK,
            "version": version,
            "format": 2,
            "title": "昆明",
            "extends": "base",
        },
        f"seed/{PACK}/settings.json": {"values": {"flags": {"safety": "安全"}}},
        f"seed/{PACK}/assets/logo.svg": SVG,
        **further,
    }
    base = {"seed/base/pack.json": {"id": "base", "version": "1.0.0", "format": 2, "title": "基础"}}
    return {"base": _written(base), PACK: _written(city)}


def _written(content: dict[str, Any]) -> dict[str, str | bytes]:
    return {
        path: value if isinstance(value, str | bytes) else json.dumps(value, ensure_ascii=False)
        for path, value in content.items()
        if value is not None
    }


def library(version: str = "1.1.0", **further: Any) -> MemoryLibrary:
    return MemoryLibrary(files(version, **further))


def good(version: str = "1.1.0", key: SigningKey | None = KEY, **further: Any) -> bytes:
    """Return a good package, perhaps unsigned."""
    resolved = resolve(PACK, library(version, **further))
    return build(resolved, portal="0.1.0", changelog="新增。", sign=key.sign if key else None)


def receiver(**changes: Any) -> Receiver:
    """Return a portal that trusts the city's key and has the foundation."""
    keys = {KEY.trusted.id: KEY.trusted}
    return replace(Receiver("0.1.0", library(), keys, Seen({}), verifies), **changes)


def members_of(content: bytes) -> Members:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def resigned(members: Members, key: SigningKey = KEY, message: bytes | None = None) -> bytes:
    """Return a file of members whose signature fits their manifest."""
    text = signed_text(members["package.json"]) if message is None else message
    return write({**members, "signature.json": key.sign(text).to_bytes()})


def described(change: Callable[[dict[str, Any]], None], members: Members | None = None) -> bytes:
    """Return the good package with another manifest, signed again."""
    parts = members or members_of(good())
    manifest = json.loads(parts["package.json"])
    change(manifest)
    return resigned({**parts, "package.json": (canonical(manifest) + "\n").encode()})


def with_files(version: str = "1.1.0", **changes: bytes | None) -> bytes:
    """Return a package that fits itself, files changed, added or left out, signed again."""
    import hashlib

    from portal.core.packs.layer import load_layer
    from portal.core.packs.source import PackSource

    parts = {
        path: content.encode() if isinstance(content, str) else content
        for path, content in files()[PACK].items()
    }
    for path, content in changes.items():
        parts.pop(path, None) if content is None else parts.update({path: content})
    layer = load_layer(PackSource(PACK, parts, parent="base@1.0.0"))
    manifest, _ = parse(members_of(good())["package.json"])
    assert isinstance(manifest, PackageManifest)
    listed = {path: (len(content), hashlib.sha256(content).hexdigest()) for path, content in parts.items()}
    made = replace(manifest, version=version, digest=layer.digest, files=listed, format=layer.format)
    return resigned({"package.json": made.to_bytes(), **{FILES + path: one for path, one in parts.items()}})


def beside(name: str | zipfile.ZipInfo, content: bytes = b"x") -> bytes:
    """Return the good package with one more member."""
    return zipped([*sorted(members_of(good()).items()), (name, content)])


@dataclass(frozen=True)
class Hostile:
    """A package that has to be refused: what is wrong, the code of the problem, the file."""

    name: str
    code: str
    content: bytes
    receiver: Receiver


def hostile() -> Iterator[Hostile]:
    """Yield every package that has to be refused."""
    for cases in (_no_zips, _names, _members, _signatures, _manifests, _contents):
        for name, code, content, *rest in cases():
            yield Hostile(name, code, content, rest[0] if rest else receiver())


def _no_zips() -> Iterator[tuple[str, str, bytes]]:
    whole = good()
    yield "nothing", "package.no_package", b""
    yield "a text", "package.no_package", "这不是包".encode()
    yield "another kind of archive", "package.no_package", b"\x1f\x8b\x08\x00" + b"0" * 60
    yield "the first bytes alone", "package.cut", b"PK\x03\x04"
    yield "larger than any package", "package.large", b"PK\x03\x04" + bytes(20_000_001)
    yield "cut in the middle", "package.cut", whole[: len(whole) // 2]
    yield "without its last byte", "package.cut", whole[:-1]
    yield "something appended", "package.cut", whole + b"more"
    yield "with a comment", "package.cut", zipped(sorted(members_of(whole).items()), b"hello")
    yield "a program before it", "package.no_package", b"MZ" + whole
    yield "two archives in one", "package.cut", whole + whole
    yield "too many members", "package.many", zipped([(f"files/a{n}", b"") for n in range(600)])
    end = whole[-22:]
    yield (
        "more members than it has",
        "package.cut",
        whole[:-22] + end[:8] + struct.pack("<HH", 9, 7) + end[12:],
    )
    yield "on another disk", "package.cut", whole[:-22] + end[:4] + b"\x01" + end[5:]
    yield "with a directory for large archives", "package.cut", whole[:-22] + b"PK\x06\x07" + bytes(16) + end


def _names() -> Iterator[tuple[str, str, bytes]]:
    for name in (
        "../evil",
        "files/../../evil",
        "/etc/passwd",
        "files\\..\\evil",
        "C:/evil",
        "..",
        "files/..",
    ):
        yield f"a member called {name}", "package.outside", beside(name)
    for name in (
        "files/.hidden",
        "files/seed/",
        "files//a",
        "文件",
        "files/a b",
        "files/a\nb",
        "files/" + "a" * 300,
    ):
        yield f"a member called {name[:20]!r}", "package.name", beside(name)
    whole = beside("files/aXb")
    yield "a NUL in a name", "package.name", whole.replace(b"files/aXb", b"files/a\0b")
    yield "another folder", "package.unknown_member", write({**members_of(good()), "scripts/run.sh": b"rm"})
    twice = [*sorted(members_of(good()).items()), ("package.json", b"{}")]
    with warnings.catch_warnings(action="ignore"):
        yield "two manifests", "package.twice", zipped(twice)
    yield "two names that differ by case", "package.twice", beside("Package.json")


def _members() -> Iterator[tuple[str, str, bytes]]:
    whole, parts = good(), sorted(members_of(good()).items())
    link = plain("files/link", external_attr=(stat.S_IFLNK | 0o777) << 16)
    yield "a link", "package.link", beside(link, b"/etc/passwd")
    yield "a device", "package.link", beside(plain("files/dev", external_attr=(stat.S_IFCHR | 0o600) << 16))
    yield "compressed", "package.compressed", compressed(parts, zipfile.ZIP_DEFLATED)
    yield "compressed otherwise", "package.compressed", compressed(parts, zipfile.ZIP_BZIP2)
    yield "compressed by LZMA", "package.compressed", compressed(parts, zipfile.ZIP_LZMA)
    bomb = [*parts, ("files/zeros", bytes(50_000_000))]
    yield "a bomb", "package.compressed", compressed(bomb, zipfile.ZIP_DEFLATED)
    yield "a member that is too large", "package.member_large", beside("files/large", bytes(2_000_001))
    directory = whole.index(b"PK\x01\x02")
    flagged = whole[: directory + 8] + b"\x01" + whole[directory + 9 :]
    yield "encrypted", "package.encrypted", flagged
    size = struct.unpack_from("<L", whole, directory + 24)[0]
    lied = whole[: directory + 24] + struct.pack("<L", size + 1) + whole[directory + 28 :]
    yield "a size that is a lie", "package.compressed", lied
    yield (
        "names that contradict each other",
        "package.damaged",
        patched(whole, b"package.json", b"packagX.json"),
    )
    yield "other bytes than its sum", "package.damaged", patched(whole, "安全".encode(), "安金".encode())
    offset = struct.unpack_from("<L", whole, directory + 42)[0]
    assert offset == 0
    second = whole.index(b"PK\x01\x02", directory + 1)
    overlapping = whole[: second + 42] + struct.pack("<L", 0) + whole[second + 46 :]
    yield "members that overlap", "package.damaged", overlapping
    yield "members that lie in one another", "package.damaged", nested(40)
    extra = [(plain(name, extra=b"\xfe\xca\x01\x00x"), content) for name, content in parts]
    yield "extra fields", "package.not_plain", zipped(extra)
    yield "comments of members", "package.not_plain", zipped([(plain(n, comment=b"x"), c) for n, c in parts])
    yield (
        "other times",
        "package.not_plain",
        zipped([(plain(n, time=(2026, 1, 1, 0, 0, 0)), c) for n, c in parts]),
    )
    yield "another order", "package.not_plain", zipped(parts[::-1])
    run = [(plain(n, external_attr=(stat.S_IFREG | 0o755) << 16), c) for n, c in parts]
    yield "members that can be run", "package.not_plain", zipped(run)
    yield "no manifest", "package.no_manifest", write({"signature.json": b"{}"})


def _signatures() -> Iterator[tuple[Any, ...]]:
    parts = members_of(good())
    yield "not signed", "package.unsigned", good(key=None)
    yield "signed by a stranger", "package.unknown_key", good(key=FOREIGN)
    stolen = Signature(KEY.trusted.id, FOREIGN.sign(signed_text(parts["package.json"])).value)
    yield (
        "a stranger's signature under a known name",
        "package.signature",
        write({**parts, "signature.json": stolen.to_bytes()}),
    )
    other = parts["package.json"].replace("新增".encode(), "删去".encode())
    yield "a manifest that was changed", "package.signature", write({**parts, "package.json": other})
    yield "no manifest at all that was signed", "package.signature", write({**parts, "package.json": b"{"})
    yield (
        "a signature over something else",
        "package.signature",
        resigned(parts, message=parts["package.json"]),
    )
    signature = json.loads(parts["signature.json"])

    def signed(**changes: Any) -> bytes:
        return write({**parts, "signature.json": (canonical({**signature, **changes}) + "\n").encode()})

    yield "a signature with more to say", "schema.unknown_key", signed(prefixes=["*"])
    yield "a signature by no algorithm", "schema.const", signed(algorithm="none")
    yield "a signature that is no base64", "package.signature_text", signed(signature="*" * 88)
    yield (
        "a signature that is too short",
        "schema.minLength",
        signed(signature=base64.b64encode(b"1").decode()),
    )
    yield "a signature that is no JSON", "json.syntax", write({**parts, "signature.json": b"{"})
    doubled = parts["signature.json"].replace(b'{"', b'{"key":"0000000000000000","', 1)
    yield "a signature of two keys", "json.duplicate_key", write({**parts, "signature.json": doubled})
    narrow = replace(KEY.trusted, prefixes=("city/yulin/*",))
    yield "a key for other packs", "package.prefix", good(), receiver(keys={narrow.id: narrow})
    similar = replace(KEY.trusted, prefixes=("city/kun/*", "city/kunming2"))
    yield (
        "a key for packs with a similar name",
        "package.prefix",
        good(),
        receiver(keys={similar.id: similar}),
    )
    newer = Seen({("昆明市", PACK): ("1.2.0", "0" * 64)})
    yield "an older version from a USB stick", "package.replayed", good(), receiver(seen=newer)
    same = Seen({("昆明市", PACK): ("1.1.0", "0" * 64)})
    yield "a version that was seen otherwise", "package.other_content", good(), receiver(seen=same)
    marked = Seen({("昆明市", PACK): ("1.1.0+b", "0" * 64)})
    yield (
        "a version of the same order, seen otherwise",
        "package.other_content",
        good(),
        receiver(seen=marked),
    )


def _manifests() -> Iterator[tuple[Any, ...]]:
    parts = members_of(good())

    def written(text: bytes) -> bytes:
        return resigned({**parts, "package.json": text})

    yield "a manifest that is no JSON", "json.syntax", written(b"{")
    doubled = parts["package.json"].replace(b'{"', b'{"pack":"base","', 1)
    yield "a manifest with a key twice", "json.duplicate_key", written(doubled)
    yield "a manifest that is deep", "json.depth", written(b"[" * 99 + b"]" * 99)
    yield "a manifest that is a list", "schema.type", written(b"[]\n")
    yield "a manifest written otherwise", "package.manifest", written(parts["package.json"] + b"\n")
    for number in ("99.0.0\n", "99.0.0-+x", "99.0.0.1"):
        code = "schema.pattern" if "\n" in number else "package.portal"
        yield (
            f"a portal to come, written {number!r}",
            code,
            described(lambda one, number=number: one.update(portal=number)),  # type: ignore[misc]
        )
    yield (
        "a version with a line break at its end",
        "schema.pattern",
        described(lambda one: one.update(version="1.1.0\n")),
    )
    yield (
        "what it stands on named twice",
        "package.contradiction",
        described(lambda one: one.update(dependencies=one["dependencies"] * 2)),
    )
    yield (
        "a pack that stands on itself",
        "package.contradiction",
        described(
            lambda one: one["dependencies"].insert(0, {"pack": PACK, "version": "1.0.0", "digest": "0" * 64})
        ),
    )
    yield "an unknown key", "schema.unknown_key", described(lambda one: one.update(run="rm"))
    yield "a missing key", "schema.missing_key", described(lambda one: one.pop("digest"))
    yield "a wrong type", "schema.type", described(lambda one: one.update(version=1))
    yield "a version that is none", "schema.pattern", described(lambda one: one.update(version="newest"))
    yield "a pack that is a path", "schema.pattern", described(lambda one: one.update(pack="../base"))
    yield "a format of packages to come", "package.format", described(lambda one: one.update(package=2))
    yield "a portal to come", "package.portal", described(lambda one: one.update(portal="9.0.0"))
    yield "another digest", "package.digest", described(lambda one: one.update(digest="0" * 64))
    yield "another version", "package.contradiction", described(lambda one: one.update(version="1.3.0"))
    yield "another pack", "package.prefix", described(lambda one: one.update(pack="base"))
    yield "no parent", "package.contradiction", described(lambda one: one.update(dependencies=[]))
    yield "a file twice", "package.manifest", described(lambda one: one["files"].append(one["files"][0]))
    outside = {"path": "seed/../../evil", "size": 1, "sha256": "0" * 64}
    yield "a path that leads outside", "schema.pattern", described(lambda one: one["files"].append(outside))
    yield (
        "a parent with another content",
        "package.parent_differs",
        described(lambda one: one["dependencies"][0].update(digest="0" * 64)),
    )


def _contents() -> Iterator[tuple[Any, ...]]:
    parts, settings = members_of(good()), f"seed/{PACK}/settings.json"
    left = {name: content for name, content in parts.items() if name != FILES + settings}
    yield "a file that is missing", "package.missing", write(left)
    yield (
        "a file that is not listed",
        "package.unlisted",
        write({**parts, "files/seed/city/kunming/roles.json": b"{}"}),
    )
    yield "a file that was changed", "package.changed", write({**parts, FILES + settings: b"{}"})
    changes: list[tuple[str, str, dict[str, bytes]]] = [
        (
            "a unit with a line break at its end",
            "schema.pattern",
            {f"seed/{PACK}/pack.json": json.dumps(dict(MANIFEST, unit="530100\n")).encode()},
        ),
        ("a file of another pack", "package.other_pack", {"seed/base/settings.json": b"{}"}),
        ("a file that no format knows", "pack.unknown_file", {f"seed/{PACK}/run.json": b"{}"}),
        ("a file that is no JSON", "json.syntax", {settings: b"{"}),
        ("a file with a key twice", "json.duplicate_key", {settings: b'{"values":{},"values":{}}'}),
        ("a file with a key that is not known", "schema.unknown_key", {settings: b'{"colour":"red"}'}),
        ("a file of a wrong type", "schema.type", {settings: b"[]"}),
        ("a file that is not UTF-8", "json.encoding", {settings: b'{"\xff":1}'}),
        ("a script in a picture", "asset.active", {f"seed/{PACK}/assets/logo.svg": SCRIPT}),
        ("a picture that is none", "asset.kind", {f"seed/{PACK}/assets/logo.png": b"GIF89a"}),
        (
            "a form that is no form",
            "schema.unknown_key",
            {f"form_definitions/{PACK}/case.json": b'{"run":1}'},
        ),
    ]
    for name, code, changed in changes:
        yield name, code, with_files(**changed)
    manifest = {"id": PACK, "version": "1.1.0", "format": 99, "title": "昆明", "extends": "base"}
    later = json.dumps(manifest).encode()
    yield "a format of packs to come", "pack.format", with_files(**{f"seed/{PACK}/pack.json": later})
    other = json.dumps({**manifest, "format": 2, "id": "base"}).encode()
    yield "another name in the pack", "pack.id", with_files(**{f"seed/{PACK}/pack.json": other})


SCRIPT = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
