"""Read a workbook without trusting it: a child process with limits does so, and only texts come back."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from portal.core.errors import InvalidInput, Problem, msg

SECONDS = 20
_CHILD = Path(__file__).with_name("child.py")
_LARGE = msg(
    "The workbook unpacks to more than a table holds. Copy the rows into a new workbook and upload that"
)
_BROKEN = msg("The workbook can't be read: it is damaged or cut off. Save it anew and upload it again")
_REASONS: Mapping[str, str] = {
    "kind": msg("This is no workbook. Open it in WPS or Excel and save it as .xlsx, or as CSV"),
    "locked": msg("The workbook is protected by a password. Take the password away and upload it again"),
    "entities": msg(
        "The workbook holds what no spreadsheet writes into one. Copy the rows into a new workbook"
    ),
    "large": _LARGE,
    "broken": _BROKEN,
}
Lines = Sequence[tuple[int, Sequence[str]]]


def read_sheets(content: bytes) -> dict[str, Lines]:
    """Return the lines of each sheet that is shown, with their numbers; raise InvalidInput with the reason."""
    try:
        done = subprocess.run(
            [sys.executable, "-I", str(_CHILD)], input=content, capture_output=True, timeout=SECONDS, env={}
        )
    except subprocess.TimeoutExpired:
        raise refused("large") from None
    try:
        said = json.loads(done.stdout) if done.returncode == 0 else {}
    except ValueError:
        said = {}
    if "sheets" not in said:
        # A child that was killed ran into one of its limits.
        raise refused(said.get("refused", "large" if done.returncode < 0 else "broken"))
    return {sheet["name"]: [(line, cells) for line, cells in sheet["lines"]] for sheet in said["sheets"]}


def refused(reason: str) -> InvalidInput:
    """Return the refusal of a file, in words of those who keep tables."""
    text = _REASONS.get(reason, _BROKEN)
    code = f"table.{reason}"
    return InvalidInput(code, text, {}, [Problem(code, text, {}, pointer="/file")])
