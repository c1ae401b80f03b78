"""The child process that fills in a template: template and values on standard input, the paper on standard output.

It limits itself before it reads anything: work, memory, files, no network, no further process. What the template says
is parsed first, and refused unless it is built of the few things that a template may hold.
"""

from __future__ import annotations

import ctypes
import datetime as dt
import io
import json
import resource
import struct
import sys
import zipfile
from collections.abc import Mapping
from typing import Any

from docxtpl import DocxTemplate
from jinja2 import Template, nodes
from jinja2.exceptions import TemplateError
from jinja2.sandbox import ImmutableSandboxedEnvironment
from markupsafe import Markup, escape

CPU_SECONDS = 5
MEMORY = 256 * 1024 * 1024
LARGEST_PAPER = 16 * 1024 * 1024
_HEAD = struct.Struct(">II")
# What a template may be built of; everything else is refused before it runs.
_ALLOWED = (
    nodes.Template,
    nodes.Output,
    nodes.TemplateData,
    nodes.Name,
    nodes.For,
    nodes.If,
    nodes.Not,
)
_NEW_NETWORK, _NEW_USER = 0x40000000, 0x10000000
_REFUSED = ("socket.", "subprocess.", "os.", "ctypes.", "shutil.", "webbrowser.", "ftplib.", "urllib.")
# What docxtpl makes a paragraph of, like that in which it stands.
_PARAGRAPH = "\a"
# zip members bear a fixed day, so that the same paper is the same file.
_DAY = (1980, 1, 1, 0, 0, 0)


class Refused(Exception):
    """A template that holds something other than places."""


class Listed(list[str]):
    """Several values: repeated over, or written in one line."""

    def __html__(self) -> Markup:
        """Return the values in one line."""
        return Markup("、").join(escape(one) for one in self if one)

    def __str__(self) -> str:
        """Return the values in one line."""
        return "、".join(one for one in self if one)


class YesNo(str):
    """The words of yes or no, which count as what they say."""

    __slots__ = ("yes",)
    yes: bool

    def __bool__(self) -> bool:
        """Tell whether it is yes."""
        return self.yes


class Places(ImmutableSandboxedEnvironment):
    """Jinja's sandbox, in which a template may state values and nothing else."""

    def from_string(self, source: Any, *given: Any, **named: Any) -> Template:
        """Return a template, unless it is built of something else than places."""
        _check(self.parse(source), 0)
        return super().from_string(source, *given, **named)


def _check(node: nodes.Node, loops: int) -> None:
    if not isinstance(node, _ALLOWED):
        raise Refused(type(node).__name__)
    if isinstance(node, nodes.Name) and node.name.startswith("_"):
        raise Refused(node.name)
    if isinstance(node, nodes.For):
        loops += 1
        plain = isinstance(node.iter, nodes.Name) and isinstance(node.target, nodes.Name)
        if loops > 1 or node.recursive or node.test is not None or not plain:
            raise Refused("For")
    for child in node.iter_child_nodes():
        _check(child, loops)


def value_of(raw: Any) -> Any:
    """Return a value of the question as a template meets it."""
    if isinstance(raw, list):
        return Listed(_lines(one) for one in raw)
    if isinstance(raw, Mapping):
        found = YesNo(raw["said"])
        found.yes = bool(raw["yes"])
        return found
    return _lines(raw)


def _lines(raw: Any) -> str:
    """Return a text whose lines are paragraphs: a line that is broken within one is spread over its width."""
    return str(raw).strip("\n").replace("\n", _PARAGRAPH)


def fill(template: bytes, values: Mapping[str, Any]) -> bytes:
    """Return the paper that a template makes of values."""
    paper = DocxTemplate(io.BytesIO(template))
    environment = Places(autoescape=True, extensions=[])
    environment.globals.clear()
    environment.filters.clear()
    environment.tests.clear()
    paper.render({name: value_of(raw) for name, raw in values.items()}, environment, autoescape=True)
    told = paper.core_properties
    told.created = told.modified = dt.datetime(*_DAY)
    told.author = told.last_modified_by = ""
    made = io.BytesIO()
    paper.save(made)
    return same_each_time(made.getvalue())


def same_each_time(content: bytes) -> bytes:
    """Return a .docx with its members in order and of one day: the same paper is the same bytes."""
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(made, "w") as new:
        first = "[Content_Types].xml"
        for name in sorted(old.namelist(), key=lambda one: (one != first, one)):
            info = zipfile.ZipInfo(name, _DAY)
            info.compress_type = zipfile.ZIP_DEFLATED
            new.writestr(info, old.read(name))
    return made.getvalue()


def limit() -> None:
    """Bound this process: its work, its memory, its files; no network, no other process, no core file."""
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS + 1))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (LARGEST_PAPER, LARGEST_PAPER))
    # Where the kernel lets it, the process has a network of its own with nothing in it.
    libc = ctypes.CDLL(None, use_errno=True)
    if hasattr(libc, "unshare"):
        libc.unshare(_NEW_USER | _NEW_NETWORK)
    sys.addaudithook(_hook)


def _hook(event: str, arguments: tuple[Any, ...]) -> None:
    if event.startswith(_REFUSED) and not event.startswith(("os.listdir", "os.scandir")):
        raise PermissionError(event)
    if event == "open" and isinstance(arguments[1], str) and set(arguments[1]) & set("wax+"):
        raise PermissionError(event)


def main() -> None:
    """Fill in one template, within bounds."""
    limit()
    source = sys.stdin.buffer
    head = source.read(_HEAD.size)
    size, more = _HEAD.unpack(head)
    template, question = source.read(size), json.loads(source.read(more))
    try:
        made, status = fill(template, question), b"paper\n"
    except (Refused, TemplateError) as refused:
        made, status = f"{type(refused).__name__}: {refused}"[:500].encode(), b"refused\n"
    sys.stdout.buffer.write(status + made)
    sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
