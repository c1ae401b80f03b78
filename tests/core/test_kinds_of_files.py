"""Which files are kept: by what is in them, under any ending of the same group."""

from __future__ import annotations

import pytest

from portal.core.errors import InvalidInput
from portal.core.files import checked_type

ISO = b"\x00\x00\x00\x18ftyp"
BITMAP = b"BM\x8a\x00\x00\x00\x00\x00\x00\x00\x8a\x00\x00\x00"
UTF16 = "姓名,电话\r\n张三,1".encode("utf-16")

KEPT = [
    ("扫描件.tif", b"II*\x00\x08", "image/tiff"),
    ("扫描件.TIFF", b"MM\x00*\x00", "image/tiff"),
    ("大扫描件.tif", b"II+\x00\x08", "image/tiff"),
    ("截图.bmp", BITMAP + b"\x28\x00\x00\x00", "image/bmp"),
    ("截图.bmp", BITMAP + b"\x7c\x00\x00\x00", "image/bmp"),
    ("材料.rar", b"Rar!\x1a\x07\x00", "application/vnd.rar"),
    ("材料.rar", b"Rar!\x1a\x07\x01\x00", "application/vnd.rar"),
    ("材料.7z", b"7z\xbc\xaf\x27\x1c\x00\x04", "application/x-7z-compressed"),
    *(
        (f"{brand}.heic", ISO + brand.encode(), "image/heic")
        for brand in ("heic", "heix", "mif1", "msf1", "hevc")
    ),
    ("照片.heif", ISO + b"mif1", "image/heic"),
    ("手机改名.jpg", ISO + b"mif1", "image/heic"),
    ("录音.aac", b"\xff\xf1\x50\x80", "audio/aac"),
    ("录音.aac", b"\xff\xf9\x50\x80", "audio/aac"),
    ("录音.aac", b"ADIF\x00", "audio/aac"),
    ("录音.aac", ISO + b"M4A ", "video/mp4"),
    ("录像.3gp", ISO + b"3gp4", "video/3gpp"),
    ("录像.3gp", ISO + b"3gp5", "video/3gpp"),
    ("录音.3gp", b"#!AMR\n", "audio/amr"),
    ("录音.mp3", b"ID3\x04", "audio/mpeg"),
    *(
        (f"{head.hex()}.mp3", head + b"\x90\x64", "audio/mpeg")
        for head in (b"\xff\xfb", b"\xff\xfa", b"\xff\xf3")
    ),
    *(
        (f"{head.hex()}.mp3", head + b"\x90\x64", "audio/mpeg")
        for head in (b"\xff\xf2", b"\xff\xe3", b"\xff\xfd")
    ),
    ("名单.csv", "姓名,电话\n".encode(), "text/csv"),
    ("名单.csv", "姓名,电话\n".encode("gbk"), "text/csv"),
    ("名单.csv", UTF16, "text/csv"),
    ("说明.txt", "情况说明".encode("utf-16"), "text/plain"),
    ("说明.txt", "\ufeff情况说明".encode("utf-16-be"), "text/plain"),
    ("说明.txt", "情况说明".encode("utf-8-sig"), "text/plain"),
    ("微信图片.jpg", b"RIFF\x24\x00\x00\x00WEBPVP8 ", "image/webp"),
    ("微信图片.png", b"\xff\xd8\xff\xe0", "image/jpeg"),
    ("录像.avi", b"RIFF\x24\x00\x00\x00AVI LIST", "video/x-msvideo"),
    ("旧录像.mov", b"\x00\x00\x00\x08wide", "video/quicktime"),
    ("协议.wps", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "application/x-ole-storage"),
    ("协议.doc", b"{\\rtf1\\ansi", "application/rtf"),
]

REFUSED = [
    ("程序.jpg", b"MZ\x90\x00"),
    ("网页.txt.html", b"<html>"),
    ("网页.jpg", b"<html><script>"),
    ("图.svg", b"<svg xmlns='http://www.w3.org/2000/svg'/>"),
    ("证据.pdf", b"Rar!\x1a\x07\x00"),
    ("证据.jpg", b"%PDF-1.7"),
    ("程序.zip", b"MZ\x90\x00"),
    ("压缩.exe", b"Rar!\x1a\x07\x00"),
    ("截图.bmp", b"BM is how this text begins"),
    ("录音.mp3", b"\xff\xff\xff\xff"),
    ("录音.mp3", b"\xff\xea\x90\x64"),
    ("名单.csv", b"a,b\x00c"),
    ("说明.txt", b"\xff\xfe\x00"),
    ("说明.txt", b"\x00a\x00b"),
    ("图.webp", b"XXXX\x24\x00\x00\x00WEBP"),
]


@pytest.mark.parametrize(("name", "content", "kind"), KEPT)
def test_what_centres_have_is_kept_by_its_content(name: str, content: bytes, kind: str) -> None:
    assert checked_type(name, content) == kind


@pytest.mark.parametrize(("name", "content"), REFUSED)
def test_what_is_not_what_it_says_is_refused(name: str, content: bytes) -> None:
    with pytest.raises(InvalidInput) as refused:
        checked_type(name, content)
    assert refused.value.code == "file.kind"
