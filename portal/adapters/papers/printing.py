"""Turn a .docx into PDF by LibreOffice, where it is: one process and one profile for each conversion."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from xml.sax.saxutils import escape

from portal.core.errors import PortalError, msg

TIMEOUT = 60.0
_NAMES = ("soffice", "libreoffice")
_USUAL = ("/usr/bin", "/usr/local/bin", "/opt/libreoffice/program", "/snap/bin")
# Faces that papers name, each with those that take its place where it is not installed, the nearest first.
_SERIF = (
    "FangSong",
    "STFangsong",
    "FandolFang R",
    "Noto Serif CJK SC",
    "Source Han Serif SC",
    "SimSun",
    "AR PL UMing CN",
)
_SANS = (
    "SimHei",
    "STHeiti",
    "Noto Sans CJK SC",
    "Source Han Sans SC",
    "WenQuanYi Zen Hei",
    "WenQuanYi Micro Hei",
)
FACES: Mapping[str, Sequence[str]] = {
    "仿宋_GB2312": ("仿宋", *_SERIF),
    "仿宋": _SERIF,
    "楷体_GB2312": ("楷体", "KaiTi", "STKaiti", *_SERIF),
    "宋体": ("SimSun", *_SERIF),
    "黑体": _SANS,
}


@lru_cache(maxsize=1)
def _program() -> str:
    places = os.pathsep.join((os.environ.get("PATH", ""), *_USUAL))
    return next((found for name in _NAMES if (found := shutil.which(name, path=places))), "")


def can_print() -> bool:
    """Tell whether papers can be turned into PDF on this machine."""
    return bool(_program())


def faces_file() -> str:
    """Return the configuration of fonts by which faces that are not installed are replaced."""
    matches = "".join(
        f"<match target='pattern'><test name='family'><string>{escape(face)}</string></test>"
        + "".join(
            f"<edit name='family' mode='append' binding='strong'><string>{escape(one)}</string></edit>"
            for one in others
        )
        + "</match>"
        for face, others in FACES.items()
    )
    return (
        "<?xml version='1.0' encoding='UTF-8'?><!DOCTYPE fontconfig SYSTEM 'fonts.dtd'><fontconfig>"
        f"<include ignore_missing='yes'>/etc/fonts/fonts.conf</include>{matches}</fontconfig>"
    )


def to_pdf(content: bytes, *, timeout: float = TIMEOUT) -> bytes:
    """Return a .docx as PDF; PortalError where no program for it is, or it takes too long."""
    program = _program()
    if not program:
        raise PortalError("paper.pdf", msg("Papers can't be turned into PDF here: print them from Word"))
    with tempfile.TemporaryDirectory(prefix="paper-") as folder:
        here = Path(folder)
        (here / "paper.docx").write_bytes(content)
        (here / "fonts.conf").write_text(faces_file(), encoding="utf-8")
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
                env={
                    "PATH": os.environ.get("PATH", ""),
                    "HOME": folder,
                    "LC_ALL": "C.UTF-8",
                    "FONTCONFIG_FILE": str(here / "fonts.conf"),
                },
            )
        except subprocess.TimeoutExpired as late:
            raise PortalError("paper.pdf_late", msg("Turning the paper into PDF took too long")) from late
        made = here / "paper.pdf"
        if not made.exists():
            raise PortalError("paper.pdf", msg("Papers can't be turned into PDF here: print them from Word"))
        return made.read_bytes()
