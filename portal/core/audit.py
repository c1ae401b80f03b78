"""Tamper evidence of the audit log as plain arithmetic: what an entry hashes to, what a seal holds, what differs.

An entry carries the hash of its own content from the moment it is written. A seal orders a batch of stored entries:
it holds their ids, a root over their hashes and the hash of the seal before it. Nobody has to wait for it.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from portal.core.canonical import digest

# Everything an entry says, in one fixed set: a column added later takes part from then on only by a new version.
FIELDS = (
    "at",
    "actor_id",
    "actor",
    "ip",
    "request_id",
    "channel",
    "action",
    "kind",
    "object_id",
    "unit_path",
    "release_id",
    "reason",
    "fields",
    "before",
    "after",
)
MARK = 8
MAX_BATCH = 100_000
MAX_FIELD_NAMES = 2_000
Range = tuple[int, int]


def content_hash(entry: Mapping[str, Any]) -> str:
    """Return the SHA-256 of what an entry says, the same before it is stored and after it is read again."""
    return digest({name: _plain(entry.get(name)) for name in FIELDS})


def _plain(value: Any) -> Any:
    """Return ``value`` as both databases give it back."""
    match value:
        case dt.datetime():
            return value.astimezone(dt.UTC).isoformat(timespec="microseconds")
        case float() if value.is_integer():
            # PostgreSQL keeps 1e16 as 10000000000000000 and forgets the sign of zero.
            return int(value)
        case Mapping():
            return {str(key): _plain(member) for key, member in value.items()}
        case list() | tuple():
            return [_plain(member) for member in value]
        case _:
            return value


def field_names(*halves: Mapping[str, Any] | None) -> str:
    """Return the names of the fields that before and after speak of: what may be searched without the values."""
    names: set[str] = set()
    for half in halves:
        for name, value in (half or {}).items():
            if name == "data" and isinstance(value, Mapping):
                names.update(f"/{member}" for member in value)
            else:
                names.add(str(name))
    return " ".join(sorted(names))[:MAX_FIELD_NAMES]


def pack(ids: Sequence[int]) -> str:
    """Return ascending ids as ranges: ``1-40,43``."""
    return ",".join(str(low) if low == high else f"{low}-{high}" for low, high in ranges_of(ids))


def unpack(text: str) -> list[Range]:
    """Return the ranges of a packed text; ValueError for a text that is none."""
    found: list[Range] = []
    for part in text.split(",") if text else ():
        low, _, high = part.partition("-")
        found.append((int(low), int(high or low)))
    return found


def ranges_of(ids: Iterable[int]) -> list[Range]:
    """Return ascending ids as ranges."""
    found: list[Range] = []
    for one in ids:
        if found and found[-1][1] == one - 1:
            found[-1] = (found[-1][0], one)
        else:
            found.append((one, one))
    return found


def holes(ids: Sequence[int], after: int) -> list[Range]:
    """Return the ranges of ids between ``after`` and the last of ``ids`` that are missing."""
    found: list[Range] = []
    for low, high in ranges_of(ids):
        if low > after + 1:
            found.append((after + 1, low - 1))
        after = high
    return found


def members(ranges: Iterable[Range]) -> Iterator[int]:
    """Yield each id of some ranges."""
    for low, high in ranges:
        yield from range(low, high + 1)


@dataclass(frozen=True, slots=True)
class Seal:
    """One sealed batch. ``marks`` are the beginnings of the entries' hashes: they tell where the root broke."""

    number: int
    entries: str
    count: int
    root: str
    marks: str
    previous: str
    at: dt.datetime
    hash: str

    def ranges(self) -> list[Range]:
        """Return the ranges of the entries it holds; none where they were tampered with beyond use."""
        try:
            found = unpack(self.entries)
        except ValueError:
            return []
        return found if sum(high - low + 1 for low, high in found) == self.count <= MAX_BATCH else []

    def computed_hash(self) -> str:
        """Return what the seal's content hashes to."""
        names = ("number", "entries", "count", "root", "marks", "previous", "at")
        return digest({name: _plain(getattr(self, name)) for name in names})


def make_seal(number: int, pairs: Sequence[tuple[int, str]], previous: str, at: dt.datetime) -> Seal:
    """Return the seal over (id, hash) pairs, ascending by id, that follows the seal whose hash is ``previous``."""
    ids = [key for key, _ in pairs]
    marks = "".join(hashed[:MARK] for _, hashed in pairs)
    draft = Seal(number, pack(ids), len(ids), root_of(pairs), marks, previous, at, "")
    return Seal(number, draft.entries, draft.count, draft.root, marks, previous, at, draft.computed_hash())


def root_of(pairs: Iterable[tuple[int, str]]) -> str:
    """Return the hash over the hashes of a batch, in order."""
    running = hashlib.sha256()
    for key, hashed in pairs:
        running.update(f"{key}:{hashed}\n".encode())
    return running.hexdigest()


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is not as it was sealed. ``kind``: entry.changed|removed|inserted|reordered, seal.…, anchor.…"""

    kind: str
    seal: int | None = None
    entry: int | None = None
    note: str = ""

    def place(self) -> str:
        """Return where it is, the way a file and line are named."""
        named = {"seal": self.seal, "entry": self.entry}
        return ":".join(f"{name}/{number}" for name, number in named.items() if number is not None) or "audit"


@dataclass(frozen=True, slots=True)
class Hashed:
    """An entry as found: the hash it carries, and the hash of what it says now."""

    stored: str
    computed: str


def check_seal(seal: Seal, previous: str, found: Mapping[int, Hashed]) -> list[Finding]:
    """Return everything about a seal and its entries that does not fit."""
    findings: list[Finding] = []
    if seal.hash != seal.computed_hash():
        findings.append(Finding("seal.changed", seal.number, note="its content does not match its hash"))
    if seal.previous != previous:
        findings.append(Finding("seal.unlinked", seal.number, note="it does not follow the seal before it"))
    ids = list(members(seal.ranges()))
    if len(ids) != seal.count:
        return findings or [Finding("seal.changed", seal.number, note="its entries cannot be read")]
    findings += _entries(seal, ids, found)
    pairs = ((key, found[key].computed) for key in ids if key in found)
    if not findings and root_of(pairs) != seal.root:
        findings.append(Finding("entry.changed", seal.number, note="the root over its entries differs"))
    return findings


def _entries(seal: Seal, ids: Sequence[int], found: Mapping[int, Hashed]) -> Iterator[Finding]:
    marks = {key: seal.marks[i * MARK : (i + 1) * MARK] for i, key in enumerate(ids)}
    moved: list[int] = []
    for key in ids:
        entry = found.get(key)
        if entry is None:
            yield Finding("entry.removed", seal.number, key)
        elif entry.stored != entry.computed:
            yield Finding("entry.changed", seal.number, key, "what it says does not match its hash")
        elif entry.computed[:MARK] != marks[key]:
            moved.append(key)
    wanted = {marks[key] for key in ids}
    for key in moved:
        known = found[key].computed[:MARK] in wanted
        kind, note = (
            ("entry.reordered", "it was sealed at another place")
            if known
            else ("entry.changed", "it is not what was sealed")
        )
        yield Finding(kind, seal.number, key, note)


@dataclass(frozen=True, slots=True)
class Anchor:
    """The head of the seals as it once was, kept outside of the database."""

    seal: int
    hash: str
    at: str = ""

    def to_json(self) -> dict[str, Any]:
        """Return the anchor as one line of an anchor file holds it."""
        return {"seal": self.seal, "hash": self.hash, "at": self.at}


def read_anchors(text: str) -> list[Anchor]:
    """Return the anchors of a file, one JSON object a line; ValueError for anything else."""
    found: list[Anchor] = []
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip():
            continue
        try:
            raw = json.loads(line)
            found.append(Anchor(int(raw["seal"]), str(raw["hash"]), str(raw.get("at", ""))))
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise ValueError(f"line {number} is no anchor") from error
    return found
