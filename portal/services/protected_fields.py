"""Which fields of a release are personal or sensitive, with what lies around them and in them."""

from __future__ import annotations

from portal.core import pointer as pointers
from portal.services.bundles import Bundle


def is_protected(bundle: Bundle, etype: str, pointer: str) -> bool:
    """Tell whether a field, something around it or something in it is personal or sensitive."""
    parts = pointers.split(pointer)
    return any(pointers.meets(parts, pointers.split(one.pointer)) for one in bundle.protected(etype))
