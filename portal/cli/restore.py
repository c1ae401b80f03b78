"""``portal restore``: an empty database filled from a backup."""

from __future__ import annotations

from pathlib import Path

import click

from portal.cli.backup import FILE, read_secret, say, secret_options
from portal.cli.language import tell
from portal.cli.opening import open_portal
from portal.core.errors import msg


@click.command("restore")
@click.argument("file", type=FILE)
@secret_options
def command(file: Path, key_file: Path | None, passphrase_file: Path | None) -> None:
    """Put the backup FILE into the empty database of the settings, upgrade it, and verify the audit log."""
    from portal.adapters.keyring import Keyring
    from portal.services import audit, backup
    from portal.settings import Settings

    settings = Settings.from_env()
    keys = Keyring.from_texts(settings.data_key, settings.old_data_keys)
    done = backup.restore(file, read_secret(key_file, passphrase_file), settings.database_url, keys)
    say(done.manifest)
    tell(
        msg("%(rows)s rows restored, upgraded to revision %(revision)s"),
        rows=sum(done.rows.values()),
        revision=done.revision,
    )
    if done.left_out:
        tell(msg("not of the portal, left out: %(tables)s"), tables=", ".join(done.left_out))
    report = audit.verify(open_portal(settings))
    tell(
        msg("audit log: %(entries)s entries, %(seals)s seals; findings: %(findings)s"),
        entries=report.entries,
        seals=report.seals,
        findings=len(report.findings),
    )
    raise SystemExit(0 if report.clean else 1)
