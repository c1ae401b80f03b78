"""Where a page may send the browser after it has done its work: to another page of this site, and nowhere else."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import request

HOME = "/"


def local(target: str | None) -> str:
    """Return ``target`` as an address without a host; the first page where it may lead anywhere else."""
    # Browsers drop control characters and take a backslash for a slash, so that "/<tab>/host" leaves the site.
    if not target or any(sign <= " " or sign in "\\\x7f" for sign in target):
        return HOME
    try:
        parts = urlsplit(target)
    except ValueError:
        return HOME
    outside = (parts.scheme or parts.netloc) and (
        parts.scheme not in ("http", "https") or parts.netloc != request.host
    )
    if outside or not parts.path.startswith("/") or parts.path.startswith("//"):
        return HOME
    return parts._replace(scheme="", netloc="").geturl()
