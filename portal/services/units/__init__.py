"""The management tree: look up, search, add, correct, move."""

from portal.services.units.cached_values import Home, UnitName
from portal.services.units.centres import CentreRef, all_centres, centre_of
from portal.services.units.changes import add, correct, move, rename
from portal.services.units.loading import LoadReport, load
from portal.services.units.lookup import (
    UnitNode,
    by_code,
    by_id,
    children,
    codes_under,
    kept_names,
    labels,
    names,
    trail,
)
from portal.services.units.release_cache import home_at, kept_home, kept_path
from portal.services.units.tree import UnitTree

__all__ = [
    "CentreRef",
    "Home",
    "LoadReport",
    "UnitName",
    "UnitNode",
    "UnitTree",
    "add",
    "all_centres",
    "by_code",
    "by_id",
    "centre_of",
    "children",
    "codes_under",
    "correct",
    "home_at",
    "kept_home",
    "kept_names",
    "kept_path",
    "labels",
    "load",
    "move",
    "names",
    "rename",
    "trail",
]
