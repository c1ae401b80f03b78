"""Our static files: read once, compressed once, named by content so that browsers keep them for a year."""

from __future__ import annotations

import gzip
import hashlib
import mimetypes
import re
from dataclasses import dataclass
from pathlib import Path
from time import monotonic

from flask import Flask, Response, abort, request
from markupsafe import Markup

from portal.core.kept import Kept

STATIC = Path(__file__).parent / "static"
YEAR = 31_536_000
SPRITE = "vendor/icons.svg"
MOST_ICONS = 2_000
FRESH = 2.0  # seconds for which a file on disk is not looked at again: a page names it for every icon
COMPRESSED = {"text/css", "text/javascript", "application/javascript", "image/svg+xml", "application/json"}


@dataclass(frozen=True, slots=True)
class StaticFile:
    """One file, ready to be sent."""

    content: bytes
    gzipped: bytes | None
    mimetype: str
    digest: str
    mtime_ns: int


class StaticFiles:
    """The files below one folder, kept in memory and read again when they change on disk."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._known: dict[str, StaticFile] = {}
        self._seen: dict[str, float] = {}

    def find(self, name: str) -> StaticFile | None:
        """Return a file of the folder; None for anything outside it or not there."""
        known = self._known.get(name)
        now = monotonic()
        if known is not None and now - self._seen.get(name, 0.0) < FRESH:
            return known
        path = self.folder / name
        try:
            if not path.resolve().is_relative_to(self.folder.resolve()):
                return None
            mtime = path.stat().st_mtime_ns
            if known is None or known.mtime_ns != mtime:
                known = self._known[name] = _read(path, mtime)
        except (OSError, ValueError):
            return None
        self._seen[name] = now
        return known

    def url(self, name: str) -> str:
        """Return the address of a file, with its digest so that it may be cached for ever."""
        found = self.find(name)
        return f"/static/{name}?v={found.digest}" if found else f"/static/{name}"


def _read(path: Path, mtime_ns: int) -> StaticFile:
    content = path.read_bytes()
    mimetype = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    packed = gzip.compress(content, 9, mtime=0) if mimetype in COMPRESSED else None
    return StaticFile(content, packed, mimetype, hashlib.sha256(content).hexdigest()[:12], mtime_ns)


def init_static(app: Flask) -> StaticFiles:
    """Serve ``/static/…`` and offer ``asset('name')`` to the templates."""
    files = StaticFiles(STATIC)

    def static(filename: str) -> Response:
        found = files.find(filename)
        if found is None:
            abort(404)
        zipped = found.gzipped is not None and request.accept_encodings["gzip"] > 0
        response = Response(found.gzipped if zipped else found.content, mimetype=found.mimetype)
        if zipped:
            response.headers["Content-Encoding"] = "gzip"
        if found.gzipped is not None:
            response.headers["Vary"] = "Accept-Encoding"
        # Compressed and plain are two representations: each has its own tag.
        response.set_etag(f"{found.digest}-gz" if zipped else found.digest)
        if request.args.get("v") == found.digest:
            response.headers["Cache-Control"] = f"public, max-age={YEAR}, immutable"
        else:
            response.headers["Cache-Control"] = "no-cache"
        response.make_conditional(request)
        return response

    icons = Icons(files)
    app.jinja_env.filters["known_icon"] = icons.known
    app.add_url_rule("/static/<path:filename>", endpoint="static", view_func=static)
    app.jinja_env.globals.update(asset=files.url, icon=icons.html)
    return files


class Icons:
    """The icons of the sprite; a page shows many, so the HTML of each is written once."""

    def __init__(self, files: StaticFiles) -> None:
        self._files = files
        self._sprite: StaticFile | None = None
        self._names: frozenset[str] = frozenset()
        self._html: Kept[tuple[str, str], Markup] = Kept(MOST_ICONS)

    def known(self, name: str) -> str:
        """Return the name, or a plain sheet of paper for an icon the sprite does not hold."""
        self._follow()
        return name if name in self._names else "file-text"

    def html(self, name: str, label: str = "") -> Markup:
        """Return an icon; one without a label says nothing to a screen reader."""
        self._follow()
        found = self._html.get((name, label))
        if found is None:
            said = (
                Markup('role="img" aria-label="{}"').format(label) if label else Markup('aria-hidden="true"')
            )
            where = f"{self._files.url(SPRITE)}#{name}"
            found = Markup('<svg class="icon" {}><use href="{}"/></svg>').format(said, where)
            self._html.put((name, label), found)
        return found

    def _follow(self) -> None:
        """Begin anew where the sprite is another than the one known."""
        sprite = self._files.find(SPRITE)
        if sprite is not self._sprite:
            content = sprite.content.decode() if sprite else ""
            self._names = frozenset(re.findall(r'<symbol id="([^"]+)"', content))
            self._html.clear()
            self._sprite = sprite
