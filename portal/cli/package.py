"""``portal package``: packs as signed files, to carry between servers."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click

import portal
from portal.cli import package_apply, package_keys, package_plan
from portal.cli.config_parts import (
    acting,
    from_roots,
    in_json,
    in_language,
    in_store,
    library_of,
    print_json,
    print_problems,
    resolved_or_exit,
)
from portal.cli.package_parts import FILE, in_folder, opened, print_manifest, receiver_of
from portal.core import packages
from portal.core.errors import InvalidInput, Translator, msg
from portal.i18n import translator


@click.group("package")
def command() -> None:
    """Build, look at and verify packages: one pack in one version as a signed file."""


command.add_command(package_keys.command)
for _command in (*package_plan.COMMANDS, *package_apply.COMMANDS):
    command.add_command(_command)


@command.command("build")
@click.argument("pack")
@click.argument("file", type=FILE)
@click.option("--key", type=FILE, help="The private key that signs it; without one no portal lets it in.")
@click.option("--changelog", type=FILE, help="A text file that says what is new.")
@click.option(
    "--portal",
    "lowest",
    default=portal.__version__,
    metavar="VERSION",
    help="The lowest version of the portal that can use it; this one by default.",
)
@from_roots
@in_store
@in_language
def build_package(
    pack: str,
    file: Path,
    key: Path | None,
    changelog: Path | None,
    lowest: str,
    roots: Sequence[Path],
    store: bool,
    lang: str,
) -> None:
    """Write PACK with all its files into FILE; equal content gives equal bytes."""
    from portal.adapters.package_keys import SigningKey

    say = translator(lang)
    resolved = resolved_or_exit(pack, library_of(roots, store, [pack]), say)
    signing = SigningKey.read(key) if key is not None else None
    if signing is not None and not signing.trusted.may_sign(pack):
        raise InvalidInput(
            "package.prefix",
            msg("The key of %(publisher)s may sign %(prefixes)s, not %(pack)s"),
            {
                "publisher": signing.trusted.publisher,
                "prefixes": ", ".join(signing.trusted.prefixes),
                "pack": pack,
            },
        )
    text = _text_of(changelog, say) if changelog is not None else ""
    sign = signing.sign if signing is not None else None
    content = packages.build(resolved, portal=lowest, changelog=text, sign=sign)
    try:
        with file.open("xb") as target:
            target.write(content)
    except FileExistsError as error:
        raise click.ClickException(say(msg("%(file)s is there already")) % {"file": file}) from error
    told = say(msg("%(pack)s, %(size)s bytes, digest %(digest)s"))
    layer = resolved.chain[-1]
    click.echo(told % {"pack": layer.reference, "size": len(content), "digest": layer.digest})


def _text_of(file: Path, say: Translator) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        told = say(msg("%(file)s cannot be used: %(why)s"))
        raise click.ClickException(told % {"file": file, "why": say(msg("it is not text"))}) from error


@command.command("inspect")
@click.argument("file", type=FILE)
@in_language
@in_json
def inspect_package(file: Path, lang: str, as_json: bool) -> None:
    """Show what FILE says of itself, whoever signed it; exit 1 where it is damaged or contradicts itself."""
    found = opened(file, packages.inspect, translator(lang))
    if as_json:
        print_json({**found.manifest.to_json(), "signed_by": found.signer})
        return
    print_manifest(found, translator(lang))


@command.command("import")
@click.argument("file", type=FILE)
@in_folder
@in_language
def import_package(file: Path, folder: Path | None, lang: str) -> None:
    """Verify FILE and bring its pack into the store of the database, whole or not at all; publishes nothing.

    The packs that it stands on have to be in the store already, with the content that the package was made for.
    """
    from portal.core.packs.layer import load_layer
    from portal.services.releases.layers import StoreLibrary, import_layer, reference
    from portal.settings import Settings

    say, demo = translator(lang), Settings.from_env().demo
    with acting("import", say, "package") as uow:
        trust, receiver = receiver_of(folder, StoreLibrary(uow.session))
        found = opened(file, lambda content: packages.verify(content, receiver), say)
        if found.warnings:
            print_problems(found.warnings, say)
            raise click.ClickException(say(msg("Bring the packs in that this one stands on first")))
        stored, new = import_layer(uow, found.source, load_layer(found.source), demo=demo)
        done = say(msg("stored")) if new else say(msg("nothing new"))
        told = f"{reference(stored)} {stored.digest[:12]}: {done}"
    trust.remember_version(found.publisher, found.manifest)
    click.echo(told)


@command.command("verify")
@click.argument("file", type=FILE)
@in_folder
@from_roots
@in_store
@in_language
def verify_package(file: Path, folder: Path | None, roots: Sequence[Path], store: bool, lang: str) -> None:
    """Say whether FILE may be used here: signed by a trusted key, whole, not older than what was seen; exit 1 if not.

    What was seen is kept: an older version of the pack from the same publisher is refused from then on.
    """
    say = translator(lang)
    trust, receiver = receiver_of(folder, library_of(roots, store))
    found = opened(file, lambda content: packages.verify(content, receiver), say)
    trust.remember_version(found.publisher, found.manifest)
    print_problems(found.warnings, say)
    print_manifest(found, say)
    click.echo(say(msg("the package is whole, and its signature holds")))
