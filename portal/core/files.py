"""Which files may be kept, and what they really are: told from their content, not from name or sender."""

from __future__ import annotations

import codecs
import re
import unicodedata
from typing import Any

from portal.core.errors import InvalidInput, Problem, msg

MAX_NAME = 150
MAX_SIZE = 20 * 1024 * 1024
_UNSAFE = str.maketrans(dict.fromkeys(':*?"<>|', "_"))
# Kinds of evidence and working papers a centre keeps. What a file is follows from its content; its ending has to be one
# of the same group, for phones and chat programs save a picture of one kind under the name of another.
_GROUPS: dict[str, tuple[str, ...]] = {
    "pdf": ("pdf",),
    "picture": ("jpg", "jpeg", "jfif", "png", "gif", "webp", "heic", "heif", "tif", "tiff", "bmp"),
    "sound": ("mp3", "wav", "amr", "m4a", "aac", "3gp", "wma", "ogg"),
    "film": ("mp4", "m4a", "mov", "3gp", "3g2", "avi", "wmv", "wma", "aac", "m4v"),
    "office": ("doc", "xls", "ppt", "wps", "et", "dps"),
    "packed": ("rar", "7z"),
    "rich": ("rtf", "doc"),
}
# (offset, bytes, media type, group); the first that fits counts.
_SIGNATURES: tuple[tuple[int, bytes, str, str], ...] = (
    (0, b"%PDF-", "application/pdf", "pdf"),
    (0, b"\xff\xd8\xff", "image/jpeg", "picture"),
    (0, b"\x89PNG\r\n\x1a\n", "image/png", "picture"),
    (0, b"GIF8", "image/gif", "picture"),
    (0, b"II*\x00", "image/tiff", "picture"),
    (0, b"MM\x00*", "image/tiff", "picture"),
    (0, b"II+\x00", "image/tiff", "picture"),
    (0, b"MM\x00+", "image/tiff", "picture"),
    (0, b"ID3", "audio/mpeg", "sound"),
    (0, b"ADIF", "audio/aac", "sound"),
    (0, b"OggS", "audio/ogg", "sound"),
    (0, b"#!AMR", "audio/amr", "sound"),
    (0, b"\x30\x26\xb2\x75\x8e\x66\xcf\x11", "video/x-ms-asf", "film"),
    (0, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "application/x-ole-storage", "office"),
    (0, b"{\\rtf", "application/rtf", "rich"),
    (0, b"Rar!\x1a\x07", "application/vnd.rar", "packed"),
    (0, b"7z\xbc\xaf\x27\x1c", "application/x-7z-compressed", "packed"),
)
_RIFF = {
    b"WEBP": ("image/webp", "picture"),
    b"WAVE": ("audio/wav", "sound"),
    b"AVI ": ("video/x-msvideo", "film"),
}
# Brands of ISO base media files (ISO/IEC 14496-12); phones write HEIC under any of several.
_PICTURES = (b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1")
_OFFICE = {
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    "ofd": "application/ofd",
    "zip": "application/zip",
}
_TEXTS = {"txt": "text/plain", "csv": "text/csv"}
_MARKS = ((codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"), (b"", "utf-8"), (b"", "gb18030"))
# Sizes of the second header of a bitmap, one for each version of it.
_BITMAP_HEADERS = (12, 16, 40, 52, 56, 64, 108, 124)
SCANS = tuple(f".{ending}" for ending in (*_GROUPS["pdf"], *_GROUPS["picture"]))
ENDINGS = tuple(dict.fromkeys([e for group in _GROUPS.values() for e in group] + [*_OFFICE, *_TEXTS]))


def media_type(name: str, content: bytes) -> str | None:
    """Return the media type of a file that may be kept; None for one that may not, or is not what it says."""
    ending = name.rpartition(".")[2].lower()
    if content[:4] == b"PK\x03\x04":
        return _OFFICE.get(ending)
    told = ending in _TEXTS and content[:2] in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
    found = (
        None if told else _signed(content)
    )  # the mark of such texts looks like the head of a frame of sound
    if found is not None:
        return found[0] if ending in _GROUPS[found[1]] else None
    return _TEXTS[ending] if ending in _TEXTS and _is_text(content) else None


def _signed(content: bytes) -> tuple[str, str] | None:
    """Return media type and group of a content that says itself what it is; None where it says nothing."""
    for offset, mark, kind, group in _SIGNATURES:
        if content[offset : offset + len(mark)] == mark:
            return kind, group
    if content[:4] == b"RIFF":
        return _RIFF.get(content[8:12])
    if content[4:8] == b"ftyp":
        return _iso_media(content[8:12])
    if content[4:8] in (b"moov", b"mdat", b"wide"):
        return "video/quicktime", "film"  # films of QuickTime from before there were brands
    if content[:2] == b"BM" and int.from_bytes(content[14:18], "little") in _BITMAP_HEADERS:
        return "image/bmp", "picture"
    return _sound_frame(content)


def _iso_media(brand: bytes) -> tuple[str, str]:
    if brand in _PICTURES:
        return "image/heic", "picture"
    if brand[:3] in (b"3gp", b"3g2"):
        return "video/3gpp", "film"
    return "video/mp4", "film"


def _sound_frame(content: bytes) -> tuple[str, str] | None:
    """Return what a stream of sound is by the head of its first frame: eleven set bits, version, layer, rate."""
    if len(content) < 4 or content[0] != 0xFF or content[1] & 0xE0 != 0xE0:
        return None
    version, layer = content[1] >> 3 & 3, content[1] >> 1 & 3
    if layer == 0:  # none of MPEG's own layers: ADTS, the frames of AAC
        return ("audio/aac", "sound") if content[1] & 0xF6 == 0xF0 else None
    known = version != 1 and content[2] >> 4 != 15 and content[2] >> 2 & 3 != 3
    return ("audio/mpeg", "sound") if known else None


def _is_text(content: bytes) -> bool:
    for mark, encoding in _MARKS:
        if not content.startswith(mark):
            continue
        try:
            if "\x00" not in content.decode(encoding):
                return True
        except UnicodeDecodeError:
            continue
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


def scan_type(name: str, content: bytes) -> str:
    """Return the media type of a scan of a paper: a PDF or a picture; refuse everything else."""
    check(name, content)
    found = media_type(name, content)
    if found is None or not found.startswith(("application/pdf", "image/")):
        message = msg("“%(name)s” is no scan: it has to be a PDF or a picture")
        raise refusal("file.scan", message, name=name)
    return found


def refusal(code: str, message: str, /, **params: Any) -> InvalidInput:
    """Return the refusal of a file."""
    return InvalidInput(code, message, params, [Problem(code, message, params)])
