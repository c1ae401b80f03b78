"""The shipped packs, resolved once."""

from __future__ import annotations

import functools
from datetime import date
from typing import Any

import pytest

from portal.adapters.pack_files import PackFiles, shipped_root
from portal.core.packs import Resolved, resolve
from portal.core.rules import RuleSet, compile_rule_set
from portal.core.taxonomy import taxonomies

DISTRICTS = ("county/zhuji", "county/guandu", "county/uxin", "county/yuyang")
PACKS = ("base", "city/kunming", "county/xishan", "county/jinning", "county/wuhua", *DISTRICTS)
COUNTIES = PACKS[2:]
TODAY = date(2026, 5, 6)


class Shipped:
    """The shipped packs by identifier: resolved bundles and compiled rule sets."""

    def __init__(self) -> None:
        self.library = PackFiles([shipped_root()], samples=True)

    @functools.cache  # noqa: B019 (lives as long as the session)
    def resolved(self, pack: str) -> Resolved:
        return resolve(pack, self.library)

    def bundle(self, pack: str) -> dict[str, Any]:
        return self.resolved(pack).bundle

    @functools.cache  # noqa: B019
    def rules(self, pack: str) -> RuleSet:
        bundle = self.bundle(pack)
        return compile_rule_set(bundle["rules"]["referral"], taxonomies=taxonomies(bundle), file=pack)

    def refers(self, pack: str, facts: dict[str, Any]) -> list[dict[str, Any]]:
        """Return what the pack's rules propose about a record."""
        return [action.data for action in self.rules(pack).decide(facts, today=TODAY).of("refer")]


@pytest.fixture(scope="session")
def shipped() -> Shipped:
    return Shipped()


@pytest.fixture(params=PACKS)
def pack(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(params=COUNTIES)
def county(request: pytest.FixtureRequest) -> str:
    return str(request.param)
