"""An import of a package that is killed leaves all or nothing, at whichever step (check 21)."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from portal.adapters.package_keys import SigningKey, TrustFolder
from tests.cli.test_package_import import PACK, Receiving, package

ROOT = Path(__file__).parents[2]
# Of the statements and commits of an import each so many one is where it is killed.
STRIDE = int(os.environ.get("PORTAL_TEST_IMPORT_STRIDE", "5"))
LEAST = 30 // STRIDE


def test_an_import_killed_at_any_step_leaves_all_or_nothing(shipped_url: str, tmp_path: Path) -> None:
    receiving = Receiving(shipped_url, tmp_path / "receiving", SigningKey.new("昆明市", [f"{PACK}/*"]))
    TrustFolder(receiving.folder / "package-keys").trust(receiving.key.trusted)
    file = package(receiving, tmp_path, "1.2.0")
    done = subprocess.run(
        [sys.executable, "-m", "tests.acceptance.killing_imports", str(file), str(STRIDE)],
        cwd=ROOT,
        env={**os.environ, **receiving.environment},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    before, after = found[0][1:], found[-1][1:]
    assert len(found) > LEAST
    assert (after[0], after[2]) == (before[0] + 1, before[2] + 1)
    assert after[1] > before[1]
    killed = [counts for was_killed, *counts in found[:-1] if was_killed]
    assert len(killed) == len(found) - 1
    assert [counts for counts in killed if counts not in (before, after)] == []
    # One that was killed after its commit is there; the next finds nothing to do.
    assert killed.count(before) > LEAST // 2
