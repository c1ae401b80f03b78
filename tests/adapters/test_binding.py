"""Volumes are bound of pages and files; a hostile or broken file costs nothing but itself, and nothing is fetched."""

from __future__ import annotations

import base64
import io
import sys

import pytest
from pypdf import PdfReader, PdfWriter
from pypdf.generic import DictionaryObject, NameObject, TextStringObject

from portal.adapters.papers import bind, binding, can_bind
from portal.core.errors import PortalError

PIXEL = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
PAGE = """<html><head><style>@page{size:A4}[data-place]{break-before:page}</style></head><body>
<section id="contents" data-place><a class="page-of" href="#line-1"></a>
<a class="page-of" href="#line-2"></a></section>
<section id="line-1" data-place data-file="scan"><p data-after="scan">follows</p></section>
<section id="line-2" data-place data-file="photo">last<img src="file:photo"></section></body></html>"""


def pdf(pages: int, *, script: bool = False) -> bytes:
    made = PdfWriter()
    for _ in range(pages):
        made.add_blank_page(300, 400)
    if script:
        opening = {
            NameObject("/S"): NameObject("/JavaScript"),
            NameObject("/JS"): TextStringObject("app.alert(1)"),
        }
        made.root_object[NameObject("/OpenAction")] = DictionaryObject(opening)
        action = {
            NameObject("/S"): NameObject("/JavaScript"),
            NameObject("/JS"): TextStringObject("app.beep()"),
        }
        made.pages[0][NameObject("/AA")] = DictionaryObject({NameObject("/O"): DictionaryObject(action)})
        made.add_attachment("other.exe", b"MZ")
    result = io.BytesIO()
    made.write(result)
    return result.getvalue()


def texts(content: bytes) -> list[str]:
    return [" ".join(one.extract_text().split()) for one in PdfReader(io.BytesIO(content)).pages]


def test_files_follow_their_pages_and_the_contents_say_where_each_begins() -> None:
    assert can_bind()
    made = bind(PAGE, {"scan": pdf(3), "photo": PIXEL})
    assert made.left_out == ()
    # Contents, a page and three of the scan, a page with the picture.
    assert texts(made.content) == ["2 6 1", "follows 2", "3", "4", "5", "last 6"]


def test_what_a_pdf_would_do_is_not_in_the_volume() -> None:
    made = bind(PAGE, {"scan": pdf(1, script=True), "photo": PIXEL}).content
    for word in (
        b"JavaScript",
        b"app.beep",
        b"app.alert",
        b"other.exe",
        b"/AA",
        b"OpenAction",
        b"EmbeddedFile",
    ):
        assert word not in made


@pytest.mark.parametrize(
    "content",
    [b"", b"%PDF-1.7\n" + b"<<" * 50_000, pdf(1)[:200]],
    ids=["empty", "nested", "cut off"],
)
def test_a_file_that_is_none_is_left_out_and_said_so(content: bytes) -> None:
    made = bind(PAGE, {"scan": content, "photo": PIXEL})
    assert made.left_out == ("scan",)
    assert texts(made.content)[1].startswith("（文件不能成册，另行打印）")
    assert len(texts(made.content)) == 3


def test_an_encrypted_pdf_is_left_out() -> None:
    locked = PdfWriter(io.BytesIO(pdf(1)))
    locked.encrypt("secret")
    content = io.BytesIO()
    locked.write(content)
    assert bind(PAGE, {"scan": content.getvalue(), "photo": PIXEL}).left_out == ("scan",)


def test_nothing_is_fetched(tmp_path_factory: pytest.TempPathFactory) -> None:
    secret = tmp_path_factory.mktemp("bind") / "secret.txt"
    secret.write_text("kept apart", encoding="utf-8")
    page = PAGE.replace(
        "last", f'last<img src="{secret.as_uri()}"><object data="{secret.as_uri()}"></object>'
    )
    page = page.replace(
        "</style>", f"@import url({secret.as_uri()}); p::after{{content:url({secret.as_uri()})}}</style>"
    )
    made = bind(page, {"photo": PIXEL, "scan": pdf(1)}).content
    assert not any("kept apart" in one for one in texts(made))
    assert b"kept apart" not in made


def test_a_process_that_hangs_or_dies_is_told_in_words(monkeypatch: pytest.MonkeyPatch) -> None:
    for script, seconds in (("import time; time.sleep(60)", 0.5), ("import os; os._exit(9)", 30)):
        with pytest.raises(PortalError) as refused:
            bind(PAGE, {}, timeout=seconds, command=(sys.executable, "-c", script))
        assert refused.value.code == "volume.pdf_failed"
    monkeypatch.setattr(binding, "can_bind", lambda: False)
    with pytest.raises(PortalError) as refused:
        bind(PAGE, {})
    assert refused.value.code == "volume.pdf"
