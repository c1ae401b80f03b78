"""What a request costs at two commits, measured in turns: ``python -m benchmarks.commits BEFORE [AFTER]``.

Both arguments are checkouts; by default AFTER is this one. Each gets a database of its own with demo cases, made by its
own code, then the rounds alternate, so that a machine that grows slower is slower for both. Printed are statements and
the median of the rounds' CPU milliseconds, with the ratio of the rounds pair by pair.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Side:
    """One checkout with its own instance of the portal."""

    checkout: Path
    instance: Path

    @property
    def environment(self) -> dict[str, str]:
        """Return the environment in which this side's own code runs."""
        return os.environ | {
            "PYTHONPATH": str(self.checkout),
            "PORTAL_ENV": "demo",
            "PORTAL_INSTANCE": str(self.instance),
        }

    def run(self, *words: str) -> str:
        """Run a module of this side; return what it printed."""
        done = subprocess.run(
            [sys.executable, "-m", *words],
            cwd=self.checkout,
            env=self.environment,
            check=True,
            capture_output=True,
            text=True,
        )
        return done.stdout

    def prepare(self, cases: int) -> None:
        """Make the database and fill it."""
        for words in (("db", "upgrade"), ("db", "seed"), ("demo", "load", "--cases", str(cases))):
            self.run("portal", *words)

    def measure(self, request: str, calls: int) -> tuple[int, float]:
        """Return the statements and the median CPU milliseconds of a warm request."""
        lines = self.run("benchmarks.inside", "--only", request, "--rounds", str(calls)).splitlines()
        found = next(line for line in lines if line.startswith(request))
        statements, _calls, _best, median = found[16:].split()
        return int(statements), float(median)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="benchmarks.commits", description=__doc__)
    parser.add_argument("before", type=Path)
    parser.add_argument("after", type=Path, nargs="?", default=HERE)
    parser.add_argument("--request", default="create")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--calls", type=int, default=200)
    parser.add_argument("--cases", type=int, default=1000)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="portal-commits-") as folder:
        sides = [
            Side(checkout.resolve(), Path(folder) / name)
            for name, checkout in (("before", options.before), ("after", options.after))
        ]
        for side in sides:
            side.prepare(options.cases)
        pairs = []
        for number in range(options.rounds):
            before, after = (side.measure(options.request, options.calls) for side in sides)
            pairs.append((before, after))
            print(
                f"round {number + 1}: statements {before[0]} -> {after[0]}, "
                f"CPU {before[1]:.2f} -> {after[1]:.2f} ms, ratio {after[1] / before[1]:.3f}",
                flush=True,
            )
    ratio = statistics.median(after[1] / before[1] for before, after in pairs)
    cpu = [statistics.median(pair[side][1] for pair in pairs) for side in (0, 1)]
    print(
        f"{options.request}: CPU {cpu[0]:.2f} -> {cpu[1]:.2f} ms, median ratio of {len(pairs)} rounds {ratio:.3f}"
    )


if __name__ == "__main__":
    main()
