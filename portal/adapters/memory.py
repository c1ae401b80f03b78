"""Memory that was used once and is free again goes back to the system."""

from __future__ import annotations

import ctypes
import gc


def give_back() -> None:
    """Collect garbage and return the free pages of the C library's heaps to the system, where it is glibc.

    A process that works now and then would else hold the most that any work ever needed.
    """
    gc.collect()
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)
