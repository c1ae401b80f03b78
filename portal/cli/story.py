"""``portal story``: run the stories of packs against the real services on a scratch database."""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import click

from portal.cli.language import refusal, tell, words
from portal.core.errors import PortalError, msg

if TYPE_CHECKING:
    from portal.core.packs import PackLibrary
    from portal.services.portal import Portal
    from portal.services.stories import StoryReport


@click.group("story")
def command() -> None:
    """Run readable scenarios: who does what, what the portal proposes, which stage follows."""


@command.command()
@click.argument("packs", nargs=-1)
@click.option(
    "--root",
    "roots",
    multiple=True,
    type=click.Path(exists=True, file_okay=False),
    help="A further pack root.",
)
@click.option("-v", "--verbose", is_flag=True, help="Show every step.")
def run(packs: tuple[str, ...], roots: tuple[str, ...], verbose: bool) -> None:
    """Run the stories of PACKS (all by default); exit 1 if any expectation fails."""
    from portal.adapters.pack_files import library_with

    library = library_with(packs, [Path(root) for root in roots])
    unknown = set(packs) - set(library.ids())
    if unknown:
        raise click.BadParameter(
            words()(msg("no such pack: %(packs)s")) % {"packs": ", ".join(sorted(unknown))}
        )
    with tempfile.TemporaryDirectory() as folder:
        try:
            chosen = packs or tuple(library.ids())
            reports = _run_all(library, chosen, Path(folder), packs if library.samples else ())
        except PortalError as error:
            click.echo(refusal(error, words()), err=True)
            sys.exit(1)
    for report in reports:
        _show(report, verbose)
    failed = sum(not report.passed for report in reports)
    tell(msg("%(count)s stories, %(failed)s failed"), count=len(reports), failed=failed)
    sys.exit(1 if failed else 0)


def _run_all(
    library: PackLibrary, packs: tuple[str, ...], folder: Path, only: tuple[str, ...]
) -> list[StoryReport]:
    """Run each story on a fresh copy of one database, seeded with all packs or with ``only`` some."""
    import shutil

    from portal.core.packs import resolve, stories
    from portal.persistence import migrate
    from portal.services.seeding import seed
    from portal.services.stories import run_story

    template, scratch = folder / "template.db", folder / "scratch.db"
    portal = _open(template)
    migrate.upgrade(portal.database.engine)
    seed(portal, library, verify=False, only=only)
    _close(portal)
    reports = []
    for pack in packs:
        manifest = resolve(pack, library).manifest
        for name, story in sorted(stories(library, pack).items()):
            shutil.copy(template, scratch)
            portal = _open(scratch)
            unit = story.get("centre") or manifest.unit or ""
            reports.append(run_story(portal, pack, unit, story, f"seed/{pack}/stories/{name}.json"))
            _close(portal)
    return reports


def _open(path: Path) -> Portal:
    from portal.services.portal import Portal

    return Portal.from_url(f"sqlite:///{path}")


def _close(portal: Portal) -> None:
    """Bring everything into the file itself, so that it can be copied."""
    with portal.database.engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    portal.database.dispose()


def _show(report: StoryReport, verbose: bool) -> None:
    state = words()(msg("ok") if report.passed else msg("FAILED"))
    click.echo(f"{state} {report.pack}/{report.id}: {report.title}")
    if verbose:
        for step in report.steps:
            click.echo(f"       {step}")
    for failure in report.failures:
        click.echo(f"     {failure.file}#{failure.pointer}")
        tell(msg("       expected %(value)s"), value=_json(failure.expected))
        actual = _json(failure.actual) if failure.refusal is None else refusal(failure.refusal, words())
        tell(msg("       actual   %(value)s"), value=actual)


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, default=str) if not isinstance(value, str) else value
