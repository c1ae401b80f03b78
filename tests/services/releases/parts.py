"""What the tests of releases share: small packs that are published, and the acts on them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from portal.adapters.clock import FixedClock
from portal.core.access import Access
from portal.core.packs import MemoryLibrary, resolve
from portal.core.zone import LOCAL
from portal.services import releases, units
from portal.services.portal import Portal
from portal.services.units.centres import CentreRef, centre_at
from tests.fixtures import small_packs
from tests.fixtures.database import TODAY

SYSTEM = Access.system("test")


@dataclass
class MovedClock:
    """A clock that a test moves."""

    moment: dt.datetime = field(default_factory=lambda: FixedClock.on(TODAY).now())

    def now(self) -> dt.datetime:
        return self.moment

    def today(self) -> dt.date:
        return self.moment.astimezone(LOCAL).date()

    def forward(self, **amount: float) -> None:
        self.moment += dt.timedelta(**amount)


def changed(version: str = "1.1.0", value: str = "b", **more: Any) -> dict[str, Any]:
    """Return Xishan's pack with another version and another setting."""
    files = small_packs.county("county/xs", "530112", "西山区", "西综", **more)
    manifest = files["seed/pack.json"] | {"version": version}
    return files | {"seed/pack.json": manifest, "seed/settings.json": {"values": {"a": value}}}


def packs(files: Mapping[str, dict[str, Any]]) -> MemoryLibrary:
    """Return the small packs with others on top."""
    return small_packs.library(dict(files))


def publish(
    portal: Portal,
    pack: str,
    files: dict[str, Any],
    centre: str | None = None,
    who: Access = SYSTEM,
    reason: str = "",
    **terms: Any,
) -> releases.ReleaseRef:
    """Publish one pack with the small ones around it."""
    with portal.writing(who) as uow:
        made = releases.publish(
            uow,
            resolve(pack, packs({pack: files})),
            centre,
            reason=reason,
            verify=False,
            terms=releases.Terms(**terms),
        )
        uow.commit()
    return made


def centre(portal: Portal, code: str) -> CentreRef:
    """Return the centre of a unit as a portal sees it now."""
    with portal.reading(SYSTEM) as session:
        found = centre_at(session, units.by_code(session, code).id)
    assert found is not None
    return found


def city_with(
    centres: Mapping[str, Mapping[str, str]], version: str = "1.0.0", **more: Any
) -> dict[str, Any]:
    """Return the city's pack that opens centres for counties."""
    manifest = small_packs.CITY["seed/pack.json"] | {"version": version}
    return small_packs.CITY | {"seed/pack.json": manifest, "seed/units.json": {"centres": centres}} | more


def twin(portal: Portal, clock: MovedClock | None = None) -> Portal:
    """Return the portal of another process on the same database."""
    url = portal.database.engine.url.render_as_string(False)
    return Portal.from_url(url, clock or FixedClock.on(TODAY))
