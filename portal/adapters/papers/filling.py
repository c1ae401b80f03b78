"""Fill in a template in a child process: a hostile or broken one costs that process, and nothing else."""

from __future__ import annotations

import json
import os
import struct
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from portal.core.errors import DefinitionError, PortalError, msg
from portal.core.papers import template_of

COMMAND = (sys.executable, "-s", "-B", "-m", "portal.adapters.papers.child")
# The child bounds its own work (``child.CPU_SECONDS``); this is for one that hangs, on a machine that is busy too.
TIMEOUT = 30.0
LARGEST = 16 * 1024 * 1024
MOST_VALUES = 4 * 1024 * 1024
_HEAD = struct.Struct(">II")
Values = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Filled:
    """A paper that was made, as a .docx file."""

    content: bytes


def fill_template(
    template: bytes,
    values: Values,
    *,
    file: str = "",
    timeout: float = TIMEOUT,
    command: Sequence[str] = COMMAND,
) -> Filled:
    """Return the paper that a template makes of values: texts, lists of texts, ``{"said", "yes"}``.

    Raise DefinitionError for a template that holds what a template may not, PortalError where it could not be filled
    in within its limits.
    """
    problems = template_of(template, file).problems
    if problems:
        raise DefinitionError("template.refused", msg("The template can't be used"), {"file": file}, problems)
    return Filled(in_child(template, values, timeout=timeout, command=command))


def in_child(
    template: bytes,
    values: Values,
    *,
    timeout: float = TIMEOUT,
    command: Sequence[str] = COMMAND,
) -> bytes:
    """Return what the child process makes of a template, unseen; PortalError where it makes nothing."""
    question = json.dumps({name: _clean(value) for name, value in values.items()}).encode()
    if len(question) > MOST_VALUES:
        raise _failed()
    try:
        done = subprocess.run(
            list(command),
            input=_HEAD.pack(len(template), len(question)) + template + question,
            capture_output=True,
            timeout=timeout,
            check=False,
            env={
                "PATH": "",
                "PYTHONPATH": os.pathsep.join(one for one in sys.path if one),
                "LC_ALL": "C.UTF-8",
            },
            close_fds=True,
        )
    except subprocess.TimeoutExpired as late:
        raise _failed() from late
    status, _, made = done.stdout.partition(b"\n")
    if done.returncode != 0 or status != b"paper" or len(made) > LARGEST:
        raise _failed()
    return made


def _failed() -> PortalError:
    return PortalError(
        "template.failed", msg("The paper could not be made: its template takes too long or does not fit")
    )


def _clean(value: Any) -> Any:
    """Return a value without signs that no XML may hold."""
    if isinstance(value, str):
        return "".join(sign for sign in value if _fits(sign))
    if isinstance(value, Mapping):
        return {key: _clean(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_clean(one) for one in value]
    return value


def _fits(sign: str) -> bool:
    code = ord(sign)
    return sign == "\n" or 0x20 <= code < 0xD800 or 0xE000 <= code < 0xFFFE or code >= 0x10000
