"""``portal audit``: seal the audit log, verify it, print its head for safe-keeping."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from portal.cli.language import refusal, tell, words
from portal.core.errors import PortalError, msg

if TYPE_CHECKING:
    from portal.services.portal import Portal

SHOWN = 200


@click.group("audit")
def command() -> None:
    """Seal and verify the audit log."""


@contextmanager
def _portal() -> Iterator[Portal]:
    from sqlalchemy.exc import SQLAlchemyError

    from portal.persistence.database import Database
    from portal.services.portal import Portal
    from portal.settings import Settings

    database: Database | None = None
    try:
        database = Database.connect(Settings.from_env().database_url)
        yield Portal(database)
    except PortalError as error:
        click.echo(refusal(error, words()), err=True)
        sys.exit(2)
    except SQLAlchemyError as error:
        click.echo(
            words()(msg("the database does not answer: %(error)s")) % {"error": type(error).__name__},
            err=True,
        )
        sys.exit(2)
    finally:
        if database is not None:
            database.dispose()


@command.command()
def seal() -> None:
    """Seal every entry that is stored and not sealed yet; safe to run at any time, by several at once."""
    from portal.services import audit

    with _portal() as portal:
        done = audit.seal(portal)
    tell(
        msg("%(entries)s entries sealed in %(seals)s seals; head %(seal)s %(hash)s"),
        entries=done.entries,
        seals=done.seals,
        seal=done.head.seal,
        hash=done.head.hash,
    )


@command.command()
@click.option(
    "--seal/--no-seal", "seal_first", default=True, help="Seal what is waiting first, or only read."
)
@click.option("--json", "as_json", is_flag=True, help="Print the report as JSON.")
@click.option(
    "--anchor",
    "anchor",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="File with heads that were printed by `portal audit head`, one a line.",
)
def verify(seal_first: bool, as_json: bool, anchor: Path | None) -> None:
    """Look for changed, removed, inserted and reordered entries; exit 1 if there are any."""
    from portal.core.audit import read_anchors
    from portal.services import audit

    try:
        anchors = read_anchors(anchor.read_text(encoding="utf-8")) if anchor else []
    except (ValueError, UnicodeDecodeError) as error:
        raise click.BadParameter(str(error), param_hint="--anchor") from error
    with _portal() as portal:
        if seal_first:
            audit.seal(portal)
        report = audit.verify(portal, anchors)
    if as_json:
        click.echo(json.dumps(report.to_json(), ensure_ascii=False, indent=2))
    else:
        for finding in report.findings[:SHOWN]:
            note = f" ({finding.note})" if finding.note else ""
            click.echo(f"{finding.place()}: {finding.kind}{note}")
        if len(report.findings) > SHOWN:
            tell(msg("… and %(count)s more; --json lists all"), count=len(report.findings) - SHOWN)
        tell(
            msg("%(entries)s entries, %(unsealed)s not sealed yet, %(seals)s seals; findings: %(findings)s"),
            entries=report.entries,
            unsealed=report.unsealed,
            seals=report.seals,
            findings=len(report.findings),
        )
    sys.exit(0 if report.clean else 1)


@command.command()
def head() -> None:
    """Print the head of the seals as one line of JSON, to be kept where nobody with database rights can write."""
    from portal.services import audit

    with _portal() as portal:
        click.echo(json.dumps(audit.head(portal).to_json()))
