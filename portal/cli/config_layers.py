"""``portal config import``, ``export`` and ``layers``: between files and the store."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import click

from portal.adapters.pack_files import PackFiles, write_pack
from portal.cli.config_parts import acting, fail, in_language, print_problems
from portal.cli.opening import open_portal
from portal.core.errors import Problem, msg
from portal.core.packs import Layers, PackLibrary, PackSource
from portal.core.packs.source import split_reference
from portal.core.zone import LOCAL
from portal.i18n import translator


@dataclass
class FilesOverStore:
    """A folder of packs; the packs that they extend may lie in the store."""

    files: PackFiles
    store: PackLibrary

    def ids(self) -> list[str]:
        """Return the identifiers of all packs of both."""
        return sorted({*self.files.ids(), *self.store.ids()})

    def source(self, pack_id: str, version: str | None = None) -> PackSource | None:
        """Return the files of a pack, from the store where the folder does not hold them."""
        return self.files.source(pack_id, version) or self.store.source(pack_id, version)

    def problems(self) -> list[Problem]:
        """Return the problems of the folder."""
        return self.files.problems()


@click.command("import")
@click.argument("folder", type=click.Path(path_type=Path, exists=True, file_okay=False))
@click.argument("packs", nargs=-1)
@in_language
def import_packs(folder: Path, packs: tuple[str, ...], lang: str) -> None:
    """Bring the packs of FOLDER, all by default, into the store; nothing is published by that."""
    from portal.services.releases.layers import StoreLibrary, import_layer, reference
    from portal.settings import Settings

    say, demo = translator(lang), Settings.from_env().demo
    files = PackFiles([folder], samples=True)
    if files.problems():
        print_problems(files.problems(), say)
        raise fail(lang, msg("The folder can't be imported"))
    with acting("import", say) as uow:
        library = FilesOverStore(files, StoreLibrary(uow.session))
        layers = Layers(library)
        for pack in sorted(packs or files.ids(), key=lambda one: len(layers.chain(one)[0])):
            source, layer = files.source(pack), layers.get(pack)
            if source is None or layer is None:
                raise fail(lang, msg("There is no pack %(pack)s"), pack=pack)
            stored, new = import_layer(uow, source, layer, demo=demo)
            done = say(msg("stored")) if new else say(msg("nothing new"))
            click.echo(f"{reference(stored)} {stored.digest[:12]}: {done}")


@click.command("export")
@click.argument("pack")
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
@in_language
def export_pack(pack: str, folder: Path, lang: str) -> None:
    """Write the files of PACK, or of PACK@VERSION, from the store into FOLDER, byte for byte."""
    from portal.core.access import Access
    from portal.core.errors import PortalError
    from portal.services.releases.layers import files_of, find_layer, reference

    say = translator(lang)
    with open_portal().reading(Access.system("portal config export")) as session:
        try:
            stored = find_layer(session, *split_reference(pack))
            files = files_of(session, stored)
            write_pack(folder, stored.pack, files)
        except PortalError as error:
            raise click.ClickException(error.text(say)) from error
        click.echo(f"{reference(stored)} {stored.digest[:12]}: {len(files)}")


@click.command("layers")
@click.argument("pack", required=False)
@in_language
def list_layers(pack: str | None, lang: str) -> None:
    """List the layers of the store, of one PACK or of all, the newest of each first."""
    from portal.core.access import Access
    from portal.services.releases.layers import reference, stored_layers

    with open_portal().reading(Access.system("portal config layers")) as session:
        found = stored_layers(session, pack)
        for one in found:
            when = f"{one.created_at.astimezone(LOCAL):%Y-%m-%d %H:%M}"
            click.echo(
                f"{reference(one):36} {one.digest[:12]} {one.origin:7} {one.parent or '-':24} "
                f"{when} {one.created_by}"
            )
    if not found:
        if pack is None:
            raise fail(lang, msg("The store holds nothing yet: publish or import a pack"))
        raise fail(lang, msg("The store holds no such layer"))


COMMANDS = (import_packs, export_pack, list_layers)
