"""Turn a .docx into PDF by LibreOffice, where it is: one process and one profile for each conversion."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from functools import lru_cache
from pathlib import Path

from portal.core.errors import PortalError, msg

TIMEOUT = 60.0
_NAMES = ("soffice", "libreoffice")
_USUAL = ("/usr/bin", "/usr/local/bin", "/opt/libreoffice/program", "/snap/bin")


@lru_cache(maxsize=1)
def _program() -> str:
    places = os.pathsep.join((os.environ.get("PATH", ""), *_USUAL))
    return next((found for name in _NAMES if (found := shutil.which(name, path=places))), "")


def can_print() -> bool:
    """Tell whether papers can be turned into PDF on this machine."""
    return bool(_program())


def to_pdf(content: bytes, *, timeout: float = TIMEOUT) -> bytes:
    """Return a .docx as PDF; PortalError where no program for it is, or it takes too long."""
    program = _program()
    if not program:
        raise PortalError("paper.pdf", msg("Papers can't be turned into PDF here: print them from Word"))
    with tempfile.TemporaryDirectory(prefix="paper-") as folder:
        here = Path(folder)
        (here / "paper.docx").write_bytes(content)
        command = [
            program,
            f"-env:UserInstallation={(here / 'profile').as_uri()}",
            "--headless",
            "--norestore",
            "--nolockcheck",
            "--convert-to",
            "pdf:writer_pdf_Export",
            "--outdir",
            folder,
            str(here / "paper.docx"),
        ]
        try:
            subprocess.run(
                command,
                capture_output=True,
                timeout=timeout,
                check=False,
                env={"PATH": os.environ.get("PATH", ""), "HOME": folder, "LC_ALL": "C.UTF-8"},
            )
        except subprocess.TimeoutExpired as late:
            raise PortalError("paper.pdf_late", msg("Turning the paper into PDF took too long")) from late
        made = here / "paper.pdf"
        if not made.exists():
            raise PortalError("paper.pdf", msg("Papers can't be turned into PDF here: print them from Word"))
        return made.read_bytes()
