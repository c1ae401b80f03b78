"""Packs on the disk: finds pack roots and reads pack files safely."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from portal.adapters.shipped import shipped_root as shipped_root
from portal.core import strict_json
from portal.core.errors import Conflict, DefinitionError, Problem, msg
from portal.core.packs.formats import ASSET_SUFFIXES, FOLDERS, MANIFEST, PACK_ID
from portal.core.packs.source import PackSource, fits, manifest_path

MAX_FILE = 2_000_000
MAX_FILES = 500
MAX_PACK = 16_000_000
MAX_PACKS = 2_000
_SUFFIXES = (".json", ".csv", *ASSET_SUFFIXES)
PATH_VARIABLE = "PORTAL_PACK_PATH"


def default_library(extra: Iterable[Path | str] = ()) -> PackFiles:
    """Return the shipped packs together with those of PORTAL_PACK_PATH and of ``extra`` roots, samples left out."""
    return PackFiles([shipped_root(), *own_roots(), *(Path(part) for part in extra)])


def library_with(packs: Iterable[str], extra: Iterable[Path | str] = ()) -> PackFiles:
    """Return the default library, with the samples where a pack asked for is one of them.

    What an operator has under the same name comes first.
    """
    library = default_library(extra)
    whole = PackFiles(library.roots, samples=True)
    return whole if (set(packs) - set(library.ids())) & set(whole.ids()) else library


def shipped_samples() -> tuple[PackFiles, list[str]]:
    """Return the shipped packs alone with the samples among them, and the identifiers of these."""
    whole = PackFiles([shipped_root()], samples=True)
    return whole, sorted(set(whole.ids()) - set(PackFiles([shipped_root()]).ids()))


def own_roots() -> list[Path]:
    """Return the roots that PORTAL_PACK_PATH names."""
    return [Path(part) for part in os.environ.get(PATH_VARIABLE, "").split(os.pathsep) if part]


@dataclass
class PackFiles:
    """A library of packs in one or more root folders; nothing outside of a root is ever read.

    A pack whose manifest says ``"sample": true`` is in it only with ``samples``, and never where another root has a
    pack of that name that is none.
    """

    roots: Sequence[Path]
    samples: bool = False
    _homes: dict[str, Path] | None = field(default=None, repr=False)
    _problems: list[Problem] = field(default_factory=list, repr=False)

    def ids(self) -> list[str]:
        """Return the identifiers of all packs."""
        return sorted(self._locate())

    def source(self, pack_id: str, version: str | None = None) -> PackSource | None:
        """Read the files of a pack, assets too; what is refused is left out and reported.

        Folders hold one version of a pack: None when another one is wanted.
        """
        root = self._locate().get(pack_id)
        if root is None:
            return None
        source = _read_pack(root, pack_id, frozenset(self._locate()))
        return source if fits(source.files, pack_id, version) else None

    def problems(self) -> list[Problem]:
        """Return what is wrong with the roots: none there, a pack in two roots, files of no pack."""
        self._locate()
        return list(self._problems)

    def _locate(self) -> dict[str, Path]:
        if self._homes is None:
            self._homes, self._problems = _find_packs(self.roots, self.samples)
        return self._homes


def _find_packs(roots: Sequence[Path], with_samples: bool) -> tuple[dict[str, Path], list[Problem]]:
    homes: dict[str, Path] = {}
    samples: dict[str, Path] = {}
    problems: list[Problem] = []
    for root in dict.fromkeys(Path(root).resolve() for root in roots):
        if not (root / "seed").is_dir():
            problems.append(_problem("root", msg("There is no seed folder with packs here"), str(root)))
            continue
        for pack_id in sorted(_packs_in(root)):
            found = samples if _is_sample(root, pack_id) else homes
            if pack_id in found:
                problems.append(_twice(pack_id, root, found[pack_id]))
            elif len(found) < MAX_PACKS:
                found[pack_id] = root
        problems.extend(_strays(root, {*homes, *samples}))
    return (samples | homes if with_samples else homes), problems


def _is_sample(root: Path, pack_id: str) -> bool:
    """Tell whether a manifest says that its pack is a sample; one that can't be read says nothing."""
    name = manifest_path(pack_id)
    content = _read_file(root / name, root, name, [])
    manifest = strict_json.loads(content)[0] if content is not None else None
    return isinstance(manifest, dict) and manifest.get("sample") is True


def _packs_in(root: Path) -> Iterator[str]:
    base = root / "seed"
    for folder, subfolders, files in os.walk(base, followlinks=False):
        subfolders.sort()
        if MANIFEST in files:
            pack_id = Path(folder).relative_to(base).as_posix()
            if PACK_ID.fullmatch(pack_id):
                yield pack_id


def _strays(root: Path, known: set[str]) -> Iterator[Problem]:
    """Yield a problem for each JSON file, table or asset that lies in no pack's folder."""
    for name in FOLDERS:
        base = root / name
        for path in sorted(base.rglob("*")):
            if path.suffix in _SUFFIXES and _owner(path.relative_to(base).parent.as_posix(), known) is None:
                yield _problem(
                    "stray_file",
                    msg("The file belongs to no pack"),
                    path.relative_to(root).as_posix(),
                    msg("Move it into a pack's folder, or give its folder a seed/<pack>/pack.json"),
                )


def _owner(folder: str, known: set[str] | frozenset[str]) -> str | None:
    """Return the pack whose folder ``folder`` is or lies in; the longest name wins."""
    while folder not in ("", "."):
        if folder in known:
            return folder
        folder = folder.rpartition("/")[0]
    return None


def _read_pack(root: Path, pack_id: str, known: frozenset[str]) -> PackSource:
    files: dict[str, bytes] = {}
    problems: list[Problem] = []
    total = 0
    for path in _candidates(root, pack_id, known):
        name = path.relative_to(root).as_posix()
        content = _read_file(path, root, name, problems)
        if content is None:
            continue
        total += len(content)
        if len(files) >= MAX_FILES or total > MAX_PACK:
            problems.append(
                _problem("pack_size", msg("The pack has too many or too large files"), f"seed/{pack_id}")
            )
            break
        files[name] = content
    return PackSource(pack_id, files, tuple(problems), str(root))


def _candidates(root: Path, pack_id: str, known: frozenset[str]) -> Iterator[Path]:
    """Yield the files of one pack, but not those of packs whose folders lie inside its own."""
    for name in FOLDERS:
        base = root / name
        for folder, subfolders, filenames in os.walk(base / pack_id, followlinks=False):
            here = Path(folder)
            subfolders[:] = sorted(sub for sub in subfolders if not _ignored(sub))
            if _owner(here.relative_to(base).as_posix(), known) != pack_id:
                continue
            # A linked folder is not walked into; yielding it lets the reader refuse it by name.
            linked = [sub for sub in subfolders if (here / sub).is_symlink()]
            yield from (
                here / filename for filename in sorted([*filenames, *linked]) if not _ignored(filename)
            )


def _ignored(name: str) -> bool:
    return name.startswith((".", "__")) or name.endswith((".md", ".py", ".pyc"))


def _read_file(path: Path, root: Path, name: str, problems: list[Problem]) -> bytes | None:
    if path.is_symlink() or not path.resolve().is_relative_to(root) or not path.is_file():
        remedy = msg("Put a copy of the file in its place")
        problems.append(_problem("link", msg("Links and special files are not read"), name, remedy))
        return None
    try:
        with path.open("rb") as stream:
            content = stream.read(MAX_FILE + 1)
    except OSError as error:
        problems.append(
            _problem("unreadable", msg("The file can't be read: %(why)s"), name, why=error.strerror)
        )
        return None
    if len(content) > MAX_FILE:
        problems.append(
            _problem("file_size", msg("The file is larger than %(limit)s bytes"), name, limit=MAX_FILE)
        )
        return None
    return content


def _problem(code: str, message: str, file: str, remedy: str = "", **params: object) -> Problem:
    return Problem(f"pack.{code}", message, params, file, remedy=remedy)


def _twice(pack_id: str, root: Path, first: Path) -> Problem:
    return _problem(
        "twice",
        msg("The pack %(pack)s stands in two roots; the one in %(first)s is used"),
        str(root / "seed" / pack_id / MANIFEST),
        msg("Rename or remove one of them"),
        pack=pack_id,
        first=str(first),
    )


def write_pack(root: Path, pack_id: str, files: Mapping[str, bytes]) -> None:
    """Write the files of a pack below ``root``; refused where one of them is there already."""
    for path in files:
        folder, _, inner = path.partition("/")
        if folder not in FOLDERS or not inner.startswith(f"{pack_id}/") or ".." in Path(path).parts:
            raise DefinitionError(
                "pack.path", msg("The file %(path)s lies in no folder of the pack"), {"path": path}
            )
    for path in files:
        if (root / path).exists():
            raise Conflict("pack.there", msg("The folder holds this pack already: %(path)s"), {"path": path})
    for path, content in files.items():
        target = root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)
    (root / "seed").mkdir(parents=True, exist_ok=True)


def write_new_root(folder: Path, files: Mapping[str, bytes]) -> None:
    """Write a folder with files that was not there before: whole, or not at all.

    The files are written beside it under another name, which is then changed; Conflict where the folder is there.
    """
    refuse_existing(folder)
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=f".{folder.name}.", dir=folder.parent) as beside:
        whole = Path(beside) / "whole"
        for path, content in files.items():
            target = whole / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content)
        refuse_existing(folder)
        whole.rename(folder)


def refuse_existing(folder: Path) -> None:
    """Raise Conflict where a file or folder is there already."""
    if folder.exists() or folder.is_symlink():
        raise Conflict(
            "pack.folder_there",
            msg("%(folder)s is there already: give the name of a folder that does not exist yet"),
            {"folder": str(folder)},
        )
