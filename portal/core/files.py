"""Which files may be kept, and what they really are: told from their content, not from name or sender."""

from __future__ import annotations

import re
import unicodedata
from typing import Any

from portal.core.errors import InvalidInput, Problem, msg

MAX_NAME = 150
MAX_SIZE = 20 * 1024 * 1024
_UNSAFE = str.maketrans(dict.fromkeys(':*?"<>|', "_"))
# Kinds of evidence and working papers a centre keeps: (offset, bytes, media type, endings).
_SIGNATURES: tuple[tuple[int, bytes, str, tuple[str, ...]], ...] = (
    (0, b"%PDF-", "application/pdf", ("pdf",)),
    (0, b"\xff\xd8\xff", "image/jpeg", ("jpg", "jpeg")),
    (0, b"\x89PNG\r\n\x1a\n", "image/png", ("png",)),
    (0, b"GIF8", "image/gif", ("gif",)),
    (8, b"WEBP", "image/webp", ("webp",)),
    (4, b"ftypheic", "image/heic", ("heic",)),
    (4, b"ftyp", "video/mp4", ("mp4", "m4a", "mov")),
    (8, b"WAVE", "audio/wav", ("wav",)),
    (0, b"ID3", "audio/mpeg", ("mp3",)),
    (0, b"\xff\xfb", "audio/mpeg", ("mp3",)),
    (0, b"#!AMR", "audio/amr", ("amr",)),
    (0, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "application/x-ole-storage", ("doc", "xls", "ppt", "wps", "et")),
)
_OFFICE = {
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    "ofd": "application/ofd",
    "zip": "application/zip",
}
ENDINGS = tuple(dict.fromkeys([e for *_, endings in _SIGNATURES for e in endings] + [*_OFFICE, "txt"]))


def media_type(name: str, content: bytes) -> str | None:
    """Return the media type of a file that may be kept; None for one that may not, or is not what it says."""
    ending = name.rpartition(".")[2].lower()
    for offset, mark, kind, endings in _SIGNATURES:
        if content[offset : offset + len(mark)] == mark:
            return kind if ending in endings else None
    if content[:4] == b"PK\x03\x04":
        return _OFFICE.get(ending)
    return "text/plain" if ending == "txt" and _is_text(content) else None


def _is_text(content: bytes) -> bool:
    if b"\x00" in content:
        return False
    for encoding in ("utf-8", "gb18030"):
        try:
            content.decode(encoding)
        except UnicodeDecodeError:
            continue
        return True
    return False


def safe_name(name: str) -> str:
    """Return a file's name without folders, control and direction marks or what disks refuse; Chinese stays."""
    base = re.split(r"[/\\]", name)[-1].translate(_UNSAFE)
    kept = "".join(c for c in base if unicodedata.category(c)[0] != "C").strip(" .")
    stem, dot, ending = kept.rpartition(".")
    return (f"{stem[:MAX_NAME]}{dot}{ending[:10]}" if dot else kept[:MAX_NAME]) or "file"


def check(name: str, content: bytes) -> None:
    """Refuse a file that is empty or too large, however it comes."""
    if not content:
        raise refusal("file.empty", msg("“%(name)s” is empty"), name=name)
    if len(content) > MAX_SIZE:
        message = msg("“%(name)s” is larger than %(limit)s MB")
        raise refusal("file.size", message, name=name, limit=MAX_SIZE // 1024 // 1024)


def checked_type(name: str, content: bytes) -> str:
    """Return the media type of a file that a person sends; refuse one that may not be kept."""
    check(name, content)
    found = media_type(name, content)
    if found is None:
        message = msg("“%(name)s” is not a file of a kind that can be kept (%(kinds)s)")
        raise refusal("file.kind", message, name=name, kinds=" ".join(ENDINGS))
    return found


def refusal(code: str, message: str, /, **params: Any) -> InvalidInput:
    """Return the refusal of a file."""
    return InvalidInput(code, message, params, [Problem(code, message, params)])
