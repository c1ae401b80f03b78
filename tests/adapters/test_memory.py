"""What was used once and is free again goes back to the system."""

from __future__ import annotations

import ctypes
import subprocess
import sys

import pytest

# Texts with gaps between them: the heap stays as long as its last piece, and only its free pages can go back.
USED_ONCE = """
from pathlib import Path
from portal.adapters.memory import give_back
def held():
    return int(next(x for x in Path("/proc/self/status").read_text().splitlines() if "VmRSS" in x).split()[1])
many = [bytes(20_000) for _ in range(4_000)]
last = bytes(20_000)
del many
before = held()
give_back()
print(before - held())
"""


@pytest.mark.skipif(not hasattr(ctypes.CDLL(None), "malloc_trim"), reason="only glibc can be asked to")
def test_free_pages_below_a_piece_that_is_still_used_go_back() -> None:
    done = subprocess.run([sys.executable, "-c", USED_ONCE], capture_output=True, text=True, check=True)
    assert int(done.stdout) > 60_000
