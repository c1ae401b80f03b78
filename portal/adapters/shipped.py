"""Where the shipped packs and catalogues lie."""

from __future__ import annotations

from pathlib import Path

import portal


def shipped_root() -> Path:
    """Return the root of the shipped packs: the checkout, or their copy inside the installed package."""
    package = Path(portal.__file__).resolve().parent
    return package.parent if (package.parent / "form_definitions").is_dir() else package / "_shipped"
