"""A virtual environment that holds a wheel and what it says it needs: linked from here, not downloaded anew."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterable
from importlib.metadata import Distribution, distribution
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name


def environment(folder: Path, wheel: Path, *needs: str) -> Path:
    """Make an environment at ``folder`` with a wheel and, of all that is installed here, only ``needs``."""
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder], check=True)
    python = folder / "bin" / "python"
    pip = [sys.executable, "-m", "pip", "--python", python, "--disable-pip-version-check"]
    subprocess.run([*pip, "install", "--quiet", "--no-deps", "--no-index", wheel], check=True)
    (packages,) = folder.glob("lib/python*/site-packages")
    for found in closure(needs):
        for name in {file.parts[0] for file in found.files or ()} - {"..", "__pycache__"}:
            if not (packages / name).exists():
                (packages / name).symlink_to(found.locate_file(name))
    return python


def closure(needs: Iterable[str]) -> list[Distribution]:
    """Return the distributions that requirements name, and all that these require."""
    found: dict[str, Distribution] = {}
    waiting, known = [(need, "") for need in needs], set()
    while waiting:
        need, extra = waiting.pop()
        requirement = Requirement(need)
        if requirement.marker is not None and not requirement.marker.evaluate({"extra": extra}):
            continue
        name = canonicalize_name(requirement.name)
        found.setdefault(name, distribution(name))
        assert requirement.specifier.contains(found[name].version, prereleases=True), need
        for wanted in ("", *requirement.extras):
            if (name, wanted) not in known:
                known.add((name, wanted))
                waiting += [(one, wanted) for one in found[name].requires or ()]
    return list(found.values())
