"""``portal form``: render a JSON-Schema form and read its body, without a database."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any, NoReturn
from urllib.parse import parse_qsl

import click

from portal.cli.language import why
from portal.core.errors import DefinitionError, PortalError, Problem, Translator, msg
from portal.core.forms import CompiledForm, compile_form, parse_body
from portal.core.forms.values import load
from portal.core.text import normal_language

MAX_BYTES = 16_000_000
UNUSABLE = 2
_FILE = click.Path(path_type=Path)
_LANG = click.option(
    "--lang", default="zh", envvar="PORTAL_LANG", show_default=True, help="Language: zh or en."
)
_UI = click.option("--ui", "ui_file", type=_FILE, help="The ui part (JSON).")


@click.group("form")
def command() -> None:
    """Render forms from JSON Schemas and read what a browser sends back."""


@command.command()
@click.argument("schema_file", metavar="SCHEMA.json", type=_FILE)
@_UI
@click.option("--data", "data_file", type=_FILE, help="Data to fill in (JSON).")
@_LANG
def render(schema_file: Path, ui_file: Path | None, data_file: Path | None, lang: str) -> None:
    """Print the form as HTML."""
    from portal.web.forms import FormContext, render_form

    translate = _translator(lang)
    form = _form(schema_file, ui_file, lang, translate)
    context = FormContext(translate=translate, carry=True)
    if data_file is None:
        html = render_form(form, context=context)
    else:
        html = render_form(form, _json(data_file, translate), context=context, new=False)
    _print(str(html))


@command.command()
@click.argument("schema_file", metavar="SCHEMA.json", type=_FILE)
@click.option(
    "--body", "body_file", type=_FILE, required=True, help="The urlencoded body; - for standard input."
)
@_UI
@click.option("--data", "data_file", type=_FILE, help="The data the form was filled with (JSON).")
@_LANG
def parse(
    schema_file: Path, body_file: Path, ui_file: Path | None, data_file: Path | None, lang: str
) -> None:
    """Print the data of a body and what is wrong with it, as JSON; exit 1 if anything is."""
    translate = _translator(lang)
    form = _form(schema_file, ui_file, lang, translate)
    original = None if data_file is None else _json(data_file, translate)
    try:
        parsed = parse_body(form, _pairs(_read(body_file, translate), translate), original, carry=True)
    except PortalError as error:
        _fail([error.text(translate)])
    errors = [{"pointer": e.pointer, "message": _line(e.label, e.text(translate))} for e in parsed.errors]
    _print(json.dumps({"data": parsed.data, "errors": errors}, ensure_ascii=False, indent=2))
    sys.exit(1 if errors else 0)


def _line(label: str, text: str) -> str:
    return f"{label}: {text}" if label else text


def _form(schema_file: Path, ui_file: Path | None, lang: str, translate: Translator) -> CompiledForm:
    definition: dict[str, Any] = {"schema": _json(schema_file, translate)}
    if ui_file is not None:
        definition["ui"] = _json(ui_file, translate)
    try:
        form = compile_form(definition, lang=normal_language(lang), strict=False)
    except DefinitionError as error:
        _fail([error.text(translate), *_lines(error.problems, schema_file, ui_file, translate)])
    for line in _lines(form.warnings, schema_file, ui_file, translate):
        click.echo(line, err=True)
    return form


def _lines(
    problems: Iterable[Problem], schema_file: Path, ui_file: Path | None, translate: Translator
) -> list[str]:
    """Return each problem with the file it is in and the pointer inside that file."""
    lines = []
    for problem in problems:
        part, file = ("/ui", ui_file) if problem.pointer.startswith("/ui") else ("/schema", schema_file)
        where = problem.pointer.removeprefix(part)
        lines.append(f"{file}#{where}: {replace(problem, file='', pointer='').render(translate)}")
    return lines


def _read(path: Path, translate: Translator) -> bytes:
    try:
        content = sys.stdin.buffer.read(MAX_BYTES + 1) if str(path) == "-" else path.read_bytes()
    except OSError as error:
        _fail(
            [
                translate(msg("%(file)s cannot be read: %(detail)s"))
                % {"file": path, "detail": why(error, translate)}
            ]
        )
    if len(content) > MAX_BYTES:
        _fail(
            [translate(msg("%(file)s is larger than %(limit)s bytes")) % {"file": path, "limit": MAX_BYTES}]
        )
    return content


def _json(path: Path, translate: Translator) -> Any:
    content = _read(path, translate)
    try:
        return load(content.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        _fail([translate(msg("%(file)s is not JSON: %(detail)s")) % {"file": path, "detail": error}])


def _pairs(content: bytes, translate: Translator) -> list[tuple[str, str]]:
    try:
        return parse_qsl(
            content.decode("utf-8-sig").strip("\r\n"),
            keep_blank_values=True,
            max_num_fields=50_000,
            errors="strict",
        )
    except ValueError as error:
        _fail([translate(msg("The body cannot be read: %(detail)s")) % {"detail": error}])


def _translator(lang: str) -> Translator:
    from portal.i18n import translator

    return translator(lang)


def _print(text: str) -> None:
    sys.stdout.buffer.write(text.encode("utf-8", "replace") + b"\n")
    sys.stdout.buffer.flush()


def _fail(lines: list[str]) -> NoReturn:
    for line in lines:
        click.echo(line, err=True)
    sys.exit(UNUSABLE)
