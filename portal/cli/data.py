"""``portal data``: the key that encrypts sensitive personal data."""

from __future__ import annotations

import click

from portal.cli.language import tell, words
from portal.cli.opening import open_portal
from portal.core.errors import msg


@click.group("data")
def command() -> None:
    """Keys of the data: make one, change it."""


@command.command("new-key")
def new_key() -> None:
    """Print a new random key for PORTAL_DATA_KEY."""
    from portal.adapters import keyring

    click.echo(keyring.new_key())


@command.command()
def rekey() -> None:
    """Encrypt everything again by the current key, second factors too; safe to stop and to repeat.

    Set PORTAL_DATA_KEY to the new key and PORTAL_DATA_KEYS_OLD to the old one on every server first.
    """
    from portal.services.importing.rows import rekey_rows
    from portal.services.records.privacy.rekeying import rekey as run
    from portal.services.sign_in import second_factor

    portal = open_portal()
    factors = second_factor.rekey(portal)
    rekey_rows(portal)
    seen, changed = run(portal)
    tell(
        msg("%(seen)s records, %(changed)s encrypted again; %(factors)s second factors"),
        seen=seen,
        changed=changed,
        factors=factors,
    )


@command.command()
@click.argument("uid")
@click.option(
    "--reason", required=True, help="Why; it stays in the audit log as it is written, so name nobody."
)
def destroy(uid: str, reason: str) -> None:
    """Destroy a record of any type with its parts; what the audit log holds of it opens no more."""
    from portal.core.access import Origin
    from portal.services import records

    portal = open_portal()
    wiped = records.destroy(portal, uid, reason, Origin(channel="cli"))
    tell(msg("destroyed") if wiped else msg("destroyed; run “portal data wipe” when nobody reads or writes"))


@command.command()
def wipe() -> None:
    """Wipe what the files of the database keep of deleted rows, as far as it goes: see docs/operators/databases.md."""
    if not open_portal().database.wipe():
        raise click.ClickException(words()(msg("somebody is reading or writing just now; try again")))
    tell(msg("wiped"))
