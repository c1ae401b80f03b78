"""``portal data``: the key that encrypts sensitive personal data."""

from __future__ import annotations

import click

from portal.cli.opening import open_portal


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
    from portal.services.records.rekeying import rekey as run
    from portal.services.sign_in import second_factor

    portal = open_portal()
    factors = second_factor.rekey(portal)
    seen, changed = run(portal)
    click.echo(f"{seen} records, {changed} encrypted again; {factors} second factors")
