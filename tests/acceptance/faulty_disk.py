"""A disk that a test may fill, or make unreliable, for the processes it starts; see faulty_disk.c."""

from __future__ import annotations

import mmap
import shutil
import struct
import subprocess
import tempfile
from pathlib import Path

FULL, UNSYNCED = 1, 2
SOURCE = Path(__file__).with_name("faulty_disk.c")


class FaultyDisk:
    """The switches of the library, and the environment that puts it before a program."""

    def __init__(self, path: str) -> None:
        # Readable for whoever runs the server: PostgreSQL's processes are not the test's own.
        self.folder = Path(tempfile.mkdtemp(prefix="portal-disk-"))
        self.folder.chmod(0o755)
        library, state = self.folder / "faulty_disk.so", self.folder / "state"
        compiler = shutil.which("cc") or shutil.which("gcc")
        assert compiler, "a C compiler is needed, as for the rule engine"
        subprocess.run([compiler, "-shared", "-fPIC", "-O1", "-o", library, SOURCE, "-ldl"], check=True)
        state.write_bytes(bytes(16))
        state.chmod(0o666)
        with state.open("r+b") as file:
            self._state = mmap.mmap(file.fileno(), 16)
        self.environment = {
            "LD_PRELOAD": str(library),
            "FAULTY_STATE": str(state),
            "FAULTY_PATH": path,
        }

    def fail(self, what: int) -> None:
        """Let it fail from now on: FULL to the last byte, or UNSYNCED."""
        self._state[:] = struct.pack("ll", what, 0)

    def mend(self) -> None:
        """Let it work again."""
        self._state[:] = struct.pack("ll", 0, 0)

    def close(self) -> None:
        self._state.close()
        shutil.rmtree(self.folder, ignore_errors=True)
