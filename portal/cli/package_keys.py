"""``portal package keys``: keys that sign packages, and those that are trusted here."""

from __future__ import annotations

from pathlib import Path

import click

from portal.cli.config_parts import in_language
from portal.cli.package_parts import FILE, in_folder, trust_of
from portal.core.errors import msg
from portal.i18n import translator

_for_packs = click.option(
    "--pack",
    "packs",
    multiple=True,
    metavar="PREFIX",
    help="What the key may sign: city/kunming, or city/kunming/* with all below it; can be given again.",
)


@click.group("keys")
def command() -> None:
    """Make keys that sign packages, and take those in that are trusted here."""


@command.command("new")
@click.argument("publisher")
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
@click.option("--name", default="packages", help="The name of the two files.")
@_for_packs
@in_language
def new_key(publisher: str, folder: Path, name: str, packs: tuple[str, ...], lang: str) -> None:
    """Make a key of PUBLISHER in FOLDER: a private file that stays with you, and a public one to hand over."""
    from portal.adapters.package_keys import SigningKey

    say = translator(lang)
    key = SigningKey.new(publisher, packs)
    private, public = key.write(folder, name)
    click.echo(say(msg("key %(key)s")) % {"key": key.trusted.id})
    click.echo(say(msg("%(file)s signs: keep it apart, and in no repository")) % {"file": private})
    click.echo(say(msg("%(file)s is for those who receive packages")) % {"file": public})


@command.command("trust")
@click.argument("file", type=FILE)
@_for_packs
@in_folder
@in_language
def trust_key(file: Path, packs: tuple[str, ...], folder: Path | None, lang: str) -> None:
    """Trust the public key in FILE, for what it says or for fewer packs."""
    from portal.adapters.package_keys import read_public

    key = read_public(file, packs)
    trust_of(folder).trust(key)
    _print(translator(lang)(msg("%(publisher)s may sign %(prefixes)s by the key %(key)s")), key)


@command.command("list")
@in_folder
@in_language
def list_keys(folder: Path | None, lang: str) -> None:
    """List the keys that are trusted here, and the highest versions seen."""
    say, trust = translator(lang), trust_of(folder)
    for key in trust.keys().values():
        _print(say(msg("%(publisher)s may sign %(prefixes)s by the key %(key)s")), key)
    for (publisher, pack), (version, digest) in sorted(trust.seen().versions.items()):
        told = say(msg("seen of %(publisher)s: %(pack)s %(version)s, digest %(digest)s"))
        click.echo(told % {"publisher": publisher, "pack": pack, "version": version, "digest": digest[:12]})


def _print(text: str, key: object) -> None:
    from portal.core.packages import TrustedKey

    assert isinstance(key, TrustedKey)
    click.echo(text % {"publisher": key.publisher, "prefixes": ", ".join(key.prefixes), "key": key.id})
