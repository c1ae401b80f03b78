"""``portal backup``: everything in one sealed file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from portal.cli.language import tell, why, words
from portal.cli.opening import open_portal
from portal.core.errors import PortalError, msg

if TYPE_CHECKING:
    from portal.adapters.encrypted_file import Secret
    from portal.services.backup import Manifest

FILE = click.Path(dir_okay=False, path_type=Path)


def secret_options(function: Any) -> Any:
    """Let a command be told what opens its file."""
    key = click.option(
        "--key-file", type=FILE, help="File with the key of the backups; see `portal backup new-key`."
    )
    words = click.option("--passphrase-file", type=FILE, help="File whose first line is the passphrase.")
    return key(words(function))


def read_secret(key_file: Path | None, passphrase_file: Path | None, *, twice: bool = False) -> Secret:
    """Return the secret of a backup; without a file a passphrase is asked for."""
    from portal.adapters.encrypted_file import Secret
    from portal.adapters.keyring import key_of

    if key_file is not None and passphrase_file is not None:
        raise click.UsageError(words()(msg("Name a key file or a passphrase file, not both")))
    try:
        if key_file is not None:
            return Secret.key(key_of(key_file.read_text("ascii")))
        if passphrase_file is not None:
            return Secret.passphrase(passphrase_file.read_text("utf-8").partition("\n")[0].rstrip("\r"))
    except PortalError as error:
        if error.code != "settings.data_key":
            raise
        raise PortalError(
            "backup.key_file", msg("The key file holds no key; portal backup new-key makes one")
        ) from error
    except (OSError, UnicodeDecodeError) as error:
        raise click.ClickException(_unread(error)) from error
    asked = words()(msg("Passphrase"))
    return Secret.passphrase(click.prompt(asked, hide_input=True, confirmation_prompt=twice, err=True))


def _unread(error: OSError | UnicodeDecodeError) -> str:
    reason = why(error, words()) if isinstance(error, OSError) else words()(msg("it is not text"))
    return words()(msg("The file of the secret cannot be read: %(why)s")) % {"why": reason}


def say(manifest: Manifest) -> None:
    """Print what a backup is and holds."""
    tell(msg("backup %(id)s of %(at)s"), id=manifest.id, at=manifest.at)
    tell(
        msg("version %(product)s, revision %(revision)s, %(dialect)s"),
        product=manifest.product,
        revision=manifest.revision,
        dialect=manifest.dialect,
    )
    tell(
        msg("%(rows)s rows in %(tables)s tables, %(files)s attached files"),
        rows=manifest.rows,
        tables=len(manifest.tables),
        files=manifest.files,
    )
    if manifest.keys:
        tell(msg("data keys needed to restore: %(keys)s"), keys=", ".join(manifest.keys))
    if lost := [name for name, proof in manifest.keys.items() if not proof]:
        tell(
            msg("values sealed by a key that was not there when the backup was written: %(keys)s"),
            keys=", ".join(lost),
        )


@click.group("backup")
def command() -> None:
    """Write and verify backups: one sealed file each, without the keys of the data."""


@command.command()
@click.argument("file", type=FILE)
@secret_options
def make(file: Path, key_file: Path | None, passphrase_file: Path | None) -> None:
    """Write everything as it stands now into FILE, while the portal runs; PORTAL_DATA_KEY is not in it."""
    from portal.services import backup

    secret = read_secret(key_file, passphrase_file, twice=True)
    say(backup.make(open_portal(), file, secret))


@command.command()
@click.argument("file", type=FILE)
@secret_options
def verify(file: Path, key_file: Path | None, passphrase_file: Path | None) -> None:
    """Read FILE to its end and say what it holds; needs neither a database nor the data key."""
    from portal.services import backup

    say(backup.verify(file, read_secret(key_file, passphrase_file)))
    tell(msg("the file is whole"))


@command.command("new-key")
def new_key() -> None:
    """Print a new random key for --key-file; keep it apart from the backups."""
    from portal.adapters import keyring

    click.echo(keyring.new_key())
