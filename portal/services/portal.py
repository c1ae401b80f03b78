"""What every use case needs, put together once per process."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Self

from sqlalchemy.orm import Session

from portal.adapters.clock import Clock, SystemClock
from portal.adapters.keyring import Keyring
from portal.adapters.matching import TimedMatcher
from portal.core.access import Access, Origin
from portal.core.forms import matching
from portal.core.hints import Hints
from portal.core.rules import RuleEngine
from portal.persistence.database import Database
from portal.persistence.models import Unit
from portal.persistence.moments import set_now
from portal.persistence.unit_of_work import UnitOfWork
from portal.services.bundles import BundleCache
from portal.services.calendars import Imported
from portal.services.picking import KeptUnits
from portal.services.stamped import Stamped
from portal.services.units.cached_values import Home, UnitName
from portal.services.units.centres import CentreRef
from portal.services.units.in_force import Switches
from portal.settings import Settings


class Work(UnitOfWork):
    """A unit of work of this portal."""

    def __init__(
        self, portal: Portal, access: Access, origin: Origin, stamp: tuple[int, int] | None = None
    ) -> None:
        super().__init__(portal.database, access, origin, portal.clock.now(), portal.clock.today())
        self.portal = portal
        set_now(self.session, lambda: self.now)
        # Under it units may be taken as they are kept, by those who make sure before they end that it still holds.
        self.stamp = None if stamp is None else portal.switches.stamp(self.session, stamp[0], self.now)


@dataclass(frozen=True, slots=True)
class Policy:
    """What an operator decides about roles: who confirms them, and what administrators see."""

    second_person: bool = True
    admin_records: bool = False


OPEN = Policy(second_person=False, admin_records=True)


@dataclass(frozen=True, slots=True)
class Portal:
    """The database, the clock, the engine of rules, the keys and the caches of one process."""

    database: Database
    clock: Clock = field(default_factory=SystemClock)
    engine: RuleEngine | None = None
    bundles: BundleCache = field(default_factory=BundleCache)
    accesses: Stamped[int, Access] = field(default_factory=Stamped)
    homes: Stamped[str, Home] = field(default_factory=Stamped)
    unit_names: Stamped[int | str, UnitName] = field(default_factory=Stamped)
    unit_paths: Stamped[str, str] = field(default_factory=Stamped)
    units: Stamped[str, Unit] = field(default_factory=Stamped)
    places: Stamped[str, CentreRef] = field(default_factory=Stamped)
    centres: Stamped[int, CentreRef] = field(default_factory=Stamped)
    receivers: Stamped[str, bool] = field(default_factory=Stamped)
    calendars: Stamped[str, Imported] = field(default_factory=Stamped)
    choices: KeptUnits = field(default_factory=KeptUnits)
    switches: Switches = field(default_factory=Switches)
    keys: Keyring = field(default_factory=Keyring.random)
    policy: Policy = field(default_factory=Policy)
    hints: Hints = field(default_factory=Hints)
    # The folder of local files; None for a portal that has none.
    instance: Path | None = None

    def __post_init__(self) -> None:
        """Match the patterns of forms in limited time, in the whole process."""
        matching.use(TimedMatcher())

    @classmethod
    def from_settings(cls, settings: Settings) -> Self:
        """Return the portal that the settings describe, with durable_rules as its engine."""
        from portal.adapters.rule_engine import shared_engine

        keys = Keyring.from_texts(settings.data_key, settings.old_data_keys)
        policy = Policy(settings.second_person, settings.admin_records)
        return cls(
            Database.connect(settings.database_url),
            engine=shared_engine(),
            keys=keys,
            policy=policy,
            hints=settings.hints,
            instance=settings.instance_path,
        )

    @classmethod
    def from_url(
        cls, url: str, clock: Clock | None = None, keys: Keyring | None = None, policy: Policy = OPEN
    ) -> Self:
        """Return a portal on the database at ``url`` whose rules are decided by the reference evaluator.

        Without ``keys`` it has some that nobody else has, for as long as it lives. Roles hold at once there, unless the
        ``policy`` says otherwise: it is for work of the system and for trying things out.
        """
        return cls(
            Database.connect(url), clock or SystemClock(), keys=keys or Keyring.random(), policy=policy
        )

    def at(self, clock: Clock) -> Portal:
        """Return the same portal at another time."""
        return replace(self, clock=clock)

    @contextmanager
    def reading(self, access: Access, origin: Origin | None = None) -> Iterator[Session]:
        """Open a session that sees what ``access`` may see."""
        with self.database.reading(access, origin) as session:
            set_now(session, self.clock.now)
            yield session

    def writing(
        self, access: Access, origin: Origin | None = None, stamp: tuple[int, int] | None = None
    ) -> Work:
        """Begin a unit of work; use it as a context manager and call ``commit``.

        With the ``stamp`` of the request it may go by units as they are kept (``TreeChanged``).
        """
        return Work(self, access, origin or Origin(), stamp)
