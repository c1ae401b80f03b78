"""``portal config``: check, resolve, compare and explain packs; beside it, store and publish them."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from portal.adapters.pack_files import shipped_samples
from portal.cli import config_layers, config_new, config_releases, config_units
from portal.cli.config_parts import (
    BROKEN,
    against_database,
    as_json_of,
    ending_calendars,
    from_roots,
    in_json,
    in_language,
    in_store,
    library_of,
    print_json,
    print_problems,
    resolved_or_exit,
    short,
)
from portal.core.errors import folded, msg
from portal.core.packs import check, diff, explain, notes, resolve
from portal.core.packs.check.registry import Memo
from portal.core.text import Texts
from portal.i18n import translator


@click.group("config")
def command() -> None:
    """Check, resolve, compare, store and publish packs of configuration."""


for _part in (config_layers, config_new, config_units, config_releases):
    for _command in _part.COMMANDS:
        command.add_command(_command)


@command.command("packs")
@from_roots
@in_store
@in_language
def list_packs(roots: Sequence[Path], store: bool, lang: str) -> None:
    """List the packs, with what each extends."""
    library = library_of(roots, store)
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
@from_roots
@in_store
@in_language
@in_json
@click.option(
    "--notes",
    "with_notes",
    is_flag=True,
    help="Name what is left open too, such as documents without a template.",
)
def check_packs(
    packs: tuple[str, ...], roots: Sequence[Path], store: bool, lang: str, as_json: bool, with_notes: bool
) -> None:
    """Report everything that is wrong with packs, of all and the samples by default; exit 1 if there are errors."""
    library = library_of(roots, store, packs)
    samples, sampled = shipped_samples() if not packs and not store else (library, [])
    memo = Memo()
    problems = [
        *check(library, packs or None, memo),
        *(check(samples, sampled, memo) if sampled else ()),
        *against_database(packs or library.ids(), library),
        *ending_calendars(packs or library.ids(), library),
    ]
    errors = [problem for problem in problems if problem.severity == "error"]
    warnings = [problem for problem in problems if problem.severity == "warning"]
    problems += notes(library, packs or None) if with_notes else []
    if as_json:
        print_json([as_json_of(problem, translator(lang)) for problem in folded(problems)])
    else:
        print_problems(problems, translator(lang))
        summary = msg("%(packs)s packs checked: %(errors)s errors, %(warnings)s warnings")
        counts = {
            "packs": len(packs or library.ids()) + len(sampled),
            "errors": len(errors),
            "warnings": len(warnings),
        }
        click.echo(translator(lang)(summary) % counts)
    sys.exit(BROKEN if errors else 0)


@command.command("resolve")
@click.argument("pack")
@from_roots
@in_store
@in_language
@click.option("--release", is_flag=True, help="Print the release: the bundle with its chain and digest.")
def resolve_pack(pack: str, roots: Sequence[Path], store: bool, lang: str, release: bool) -> None:
    """Print the bundle that a pack and everything it extends make together."""
    resolved = resolved_or_exit(pack, library_of(roots, store, [pack]), translator(lang))
    print_json(resolved.release().to_json() if release else resolved.bundle)


@command.command("diff")
@click.argument("first")
@click.argument("second")
@from_roots
@in_store
@in_language
@in_json
def diff_packs(first: str, second: str, roots: Sequence[Path], store: bool, lang: str, as_json: bool) -> None:
    """Show, value by value, what turns the bundle of FIRST into that of SECOND."""
    library = library_of(roots, store, [first, second])
    before, after = (resolved_or_exit(pack, library, translator(lang)).bundle for pack in (first, second))
    changes = diff(before, after)
    if as_json:
        print_json([asdict(change) for change in changes])
        return
    signs: dict[str, Callable[[Any, Any], str]] = {
        "added": lambda old, new: f"+ {short(new)}",
        "removed": lambda old, new: f"- {short(old)}",
        "changed": lambda old, new: f"{short(old)} -> {short(new)}",
    }
    for change in changes:
        click.echo(f"{change.pointer}: {signs[change.kind](change.before, change.after)}")


@command.command("explain")
@click.argument("pack")
@click.argument("pointer")
@from_roots
@in_store
@in_language
@in_json
def explain_value(
    pack: str, pointer: str, roots: Sequence[Path], store: bool, lang: str, as_json: bool
) -> None:
    """Name the packs that set the value at POINTER of the bundle, and what each makes of it."""
    library = library_of(roots, store, [pack])
    resolved_or_exit(pack, library, translator(lang))
    found = explain(library, pack, pointer)
    if as_json:
        print_json([asdict(step) for step in found])
    elif not found:
        click.echo(translator(lang)(msg("No pack of the chain sets %(pointer)s")) % {"pointer": pointer})
    for step in () if as_json else found:
        shown = short(step.value, 400) if step.present else translator(lang)(msg("removed"))
        click.echo(f"{step.pack} ({step.file}): {shown}")
    sys.exit(0 if found else BROKEN)
