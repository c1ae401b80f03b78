"""``portal config``: check, resolve, compare, explain and publish packs."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from portal.adapters.pack_files import PackFiles, default_library
from portal.cli.opening import open_portal
from portal.core.errors import PortalError, Problem, Translator, msg
from portal.core.packs import Resolved, check, diff, explain, resolve
from portal.core.text import Texts
from portal.i18n import translator

_BROKEN = 1

_root = click.option(
    "--root", "roots", multiple=True, type=click.Path(path_type=Path), help="Another folder that holds packs."
)
_lang = click.option("--lang", default="en", show_default=True, help="Language of the messages: en or zh.")
_json = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


@click.group("config")
def command() -> None:
    """Check, resolve, compare and publish packs of configuration."""


@command.command("packs")
@_root
@_lang
def list_packs(roots: Sequence[Path], lang: str) -> None:
    """List the packs, with what each extends."""
    library = default_library(roots)
    for pack_id in library.ids():
        resolved = resolve(pack_id, library)
        texts = Texts(lang, resolved.bundle.get("translations", {}))
        manifest = resolved.manifest
        above = manifest.extends or "-"
        click.echo(
            f"{pack_id:24} {manifest.version:10} {above:20} {manifest.unit or '-':8} {texts(manifest.title)}"
        )


@command.command("check")
@click.argument("packs", nargs=-1)
@_root
@_lang
@_json
def check_packs(packs: tuple[str, ...], roots: Sequence[Path], lang: str, as_json: bool) -> None:
    """Report everything that is wrong with packs, all of them by default; exit 1 if there are errors."""
    library = default_library(roots)
    problems = check(library, packs or None)
    errors = [problem for problem in problems if problem.severity == "error"]
    if as_json:
        _print_json([_as_json(problem, translator(lang)) for problem in problems])
    else:
        _print_problems(problems, translator(lang))
        summary = msg("%(packs)s packs checked: %(errors)s errors, %(warnings)s warnings")
        counts = {
            "packs": len(packs or library.ids()),
            "errors": len(errors),
            "warnings": len(problems) - len(errors),
        }
        click.echo(translator(lang)(summary) % counts)
    sys.exit(_BROKEN if errors else 0)


@command.command("resolve")
@click.argument("pack")
@_root
@_lang
@click.option("--release", is_flag=True, help="Print the release: the bundle with its chain and digest.")
def resolve_pack(pack: str, roots: Sequence[Path], lang: str, release: bool) -> None:
    """Print the bundle that a pack and everything it extends make together."""
    resolved = _resolve(pack, default_library(roots), translator(lang))
    _print_json(resolved.release().to_json() if release else resolved.bundle)


@command.command("diff")
@click.argument("first")
@click.argument("second")
@_root
@_lang
@_json
def diff_packs(first: str, second: str, roots: Sequence[Path], lang: str, as_json: bool) -> None:
    """Show, value by value, what turns the bundle of FIRST into that of SECOND."""
    library = default_library(roots)
    before, after = (_resolve(pack, library, translator(lang)).bundle for pack in (first, second))
    changes = diff(before, after)
    if as_json:
        _print_json([asdict(change) for change in changes])
        return
    signs: dict[str, Callable[[Any, Any], str]] = {
        "added": lambda old, new: f"+ {_short(new)}",
        "removed": lambda old, new: f"- {_short(old)}",
        "changed": lambda old, new: f"{_short(old)} -> {_short(new)}",
    }
    for change in changes:
        click.echo(f"{change.pointer}: {signs[change.kind](change.before, change.after)}")


@command.command("explain")
@click.argument("pack")
@click.argument("pointer")
@_root
@_lang
@_json
def explain_value(pack: str, pointer: str, roots: Sequence[Path], lang: str, as_json: bool) -> None:
    """Name the packs that set the value at POINTER of the bundle, and what each makes of it."""
    library = default_library(roots)
    _resolve(pack, library, translator(lang))
    found = explain(library, pack, pointer)
    if as_json:
        _print_json([asdict(step) for step in found])
    elif not found:
        click.echo(translator(lang)(msg("No pack of the chain sets %(pointer)s")) % {"pointer": pointer})
    for step in () if as_json else found:
        shown = _short(step.value, 400) if step.present else translator(lang)(msg("removed"))
        click.echo(f"{step.pack} ({step.file}): {shown}")
    sys.exit(0 if found else _BROKEN)


@command.command("publish")
@click.argument("pack")
@click.option(
    "--centre", metavar="UNIT", help="Unit code whose centre shall run by it; the pack's own unit by default."
)
@_root
@_lang
def publish_pack(pack: str, centre: str | None, roots: Sequence[Path], lang: str) -> None:
    """Check a pack and put it in force as a new release of a centre."""
    # The database is needed here alone, so it is loaded here alone.
    from portal.core.access import Access, Origin
    from portal.services import releases

    say = translator(lang)
    library = default_library(roots)
    errors = [problem for problem in check(library, [pack]) if problem.severity == "error"]
    if errors:
        _print_problems(errors, say)
        sys.exit(_BROKEN)
    portal = open_portal()
    try:
        with portal.writing(Access.system("portal config publish"), Origin(channel="cli")) as uow:
            resolved = _resolve(pack, library, say)
            published = releases.publish(uow, resolved.release(), centre, layers=resolved.chain)
            uow.commit()
    except PortalError as error:
        raise click.ClickException(error.text(say)) from error
    click.echo(f"{published.pack} {published.version} {published.digest}")


@command.command("history")
@click.argument("unit")
@_lang
def show_history(unit: str, lang: str) -> None:
    """List the releases that were in force at UNIT's centre, the one in force first."""
    from portal.core.access import Access
    from portal.services import releases

    portal = open_portal()
    with portal.reading(Access.system("portal config history")) as session:
        found = releases.history(session, unit)
    for one in found:
        click.echo(
            f"{one.at:%Y-%m-%d %H:%M} {one.pack} {one.version} {one.digest[:12]} {one.by_name}: {one.reason}"
        )
    if not found:
        raise click.ClickException(translator(lang)(msg("This unit runs no centre")))


@command.command("activate")
@click.argument("unit")
@click.argument("digest")
@click.option("--reason", required=True, help="Why; it stays in the log.")
@_lang
def activate_release(unit: str, digest: str, reason: str, lang: str) -> None:
    """Put a release that was in force at UNIT's centre in force again; its first digits name it."""
    from portal.core.access import Access, Origin
    from portal.services import releases

    say = translator(lang)
    portal = open_portal()
    try:
        with portal.writing(Access.system("portal config activate"), Origin(channel="cli")) as uow:
            known = {one.digest: one for one in releases.history(uow.session, unit)}
            matching = [one for whole, one in known.items() if whole.startswith(digest)]
            if len(matching) != 1:
                raise click.ClickException(say(msg("There is no such release")))
            releases.activate(uow, unit, matching[0].release_id, reason)
            uow.commit()
    except PortalError as error:
        raise click.ClickException(error.text(say)) from error
    click.echo(f"{matching[0].pack} {matching[0].version} {matching[0].digest}")


def _resolve(pack: str, library: PackFiles, say: Translator) -> Resolved:
    """Return a resolved pack, or end with its problems."""
    resolved = resolve(pack, library)
    if resolved.errors:
        _print_problems(resolved.errors, say)
        sys.exit(_BROKEN)
    return resolved


def _print_problems(problems: Sequence[Problem], say: Translator) -> None:
    for problem in problems:
        click.echo(f"{say(problem.severity)}: {problem.render(say)}", err=True)


def _as_json(problem: Problem, say: Translator) -> dict[str, Any]:
    return {
        "severity": problem.severity,
        "code": problem.code,
        "file": problem.file,
        "pointer": problem.pointer,
        "message": problem.text(say),
        "remedy": problem.remedy_text(say),
    }


def _print_json(value: Any) -> None:
    click.echo(json.dumps(value, ensure_ascii=False, indent=2))


def _short(value: Any, limit: int = 120) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= limit else text[: limit - 1] + "…"
