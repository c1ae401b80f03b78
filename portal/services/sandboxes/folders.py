"""Where sandboxes lie: a folder for each draft, in it one generation that is complete, named by a small file.

All that a web process needs to know of a sandbox is read from there at each request: another process may have begun
it anew, or thrown it away.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import fcntl
import json
import os
import re
import secrets
import shutil
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from portal.core.errors import Conflict, NotFound, msg

DAYS = 14
MOST = 20
MOST_BYTES = 200 * 1024 * 1024
_STATE, _LOCK = "current.json", ".lock"
_UID = re.compile(r"[0-9a-f]{32}")


@dataclass(frozen=True, slots=True)
class Sandbox:
    """A sandbox that is complete: its draft, the generation of its files, the draft's position when it was made."""

    draft: str
    generation: str
    position: int
    made_at: str
    made_by: str

    @property
    def since(self) -> dt.datetime:
        """Return when it was made."""
        return dt.datetime.fromisoformat(self.made_at)

    @property
    def until(self) -> dt.datetime:
        """Return when it is thrown away."""
        return self.since + dt.timedelta(days=DAYS)


@dataclass(frozen=True, slots=True)
class Sandboxes:
    """The folder of all sandboxes of an installation."""

    root: Path

    @classmethod
    def at(cls, instance: Path) -> Sandboxes:
        """Return the sandboxes in the folder of an installation."""
        return cls(instance / "try")

    def of(self, draft: str) -> Sandbox | None:
        """Return the sandbox of a draft as it stands now; None where there is none."""
        try:
            said = json.loads((self._home(draft) / _STATE).read_text(encoding="utf-8"))
        except (FileNotFoundError, ValueError):
            return None
        found = Sandbox(**said)
        return found if self.folder(found).is_dir() else None

    def folder(self, sandbox: Sandbox) -> Path:
        """Return the folder with the files of a sandbox."""
        return self._home(sandbox.draft) / sandbox.generation

    def database(self, sandbox: Sandbox) -> Path:
        """Return the file of a sandbox's database."""
        return self.folder(sandbox) / "portal.db"

    def size(self, sandbox: Sandbox) -> int:
        """Return how many bytes a sandbox takes."""
        sizes = []
        for path in self.folder(sandbox).rglob("*"):
            with contextlib.suppress(OSError):
                sizes.append(path.stat().st_size)
        return sum(sizes)

    def all(self) -> list[Sandbox]:
        """Return all sandboxes."""
        names = [path.name for path in self.root.iterdir()] if self.root.is_dir() else []
        return [
            found for name in sorted(names) if _UID.fullmatch(name) and (found := self.of(name)) is not None
        ]

    def require_room(self, draft: str) -> None:
        """Raise Conflict where another sandbox would be one too many."""
        others = [one for one in self.all() if one.draft != draft]
        if len(others) >= MOST:
            text = msg("There are %(count)s sandboxes already; one of them has to end first")
            raise Conflict("sandbox.many", text, {"count": len(others)})

    @contextlib.contextmanager
    def making(self) -> Iterator[None]:
        """Hold the one place in which a sandbox is made: one at a time in all processes."""
        self.root.mkdir(parents=True, exist_ok=True, mode=0o700)
        with open(self.root / _LOCK, "w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def fresh(self, draft: str) -> tuple[str, Path]:
        """Return the name and the empty folder of a generation that is not in use yet."""
        generation = secrets.token_hex(8)
        folder = self._home(draft) / generation
        folder.mkdir(parents=True, mode=0o700)
        return generation, folder

    def take_up(self, sandbox: Sandbox) -> None:
        """Let a generation be the sandbox of its draft, and throw the earlier ones away."""
        home = self._home(sandbox.draft)
        fresh = home / f".{_STATE}.{sandbox.generation}"
        fresh.write_text(json.dumps(asdict(sandbox)), encoding="utf-8")
        os.replace(fresh, home / _STATE)
        for path in home.iterdir():
            if path.is_dir() and path.name != sandbox.generation:
                shutil.rmtree(path, ignore_errors=True)

    def remove(self, draft: str) -> bool:
        """Throw the sandbox of a draft away with everything in it; False where there was none."""
        home = self._home(draft)
        there = home.is_dir()
        (home / _STATE).unlink(missing_ok=True)
        shutil.rmtree(home, ignore_errors=True)
        return there

    def left_over(self, now: dt.datetime) -> list[str]:
        """Return the drafts whose sandbox is older than its days, or was never completed."""
        if not self.root.is_dir():
            return []
        found = []
        for path in sorted(self.root.iterdir()):
            if not _UID.fullmatch(path.name):
                continue
            sandbox = self.of(path.name)
            begun = dt.datetime.fromtimestamp(path.stat().st_mtime, dt.UTC)
            until = sandbox.until if sandbox is not None else begun + dt.timedelta(days=1)
            if until <= now:
                found.append(path.name)
        return found

    def _home(self, draft: str) -> Path:
        if not _UID.fullmatch(draft):
            raise NotFound("draft.unknown", msg("There is no such draft"))
        return self.root / draft
