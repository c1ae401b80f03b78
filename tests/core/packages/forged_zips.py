"""ZIP files for tests, also such as no good program writes."""

from __future__ import annotations

import io
import stat
import struct
import zipfile
import zlib
from typing import Any

TIME = (1980, 1, 1, 0, 0, 0)


def zipped(entries: list[tuple[str | zipfile.ZipInfo, bytes]], comment: bytes = b"") -> bytes:
    """Return a ZIP of entries as they are given, also where no good program writes such a one."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as archive:
        archive.comment = comment
        for name, content in entries:
            info = name if isinstance(name, zipfile.ZipInfo) else plain(name)
            archive.writestr(info, content)
    return target.getvalue()


def plain(name: str, **changes: Any) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name, changes.pop("time", TIME))
    info.create_system, info.external_attr = 3, (stat.S_IFREG | 0o644) << 16
    for attribute, value in changes.items():
        setattr(info, attribute, value)
    return info


def patched(content: bytes, old: bytes, new: bytes, which: int = 0) -> bytes:
    """Return bytes with one occurrence of others replaced."""
    at = -1
    for _ in range(which + 1):
        at = content.index(old, at + 1)
    return content[:at] + new + content[at + len(old) :]


def nested(count: int) -> bytes:
    """Return stored members of which each holds all those after it: read one by one they are far more than the file."""
    name, body, directory = "files/a{:03}", b"x" * 1000, []
    for number in range(count - 1, -1, -1):
        own = name.format(number).encode()
        sizes = struct.pack("<LLL", zlib.crc32(body), len(body), len(body))
        directory.append((own, sizes, len(body) + 30 + len(own)))
        head = struct.pack("<4sHHHHH", b"PK\x03\x04", 20, 0, 0, 0, 33)
        body = head + sizes + struct.pack("<HH", len(own), 0) + own + body
    listed = b"".join(
        struct.pack("<4sBBHHHHH", b"PK\x01\x02", 20, 3, 20, 0, 0, 0, 33)
        + sizes
        + struct.pack("<HHHHHLL", len(own), 0, 0, 0, 0, 0o100644 << 16, len(body) - length)
        + own
        for own, sizes, length in reversed(directory)
    )
    return (
        body + listed + struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, count, count, len(listed), len(body), 0)
    )


def compressed(parts: list[tuple[str, bytes]], method: int) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", method) as archive:
        for name, content in parts:
            archive.writestr(plain(name, compress_type=method), content)
    return target.getvalue()
