"""The checker: every problem of packs at once, each with file, pointer and remedy."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import partial

from portal.core import pointer as pointers
from portal.core.errors import Problem, msg
from portal.core.packs import formats, schemas
from portal.core.packs.chains import Layers
from portal.core.packs.check.causes import brought_below, own_first, unread_first, with_causes
from portal.core.packs.check.centres import same_agencies, same_units
from portal.core.packs.check.documents import left_out, without_template
from portal.core.packs.check.examples import more_fired
from portal.core.packs.check.registry import Context, Memo, run_checks
from portal.core.packs.contents import divisions_of
from portal.core.packs.layer import Layer
from portal.core.packs.places import placed
from portal.core.packs.resolve import Resolved, resolve_layers
from portal.core.packs.source import PackLibrary, manifest_path

# Each module of this package registers its checks when it is imported.
for _module in pkgutil.iter_modules(__path__):
    importlib.import_module(f"{__name__}.{_module.name}")

_OWN_CHECKER = frozenset({"rules"})  # compiling reports what their schema would, in better words


def check(
    library: PackLibrary, pack_ids: Iterable[str] | None = None, memo: Memo | None = None
) -> list[Problem]:
    """Check packs (all of the library by default) with everything they extend; each problem appears once.

    With one ``memo`` for several calls, things that did not change between them are checked once.
    """
    layers = Layers(library)
    wanted = list(pack_ids) if pack_ids is not None else library.ids()
    found = list(library.problems())
    memo = memo or Memo()
    packs = [resolve_layers(pack_id, layers) for pack_id in wanted]
    for resolved in packs:
        found.extend(_check_chain(resolved, memo))
    lost = {
        problem.file for problem in found if problem.code == "reference.unit" and problem.pointer == "/unit"
    }
    placed_packs = [pack for pack in packs if manifest_path(pack.pack) not in lost]
    between = [*same_units(placed_packs), *same_agencies(placed_packs)]
    return _tidy([*found, *_in_words(packs, between)])


def _in_words(packs: list[Resolved], problems: Iterable[Problem]) -> Iterator[Problem]:
    """Yield problems between packs with their places in words."""
    for problem in problems:
        of_pack = [pack for pack in packs if f"/{pack.pack}/" in problem.file]
        yield placed(of_pack[-1], problem) if of_pack else problem


def notes(library: PackLibrary, pack_ids: Iterable[str] | None = None) -> list[Problem]:
    """Return what packs leave open without a fault: documents that are printed plainly, and rules of lower packs
    that fire in examples of the packs above; each note appears once.
    """
    layers = Layers(library)
    wanted = list(pack_ids) if pack_ids is not None else library.ids()
    packs = [resolve_layers(pack_id, layers) for pack_id in wanted]
    whole = [resolved for resolved in packs if resolved.whole]
    found = [
        (resolved, note)
        for resolved in whole
        for note in (*without_template(resolved), *left_out(resolved), *more_fired(resolved))
    ]
    return _tidy(placed(resolved, note) for resolved, note in found)


def check_resolved(resolved: Resolved) -> list[Problem]:
    """Check one resolved chain: its files, its merge, its bundle."""
    return _tidy([*_check_chain(resolved, Memo()), *same_agencies([resolved])])


def _check_chain(resolved: Resolved, memo: Memo) -> Iterator[Problem]:
    """Yield the problems of a chain with their causes, each with its place in words."""
    found = list(with_causes(resolved, _found_in(resolved, memo)))
    found = list(brought_below(resolved, found, partial(_found_in, memo=memo)))
    for problem in own_first(resolved, found):
        yield placed(resolved, problem)


def _found_in(resolved: Resolved, memo: Memo) -> Iterator[Problem]:
    """Yield the problems of a chain: of each file, of the merge, of the bundle."""
    yield from resolved.problems
    in_files = [problem for layer in resolved.chain for problem in check_files(layer, memo)]
    yield from in_files
    yield from divisions_of(resolved.chain)[1]
    if not resolved.whole:
        return
    misfits = dict(_misfits(resolved, memo))
    context = Context(resolved, frozenset(misfits), memo)
    unread = unread_first(resolved.problems)
    placed = [problem for where, found in misfits.items() for problem in context.relocate(found, where)]
    known = {(problem.file, problem.pointer, problem.code) for problem in in_files}
    for problem in [*placed, *run_checks(context)]:
        if (problem.file, problem.pointer, problem.code) not in known:
            yield problem if unread is None else replace(problem, cause=unread)


def check_files(layer: Layer, memo: Memo) -> Iterator[Problem]:
    """Check the files of one pack, each on its own."""
    manifest = f"seed/{layer.id}/{formats.MANIFEST}"
    for file in layer.files.values():
        fmt = file.place.format
        if fmt.schema not in _OWN_CHECKER:
            whole = file.path == manifest or fmt.schema == "story"
            test = schemas.check_complete if whole else schemas.check_file
            yield from memo.once(file.path, file.value, partial(test, fmt.schema, file.value, file=file.path))
    declared = layer.files[manifest].value if manifest in layer.files else None
    if isinstance(declared, dict) and declared.get("id") not in (None, layer.id):
        params = {"id": declared["id"], "pack": layer.id}
        yield Problem(
            "pack.id",
            msg("The pack calls itself %(id)s, but lies in the folder of %(pack)s"),
            params,
            manifest,
            "/id",
            msg("Let the identifier and the folder agree"),
        )


def _misfits(resolved: Resolved, memo: Memo) -> Iterator[tuple[str, list[Problem]]]:
    """Yield the things of the bundle that do not fit the full schema of their format, with the problems."""
    for fmt in formats.FORMATS:
        if not fmt.section or fmt.section not in resolved.bundle or fmt.schema in _OWN_CHECKER:
            continue
        section, base = resolved.bundle[fmt.section], pointers.join([fmt.section])
        things = (
            {pointers.join([key], base): item for key, item in section.items()}
            if fmt.keyed
            else {base: section}
        )
        for where, value in things.items():
            problems = memo.once(fmt.schema, value, partial(schemas.check_complete, fmt.schema, value))
            if problems:
                yield where, problems


def _tidy(problems: Iterable[Problem]) -> list[Problem]:
    """Return each problem once, by file, pointer and code."""
    unique = {
        (p.file, p.pointer, p.code, repr(sorted(p.params.items(), key=lambda item: item[0]))): p
        for p in problems
    }
    return [unique[key] for key in sorted(unique)]
