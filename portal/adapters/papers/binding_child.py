"""The child process that binds a volume: a page and files on standard input, one PDF on standard output.

It limits itself before it reads anything. Nothing is fetched: pictures come with the question, every other address is
refused. What a PDF would do when it is opened is left out with everything that is no page.
"""

from __future__ import annotations

import base64
import io
import json
import logging
import re
import resource
import struct
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from html.parser import HTMLParser
from typing import Any

import weasyprint
from pypdf import PageObject, PdfReader, PdfWriter
from pypdf.errors import PyPdfError
from weasyprint.urls import URLFetcher

CPU_SECONDS = 45
MEMORY = 1536 * 1024 * 1024
MOST_PAGES = 2000
_HEAD = struct.Struct(">I")
_PICTURES = {b"\x89PNG": "image/png", b"\xff\xd8\xff": "image/jpeg"}
# What stands on a page beside its content: links, forms, scripts, other files.
_BESIDE = ("/Annots", "/AA", "/Tabs", "/B", "/PieceInfo", "/Metadata")
_APART = "<p>（文件不能成册，另行打印）</p>"
_FOOT = (
    "<style>@page{size:A4;margin:0 0 8mm;@bottom-center{content:counter(page);"
    "font:9pt 'Noto Sans CJK SC',sans-serif}}div{break-after:page}div:last-child{break-after:auto}</style>"
)


@dataclass
class Place:
    """An element that begins on a page of its own, and the file that belongs to it."""

    id: str
    file: str


class Places(HTMLParser):
    """Finds the elements that name a place, in their order."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[Place] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Keep an element that says so."""
        told = dict(attrs)
        if "data-place" in told and told.get("id"):
            self.found.append(Place(str(told["id"]), told.get("data-file") or ""))


def bind(page: str, files: Mapping[str, bytes]) -> tuple[bytes, list[str]]:
    """Return the volume, and the files that could not be put in."""
    places = Places()
    places.feed(page)
    readers, left_out = _readers(places.found, files)
    for name in left_out:
        page = re.sub(f'<p data-after="{re.escape(name)}">[^<]*</p>', _APART, page)
    page = _with_pictures(page, files)
    laid = _laid(page)
    begins = _begins(laid, places.found)
    # The list of contents says on which page each line begins: laid out once more with the numbers in it.
    numbered = _numbers(places.found, begins, readers)
    for name, number in numbered.items():
        page = page.replace(f'href="#{name}"></a>', f'href="#{name}">{number}</a>')
    own = PdfReader(io.BytesIO(_laid(page).write_pdf()))
    made = PdfWriter()
    for n, sheet in enumerate(own.pages):
        made.add_page(sheet)
        for place in places.found:
            if place.file in readers and _last(begins, place, places.found, len(own.pages)) == n:
                for one in readers[place.file].pages:
                    made.add_page(_plain(one))
    if len(made.pages) > MOST_PAGES:
        raise ValueError("too many pages")
    _number(made)
    made.add_metadata({"/Producer": "", "/Creator": ""})
    result = io.BytesIO()
    made.write(result)
    return result.getvalue(), left_out


def _readers(places: list[Place], files: Mapping[str, bytes]) -> tuple[dict[str, PdfReader], list[str]]:
    """Return the PDFs that can be put in, and the names of files that are neither that nor a picture."""
    found: dict[str, PdfReader] = {}
    left_out = []
    for place in places:
        content = files.get(place.file, b"")
        if not place.file or _picture(content):
            continue
        try:
            reader = PdfReader(io.BytesIO(content), strict=False)
            if reader.is_encrypted or not 0 < len(reader.pages) <= MOST_PAGES:
                raise ValueError(place.file)
            for one in reader.pages:
                _ = one.mediabox.width, one.get_contents()
            found[place.file] = reader
        except (PyPdfError, ValueError, KeyError, TypeError, AttributeError, RecursionError, OSError):
            left_out.append(place.file)
    return found, left_out


def _picture(content: bytes) -> str:
    return next((kind for begin, kind in _PICTURES.items() if content.startswith(begin)), "")


def _with_pictures(page: str, files: Mapping[str, bytes]) -> str:
    """Return the page with pictures in it, each where its name stands as an address."""
    for name, content in files.items():
        kind = _picture(content)
        if kind:
            data = base64.b64encode(content).decode()
            page = page.replace(f'src="file:{name}"', f'src="data:{kind};base64,{data}"')
    return page


def _laid(page: str) -> Any:
    return weasyprint.HTML(string=page, url_fetcher=_fetcher()).render(
        optimize_images=True, jpeg_quality=80, dpi=150
    )


def _fetcher() -> Any:
    """Return what gives what stands in the page itself, and fetches nothing."""
    return URLFetcher(allowed_protocols=("data",), allow_redirects=False)


def _begins(laid: Any, places: list[Place]) -> dict[str, int]:
    """Return the page on which each place begins, counted from 0."""
    names = {one.id for one in places}
    return {
        name: n for n, page in reversed(list(enumerate(laid.pages))) for name in page.anchors if name in names
    }


def _last(begins: Mapping[str, int], place: Place, places: list[Place], pages: int) -> int:
    """Return the last of a place's own pages."""
    after = [begins[one.id] for one in places if begins.get(one.id, 0) > begins.get(place.id, 0)]
    return min(after, default=pages) - 1


def _numbers(
    places: list[Place], begins: Mapping[str, int], readers: Mapping[str, PdfReader]
) -> dict[str, int]:
    """Return the number of the page on which each place begins, with the pages of files before it."""
    found: dict[str, int] = {}
    put_in = 0
    for one in places:
        found[one.id] = begins.get(one.id, 0) + put_in + 1
        put_in += len(readers[one.file].pages) if one.file in readers else 0
    return found


def _plain(page: PageObject) -> PageObject:
    for name in _BESIDE:
        page.pop(name, None)
    return page


def _number(made: PdfWriter) -> None:
    """Write the number of each page at its foot."""
    foot = "".join("<div></div>" for _ in made.pages)
    numbers = PdfReader(io.BytesIO(weasyprint.HTML(string=_FOOT + foot, url_fetcher=_fetcher()).write_pdf()))
    for page, number in zip(made.pages, numbers.pages, strict=True):
        page.merge_page(number)


def limit() -> None:
    """Bound this process: its work, its memory, no core file, nothing written."""
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS + 1))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))


def main() -> None:
    """Bind one volume, within bounds."""
    limit()
    logging.disable(logging.CRITICAL)
    source = sys.stdin.buffer
    (size,) = _HEAD.unpack(source.read(_HEAD.size))
    question = json.loads(source.read(size))
    files = {name: source.read(length) for name, length in question["files"]}
    made, left_out = bind(question["page"], files)
    sys.stdout.buffer.write(b"volume\n" + json.dumps(left_out).encode() + b"\n" + made)
    sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
