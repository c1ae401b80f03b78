"""The file of a package: a ZIP in which the same members always make the same bytes, read with distrust.

Members are stored, sorted, with one fixed time and mode. What is read is looked at by its directory before a byte of a
member is; then the members are written again, and a file that is not what comes of that is refused: so nothing can hide
between members, in extra fields, or in headers that contradict each other.
"""

from __future__ import annotations

import io
import re
import stat
import struct
import zipfile
from collections.abc import Iterator, Mapping

from portal.core.errors import Problem, msg

MOST_BYTES = 20_000_000  # of the whole file
MOST_MEMBER = 2_000_000
MOST_MEMBERS = 502  # the files of a pack, the manifest and the signature
_TIME = (1980, 1, 1, 0, 0, 0)
_MODE = (stat.S_IFREG | 0o644) << 16
_UNIX = 3
_START, _END, _END_64 = b"PK\x03\x04", b"PK\x05\x06", b"PK\x06\x07"
_END_OF_DIRECTORY = struct.Struct("<4s4H2LH")
_LONGEST_ENTRY = 600
_PART = r"[A-Za-z0-9_][A-Za-z0-9_.-]*"
_NAME = re.compile(rf"{_PART}(/{_PART})*")
_OUTSIDE = re.compile(r"(^|[/\\])\.\.([/\\]|$)|^[/\\]|^[A-Za-z]:|\\")
_LONGEST_NAME = 240
_ENCRYPTED = 0x1
_DAMAGED = msg("The file is damaged: its parts do not fit together")
# What `zipfile` raises on files that only look like a ZIP.
_FAULTS = (zipfile.BadZipFile, NotImplementedError, ValueError, struct.error, OSError, EOFError, IndexError)


def write(members: Mapping[str, bytes]) -> bytes:
    """Return the file of some members; equal members give equal bytes everywhere."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as archive:
        for name in sorted(members):
            info = zipfile.ZipInfo(name, _TIME)
            info.create_system, info.external_attr = _UNIX, _MODE
            archive.writestr(info, members[name])
    return target.getvalue()


def read(content: bytes) -> tuple[dict[str, bytes], list[Problem]]:
    """Return the members of a file by name, or everything that is wrong with it; never both."""
    fault = _not_ours(content)
    if fault is not None:
        return {}, [fault]
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            entries = archive.infolist()
            problems = list(_of_directory(entries)) or list(_of_sizes(entries, len(content)))
            if problems:
                return {}, problems
            members = {entry.orig_filename: archive.read(entry) for entry in entries}
    except _FAULTS:
        return {}, [_problem("damaged", _DAMAGED)]
    if write(members) != content:
        text = msg("The file holds something beside its members, or was not written by portal package build")
        return {}, [_problem("not_plain", text)]
    return members, []


def _not_ours(content: bytes) -> Problem | None:
    """Return why a file is no package at all, by its first and last bytes alone."""
    if len(content) > MOST_BYTES:
        return _problem("large", msg("The file is larger than %(limit)s bytes"), limit=MOST_BYTES)
    if not content.startswith(_START):
        return _problem("no_package", msg("The file is no package: it does not begin like one"))
    end = content[-_END_OF_DIRECTORY.size :]
    if not end.startswith(_END) or len(end) < _END_OF_DIRECTORY.size:
        return _problem(
            "cut", msg("The file does not end like a package: it was cut, or something was added")
        )
    _, disk, first, here, count, size, offset, comment = _END_OF_DIRECTORY.unpack(end)
    if comment or disk or first or here != count or content[-42:-38] == _END_64:
        return _problem(
            "cut", msg("The file does not end like a package: it was cut, or something was added")
        )
    if count > MOST_MEMBERS or size > MOST_MEMBERS * _LONGEST_ENTRY:
        return _problem("many", msg("The file holds more than %(limit)s members"), limit=MOST_MEMBERS)
    if offset + size + _END_OF_DIRECTORY.size != len(content):
        return _problem(
            "cut", msg("The file does not end like a package: it was cut, or something was added")
        )
    return None


def _of_directory(entries: list[zipfile.ZipInfo]) -> Iterator[Problem]:
    """Yield what is wrong with the members, by what the directory says of them."""
    seen: set[str] = set()
    for entry in entries:
        name = entry.orig_filename
        yield from _of_name(name)
        if name.lower() in seen:
            yield _problem("twice", msg("The member stands there twice"), name)
        seen.add(name.lower())
        mode = stat.S_IFMT(entry.external_attr >> 16)
        if mode not in (0, stat.S_IFREG):
            yield _problem("link", msg("Links and special files are not read"), name)
        if entry.flag_bits & _ENCRYPTED:
            yield _problem("encrypted", msg("The member is encrypted"), name)
        if entry.compress_type != zipfile.ZIP_STORED or entry.compress_size != entry.file_size:
            yield _problem("compressed", msg("The member is compressed; those of a package are stored"), name)
        if entry.file_size > MOST_MEMBER:
            yield _problem(
                "member_large", msg("The member is larger than %(limit)s bytes"), name, limit=MOST_MEMBER
            )


def _of_sizes(entries: list[zipfile.ZipInfo], whole: int) -> Iterator[Problem]:
    """Yield a problem where stored members are together larger than their file: they lie in one another."""
    if sum(entry.file_size for entry in entries) > whole:
        yield _problem("damaged", _DAMAGED)


def _of_name(name: str) -> Iterator[Problem]:
    if _OUTSIDE.search(name):
        yield _problem("outside", msg("The member would lie outside of the folder"), _shown(name))
    elif not _NAME.fullmatch(name) or len(name) > _LONGEST_NAME:
        yield _problem("name", msg("A member can't have this name"), _shown(name))


def _shown(name: str) -> str:
    return "".join(sign if sign.isprintable() else "�" for sign in name[:_LONGEST_NAME])


def _problem(code: str, message: str, file: str = "", **params: object) -> Problem:
    return Problem(f"package.{code}", message, params, file)
