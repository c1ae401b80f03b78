"""An upgrade of a database of the first schema is killed at one moment after another, and run again."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, event, inspect, text
from sqlalchemy.engine import make_url

from portal.adapters.keyring import Keyring
from portal.persistence import migrate
from portal.persistence.database import Database, build_engine
from portal.services import audit
from portal.services.portal import Portal
from tests.fixtures import released
from tests.proofs.frame import Number, Place, at_least, equal, proof

KILLED = -signal.SIGKILL


def upgrade_until(url: str, last: int) -> int:
    """Upgrade, and be killed before the statement or the commit with a number; return how many there were."""
    engine = build_engine(url)
    passed = 0

    def moment(*_: Any) -> None:
        nonlocal passed
        passed += 1
        if passed == last:
            os.kill(os.getpid(), signal.SIGKILL)

    event.listen(engine, "before_cursor_execute", moment)
    event.listen(engine, "commit", moment)
    migrate.upgrade(engine)
    engine.dispose()
    return passed


def in_a_process(url: str, last: int) -> tuple[int, str]:
    """Return the exit code and what was said."""
    code = f"from tests.proofs.upgrade_killed import upgrade_until; print(upgrade_until({url!r}, {last}))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    return done.returncode, done.stdout.strip() or done.stderr[-2000:]


def dump(engine: Engine) -> dict[str, list[tuple[Any, ...]]]:
    """Return all rows of all tables."""
    with engine.connect() as connection:
        return {
            table: sorted(
                (tuple(row) for row in connection.execute(text(f'SELECT * FROM "{table}"'))), key=repr
            )
            for table in inspect(connection).get_table_names()
        }


class Copies:
    """Gives a fresh copy of the old database for each kill."""

    def __init__(self, place: Place) -> None:
        self.place = place
        self.made = 0
        self.first = (
            released.released_sqlite(place.folder)
            if place.kind == "sqlite"
            else released.released_postgresql(place.server)
        )

    def fresh(self) -> str:
        self.made += 1
        if self.place.kind == "sqlite":
            target = self.place.folder / f"copy{self.made}" / "portal.db"
            target.parent.mkdir()
            shutil.copy(str(make_url(self.first).database), target)
            return f"sqlite:///{target}"
        return self.place.server.copy(str(make_url(self.first).database))

    def drop(self, url: str) -> None:
        if self.place.kind == "sqlite":
            shutil.rmtree(Path(str(make_url(url).database)).parent)
        else:
            self.place.server.drop(url)


@proof(
    "upgrade",
    "An upgrade killed before any statement or commit is run again and ends like one that was never killed",
    minutes=9,
    small={"most": 6},
    large={"most": 60},
)
def upgrade_killed(place: Place, most: int) -> Iterator[Number]:
    copies = Copies(place)
    whole = copies.fresh()
    code, said = in_a_process(whole, 0)
    yield equal("exit code of an upgrade that nobody kills", 0, code)
    moments = int(said)
    engine = build_engine(whole)
    wanted = dump(engine)
    engine.dispose()
    copies.drop(whole)
    # The first and the last, and as many between as asked for, evenly.
    chosen = sorted(
        {1 + round(n * (moments - 1) / max(1, min(most, moments) - 1)) for n in range(min(most, moments))}
    )
    faults = []
    for number in chosen:
        url = copies.fresh()
        if fault := fault_after_kill(url, number, wanted):
            faults.append((number, fault))
        copies.drop(url)
    yield at_least("moments at which it was killed", min(most, moments), len(chosen))
    yield equal(f"of {moments} moments after which something is lost or otherwise", [], faults)
    copies.drop(copies.first) if place.kind == "postgresql" else None


def fault_after_kill(url: str, number: int, wanted: dict[str, list[tuple[Any, ...]]]) -> str:
    """Kill an upgrade, run it again, and return what is not as it should be."""
    code, said = in_a_process(url, number)
    if code != KILLED:
        return f"it was not killed: {code} {said}"
    database = Database.connect(url)
    try:
        if migrate.upgrade(database.engine) != migrate.head():
            return "the head was not reached"
        if differences := migrate.differences(database.engine):
            return f"tables differ: {differences[:3]}"
        found = dump(database.engine)
        if found != wanted:
            return f"rows differ: {[name for name in wanted if found.get(name) != wanted[name]]}"
        if not audit.verify(Portal(database, keys=Keyring.from_texts(released.DATA_KEY))).clean:
            return "the audit log does not verify"
    finally:
        database.dispose()
    return ""
