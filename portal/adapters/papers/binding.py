"""Bind a volume: pages that we design and files of others become one PDF, in a child process with limits.

Pages are laid out by WeasyPrint, the PDFs of scans are put in by pypdf. Where the libraries of the system that
WeasyPrint draws with are not there, no volume is bound and people print it from the browser.
"""

from __future__ import annotations

import importlib.util
import json
import os
import struct
import subprocess
import sys
from collections.abc import Mapping, Sequence
from ctypes.util import find_library
from dataclasses import dataclass
from functools import lru_cache

from portal.core.errors import PortalError, msg

COMMAND = (sys.executable, "-s", "-B", "-m", "portal.adapters.papers.binding_child")
# A machine that is busy takes several times what the child works.
TIMEOUT = 90.0
LARGEST = 200 * 1024 * 1024
_HEAD = struct.Struct(">I")
_LIBRARIES = ("pango-1.0", "pangoft2-1.0", "harfbuzz", "fontconfig")


@dataclass(frozen=True, slots=True)
class Bound:
    """A volume as one PDF, and the names of files that could not be put in."""

    content: bytes
    left_out: tuple[str, ...]


@lru_cache(maxsize=1)
def can_bind() -> bool:
    """Tell whether volumes can be bound on this machine."""
    modules = all(importlib.util.find_spec(name) is not None for name in ("weasyprint", "pypdf"))
    return modules and all(find_library(name) for name in _LIBRARIES)


def bind(
    page: str,
    files: Mapping[str, bytes],
    *,
    timeout: float = TIMEOUT,
    command: Sequence[str] = COMMAND,
) -> Bound:
    """Return one PDF of a page of HTML and of files, each at the element that names it.

    An element ``<section id="line-3" data-place data-file="name">`` begins on a page of its own; a PDF of that name
    follows its pages, and a picture stands on it. ``<a class="page-of" href="#line-3">`` is given the number of its
    page. Raise PortalError where no volume can be bound, or not within the limits.
    """
    if not can_bind():
        raise PortalError(
            "volume.pdf", msg("Volumes can't be turned into PDF here: print it from the browser")
        )
    names = list(files)
    head = json.dumps({"page": page, "files": [[name, len(files[name])] for name in names]}).encode()
    question = b"".join((_HEAD.pack(len(head)), head, *(files[name] for name in names)))
    environment = {
        "PATH": "",
        "PYTHONPATH": os.pathsep.join(one for one in sys.path if one),
        "LC_ALL": "C.UTF-8",
        "HOME": "/nonexistent",
    }
    try:
        done = subprocess.run(
            list(command),
            input=question,
            capture_output=True,
            timeout=timeout,
            check=False,
            env=environment,
            close_fds=True,
        )
    except subprocess.TimeoutExpired as late:
        raise _failed() from late
    status, _, rest = done.stdout.partition(b"\n")
    told, _, made = rest.partition(b"\n")
    if done.returncode != 0 or status != b"volume" or not made.startswith(b"%PDF-"):
        raise _failed()
    return Bound(made, tuple(json.loads(told)))


def _failed() -> PortalError:
    return PortalError(
        "volume.pdf_failed", msg("The volume could not be turned into PDF: print it from the browser")
    )
