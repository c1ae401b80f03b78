"""The panels of a record's page: each is one registration, in a module of this package or outside of it."""

from __future__ import annotations

import importlib
import pkgutil

from portal.web.records.panels.registry import PANELS, Panel, Place, Shown, always, shown

# Each module of this package registers its panels when it is imported.
for _module in pkgutil.iter_modules(__path__):
    importlib.import_module(f"{__name__}.{_module.name}")

__all__ = ["PANELS", "Panel", "Place", "Shown", "always", "shown"]
