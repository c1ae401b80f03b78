"""Take the measures of docs/flask-appbuilder.md away, one at a time, and see that their tests fail.

Use: ``python -m tests.security.without_measures [PART…]`` — PART a part of a gap's name, to try those alone. It works
in a copy of the repository's files: nothing here is touched. Each test of a measure has to pass with it and to fail
without it. Exit code 1 where some do not fail, 2 where nothing could be tried. Takes about half an hour for all of
them, so it is run by hand; CI runs the tests.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

from tests.security.measures import Measure

ROOT = Path(__file__).parents[2]
TABLES = (
    "tests.security.measures",
    "tests.security.measures_data",
    "tests.security.measures_people",
    "tests.security.measures_faults",
)
# Made by `make setup`, and so not among the files of the repository.
MADE = ("translations/**/*.mo", "portal/web/static/vendor/**/*")
SECONDS = 600
# A broken import or fixture is an ERROR, and no failing test.
FAILED = re.compile(r"^FAILED tests/\S*::(.+)$", re.MULTILINE)


def measures(parts: list[str]) -> list[Measure]:
    """Return the measures whose gap holds one of the parts; all without any."""
    known = [one for name in TABLES if find_spec(name) for one in import_module(name).MEASURES]
    return [one for one in known if not parts or any(part.lower() in one.gap.lower() for part in parts)]


def copy_to(folder: Path) -> None:
    """Copy the files of the repository, and what is made out of them."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True)
    made = (path.relative_to(ROOT) for pattern in MADE for path in ROOT.glob(pattern))
    for name in {*listed.stdout.split("\0"), *map(str, made)}:
        if (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, folder / name)


def run(folder: Path, *tests: str) -> subprocess.CompletedProcess[str]:
    """Run tests in the copy."""
    # Compiled files would outlive an edit made within the same second.
    environment = os.environ | {"PYTHONPATH": str(folder), "PYTHONDONTWRITEBYTECODE": "1", "COLUMNS": "160"}
    command = [sys.executable, "-m", "pytest", "-q", "-x", "--tb=line", "-p", "no:cacheprovider", *tests]
    return subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, timeout=SECONDS, check=False
    )


def failures(folder: Path, measure: Measure) -> list[str | None]:
    """Return how each of a measure's tests fails without it; None for a test that does not."""
    file = folder / measure.file
    whole = file.read_text(encoding="utf-8")
    file.write_text(whole.replace(measure.text, measure.instead), encoding="utf-8")
    try:
        return [_failure(folder, test) for test in measure.tests]
    finally:
        file.write_text(whole, encoding="utf-8")


def _failure(folder: Path, test: str) -> str | None:
    done = run(folder, test)
    if done.returncode == 1 and (found := FAILED.search(done.stdout)):
        return found[1]
    print(f"{done.stdout[-1500:]}{done.stderr[-500:]}\n{test}: pytest ended with {done.returncode}")
    return None


def main(parts: list[str]) -> int:
    """Try the measures; return the exit code."""
    chosen = measures(parts)
    odd = [one for one in chosen if (ROOT / one.file).read_text(encoding="utf-8").count(one.text) != 1]
    for one in odd:
        print(f"{one.gap}: its text is not exactly once in {one.file}")
    if odd or not chosen:
        print("nothing was tried")
        return 2
    with tempfile.TemporaryDirectory(prefix="portal-without-") as name:
        folder = Path(name)
        copy_to(folder)
        whole = run(folder, *sorted({test for one in chosen for test in one.tests}))
        if whole.returncode:
            print(f"the tests do not pass as it is\n{whole.stdout[-3000:]}{whole.stderr[-1000:]}")
            return 2
        missing = 0
        for one in chosen:
            seen = failures(folder, one)
            missing += None in seen
            print(f"{one.gap}: {'GAP NOT SHOWN' if None in seen else 'test fails without it'}")
            print(*(f"    {how}" for how in seen if how), sep="\n", flush=True)
    print(f"{len(chosen) - missing} of {len(chosen)} shown")
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
