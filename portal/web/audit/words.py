"""Audit entries in words: what was done to what, field by field, with personal values masked."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.core import acts
from portal.core import pointer as pointers
from portal.core.access import Access
from portal.core.encrypted import DESTROYED_TEXT, is_destroyed
from portal.core.errors import NotFound, msg
from portal.persistence.models import AuditEntry, Record, Release, Unit
from portal.services import releases
from portal.services.bundles import Bundle
from portal.services.portal import Portal
from portal.services.releases.states import WORDS as STATES
from portal.web.language import current, readable, translate
from portal.web.shell import format_moment

MASK = "••••••"
MAX_VALUE = 300
KINDS = {
    "user": msg("User"),
    "role": msg("Role"),
    "unit": msg("Unit"),
    "centre": msg("Centre"),
    "release": msg("Release"),
    "layer": msg("Layer"),
    "attachment": msg("File"),
    "group": msg("Group"),
    "portal": msg("Portal"),
    "job": msg("Background work"),
    "board": msg("Board"),
    "meeting": msg("Meeting"),
    "figure_comment": msg("Remark"),
    "board_export": msg("Figures to take out"),
    "import": msg("File of records"),
    "import_source": msg("Source of records"),
    "draft": msg("Draft of the configuration"),
    "rollout": msg("Plan for a new version"),
    "decision": msg("Decision on a new version"),
    "campaign": msg("Roll-out in waves"),
    "import_token": msg("Token of the feed"),
    "source_export": msg("Export to a source"),
    "destruction": msg("List of destruction"),
    "subject": msg("Copy for a person"),
}
CHANNELS = {
    "web": msg("web page"),
    "api": msg("interface (API)"),
    "cli": msg("command line"),
    "job": msg("background job"),
    "feed": msg("feed of another system"),
    "story": msg("story"),
}
# How a record was opened, as entries name it.
WAYS = {"page": msg("page"), "edit": msg("form"), "api": msg("interface (API)")}
NAMES = {
    "volumes": msg("Volumes"),
    "retention": msg("Class of keeping"),
    "ground": msg("Ground"),
    "proof": msg("How you made sure"),
    "by": msg("way"),
    "attempt": msg("attempt number"),
    "filters": msg("filters"),
    "file": msg("file"),
    "code": msg("number"),
    "title": msg("title"),
    "stage": msg("stage"),
    "lanes": msg("lanes"),
    "role": msg("role"),
    "roles": msg("roles"),
    "unit": msg("unit"),
    "status": msg("status"),
    "referral": msg("referral"),
    "active": msg("active"),
    "email": msg("email"),
    "first_name": msg("given name"),
    "last_name": msg("family name"),
    "username": msg("user name"),
    "last_login": msg("last sign-in"),
    "login_count": msg("sign-ins"),
    "fail_login_count": msg("failed sign-ins"),
    "fired": msg("rules that fired"),
    "to": msg("to"),
    "route": msg("route"),
    "mode": msg("mode"),
    "rule": msg("rule"),
    "overridden": msg("overridden"),
    "assist": msg("assisting"),
    "fields": msg("fields"),
    "until": msg("until"),
    "words": msg("What is to be done"),
    "due_on": msg("Due"),
    "release": msg("release"),
    "release_id": msg("release"),
    "periods": msg("periods"),
    "effective_at": msg("takes effect"),
    "state": msg("state"),
    "pack": msg("pack"),
    "version": msg("version"),
    "chain": msg("layers"),
    "columns": msg("filter fields"),
    "units": msg("units"),
    "digest": msg("digest"),
    "parent": msg("layer above"),
    "origin": msg("origin"),
    "files": msg("files"),
    "added": msg("added"),
    "rows": msg("rows"),
    "before": msg("taken over before"),
    "entered": msg("entered"),
    "left": msg("left out"),
    "source": msg("source"),
    "refreshed": msg("brought up to date"),
    "renews": msg("goes on from the draft"),
    "offered": msg("shown beside"),
    "undone": msg("taken back"),
    "kept": msg("kept"),
    "as": msg("taken out as"),
    "centres": msg("centres"),
    "changed": msg("changed"),
    "documents": msg("documents"),
    "event": msg("event"),
    "field": msg("field"),
    "form": msg("Form"),
    "grade": msg("grade"),
    "held": msg("held in the file"),
    "number": msg("how many"),
    "superior": msg("unit above"),
    "tasks": msg("tasks"),
    "gate": msg("gate"),
    "item": msg("item"),
    "done": msg("done"),
    "total": msg("in all"),
    "month": msg("month"),
    "indicators": msg("figures"),
    "table": msg("table"),
    "note": msg("note"),
    "count": msg("count"),
    "errors": msg("errors"),
    "advice": msg("advice"),
    "taken_at": msg("taken at"),
}
# What the program itself gives as a reason.
REASONS = {"publish": msg("published"), "seed": msg("set up"), "divisions": msg("list of divisions")}
DIGEST = 32
MOMENTS = frozenset({"effective_at", "until", "taken_at"})
RELEASES = frozenset({"release", "release_id"})


@dataclass(frozen=True, slots=True)
class Difference:
    """One field before and after."""

    label: str
    before: str
    after: str
    masked: bool


@dataclass(frozen=True, slots=True)
class Line:
    """One entry as the screen shows it."""

    entry: AuditEntry
    action: str
    tone: str
    kind: str
    thing: str
    url: str
    unit: str
    release: str
    channel: str
    differences: tuple[Difference, ...]

    @property
    def is_digest(self) -> bool:
        """Tell whether what stands for the thing is a long number that nobody reads."""
        return len(self.thing) >= DIGEST and not set(self.thing) - set("0123456789abcdef")

    @property
    def reason(self) -> str:
        """Return reason or purpose; where it is destroyed with its record, that in words."""
        given = self.entry.reason
        return translate(REASONS[given]) if given in REASONS else readable(given)


class Lines:
    """Puts a page of entries into words; names of units, numbers of records and releases are read once."""

    def __init__(
        self,
        portal: Portal,
        session: Session,
        access: Access,
        entries: Sequence[AuditEntry],
        here: Bundle | None,
    ) -> None:
        self.portal = portal
        self.session = session
        self.access = access
        self.entries = entries
        # Names the types in entries that belong to no release, such as a search.
        self.here = here

    def all(self) -> list[Line]:
        """Return the lines."""
        return [self._line(entry) for entry in self.entries]

    def _line(self, entry: AuditEntry) -> Line:
        bundle = self._bundle(entry.release_id)
        form = _Form(bundle, entry.kind, self._release)
        return Line(
            entry,
            translate(acts.words_of(entry.action)),
            acts.tone_of(entry.action),
            self._kind(entry, bundle),
            self.names.get(entry.object_id, "") or entry.object_id,
            f"/records/{entry.kind}/show/{entry.object_id}" if entry.object_id in self.visible else "",
            self.units.get(entry.unit_path, ""),
            self._release(entry.release_id) if bundle else "",
            translate(CHANNELS.get(entry.channel, entry.channel)),
            tuple(_differences(entry, form)),
        )

    def _kind(self, entry: AuditEntry, bundle: Bundle | None) -> str:
        for known in (bundle, self.here):
            definition = (known.raw.get("forms") or {}).get(entry.kind) if known else None
            if definition and known:
                return known.texts(current())(definition.get("title", entry.kind))
        return translate(KINDS.get(entry.kind, entry.kind))

    @cached_property
    def units(self) -> dict[str, str]:
        """Return the names of the units, by path."""
        paths = {entry.unit_path for entry in self.entries}
        return {
            unit.path: unit.name for unit in self.session.scalars(select(Unit).where(Unit.path.in_(paths)))
        }

    @cached_property
    def visible(self) -> set[str]:
        """Return which of the records the person may open."""
        uids = {entry.object_id for entry in self.entries}
        query = select(Record.uid, Record.etype).where(Record.uid.in_(uids))
        return {uid for uid, etype in self.session.execute(query) if self.access.can(etype, "show")}

    @cached_property
    def codes(self) -> dict[str, str]:
        """Return the numbers of the records: they name no person, so every reader of an entry sees them."""
        uids = {entry.object_id for entry in self.entries}
        with self.portal.reading(Access.system("audit: numbers of records")) as session:
            query = select(Record.uid, Record.code).where(Record.uid.in_(uids), Record.code.is_not(None))
            return {uid: str(code) for uid, code in session.execute(query)}

    @cached_property
    def names(self) -> dict[str, str]:
        """Return the words that stand for an identifier: numbers of records, packs and versions of releases."""
        digests = {entry.object_id for entry in self.entries if entry.kind == "release"}
        query = select(Release.digest, Release.pack, Release.version).where(Release.digest.in_(digests))
        found = self.session.execute(query) if digests else ()
        return self.codes | {digest: f"{pack} {version}" for digest, pack, version in found}

    def _release(self, release_id: Any) -> str:
        """Return pack and version of a release; its number where it can't be read."""
        bundle = self._bundle(release_id) if isinstance(release_id, int) else None
        return f"{bundle.pack} {bundle.version}" if bundle else str(release_id)

    def _bundle(self, release_id: int | None) -> Bundle | None:
        if release_id is None:
            return None
        try:
            return releases.pinned(self.portal, self.session, release_id)
        except NotFound:
            return None


class _Form:
    """What the release of an entry says about the fields of its type."""

    def __init__(self, bundle: Bundle | None, kind: str, release: Callable[[Any], str]) -> None:
        self.release = release
        definition = ((bundle.raw.get("forms") or {}).get(kind) if bundle else None) or {}
        self.known = bool(definition)
        self.record = self.known or kind not in KINDS
        self.texts = bundle.texts(current()) if bundle else str
        self.schema: Mapping[str, Any] = definition.get("schema") or {}
        fields = (definition.get("ui") or {}).get("fields") or {}
        self.secret = [pointers.split(pointer) for pointer, ui in fields.items() if ui.get("sensitivity")]

    def masks(self, pointer: str) -> bool:
        """Return whether values at a pointer are personal, or could be: what no release knows is masked."""
        if not self.record or pointer in ("code", "stage", "by", "filters", "file", "fired"):
            return False
        if pointer in NAMES and pointer != "title":
            return False
        if not self.known or pointer == "title" or pointer.startswith("/form/"):
            return True
        return any(pointers.meets(_parts(pointer), secret) for secret in self.secret)

    def label(self, pointer: str) -> str:
        """Return the titles of a field and what it lies in."""
        if not pointer.startswith("/"):
            return translate(NAMES.get(pointer, pointer))
        nodes = self._nodes(pointer)
        return " / ".join(self.texts(str(node.get("title", part))) for part, node in nodes) or pointer

    def words(self, pointer: str, value: Any) -> Any:
        """Return the title of a choice; any other value as it is."""
        if not pointer.startswith("/"):
            return self._plain(pointer, value)
        nodes = self._nodes(pointer)
        if isinstance(value, list):
            return [self._title(nodes[-1][1].get("items") or {}, one) for one in value] if nodes else value
        return self._title(nodes[-1][1], value) if nodes else value

    def _plain(self, name: str, value: Any) -> Any:
        """Return a value that is none of the form's in words, where there are some."""
        if value is None:
            return None
        if name == "columns" and isinstance(value, Mapping):
            return list(value)  # the fields; where their values lie tells nobody anything
        if name in RELEASES:
            return self.release(value)
        if name in MOMENTS and isinstance(value, str):
            return format_moment(dt.datetime.fromisoformat(value))
        words: Mapping[str, str] = {"by": WAYS, "state": STATES}.get(name, {})
        return translate(words[value]) if isinstance(value, str) and value in words else value

    def _title(self, node: Mapping[str, Any], value: Any) -> Any:
        options = {
            one.get("const"): one.get("title") for one in node.get("oneOf") or () if isinstance(one, Mapping)
        }
        title = options.get(value) if isinstance(value, str) else None
        return self.texts(str(title)) if title else value

    def _nodes(self, pointer: str) -> list[tuple[str, Mapping[str, Any]]]:
        """Return the schemas on the way to a field, each with its name; nothing for an unknown field."""
        node: Mapping[str, Any] = self.schema
        found: list[tuple[str, Mapping[str, Any]]] = []
        for part in _parts(pointer):
            items = node.get("items")
            inner = (node.get("properties") or {}).get(part) or (
                items if isinstance(items, Mapping) else None
            )
            if not isinstance(inner, Mapping):
                return []
            node = inner
            found.append((part, node))
        return found


def _differences(entry: AuditEntry, form: _Form) -> Iterator[Difference]:
    if is_destroyed(entry.before) or is_destroyed(entry.after):
        yield from _destroyed(entry, form)
        return
    before, after = _flat(entry.before), _flat(entry.after)
    for pointer in dict.fromkeys([*before, *after]):
        old, new = before.get(pointer), after.get(pointer)
        if old == new:
            continue
        masked = form.masks(pointer)
        was, now = (_shown(form.words(pointer, one), masked) for one in (old, new))
        if was or now:
            yield Difference(form.label(pointer), was, now, masked)


def _destroyed(entry: AuditEntry, form: _Form) -> Iterator[Difference]:
    """Yield the names of the fields, which stay; their values are gone with the record."""
    gone = translate(DESTROYED_TEXT)
    before, after = (gone if is_destroyed(half) else "" for half in (entry.before, entry.after))
    for pointer in entry.fields.split():
        yield Difference(form.label(pointer), before, after, True)


def _flat(half: Mapping[str, Any] | None) -> dict[str, Any]:
    """Return the fields of before or after: pointers into the data, and plain names for all else."""
    found: dict[str, Any] = {}
    for name, value in (half or {}).items():
        if name == "data" and isinstance(value, Mapping):
            found.update(pointers.leaves(value))
        elif name == "form" and isinstance(value, Mapping):
            found.update({f"/form{pointer}": member for pointer, member in pointers.leaves(value)})
        else:
            found[name] = value
    return found


def _shown(value: Any, masked: bool) -> str:
    if value is None or value == "" or value == [] or value == {}:
        return ""
    if masked:
        return MASK
    if isinstance(value, bool):
        return translate(msg("yes")) if value else translate(msg("no"))
    text = value if isinstance(value, str) else _listed(value) or json.dumps(value, ensure_ascii=False)
    return text if len(text) <= MAX_VALUE else text[:MAX_VALUE] + "…"


def _listed(value: Any) -> str:
    """Return a list of plain values or of layers, or a flat object, as one line; empty for anything else."""
    if isinstance(value, Mapping):
        members = [f"{name}: {one}" if isinstance(one, str | int) else None for name, one in value.items()]
    else:
        members = [_member(one) for one in value] if isinstance(value, list) else []
    return ", ".join(one for one in members if one is not None) if None not in members else ""


def _member(value: Any) -> str | None:
    if isinstance(value, Mapping) and {"id", "version"} <= value.keys():
        return f"{value['id']} {value['version']}"
    return str(value) if isinstance(value, str | int | float) else None


def _parts(pointer: str) -> list[str]:
    """Return the tokens of a pointer; a plain name leads nowhere into the data."""
    return pointers.split(pointer) if pointer.startswith("/") else []
