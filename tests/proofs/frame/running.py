"""Running proofs with their large numbers: each in a process of its own, so that one that hangs hurts no other."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

from tests.proofs.frame.numbers import Number, at_most, equal
from tests.proofs.frame.table import Proof, Repeated

ROOT = Path(__file__).parents[3]
# Set for the test that runs a proof: take the large numbers, and write each into this file.
REPORT = "PORTAL_PROOF_REPORT"
_PASSED = re.compile(r"(\d+) passed")
_LAST = 40


def note(number: Number) -> None:
    """Hand a number over to who runs the proofs."""
    if path := os.environ.get(REPORT):
        with open(path, "a", encoding="utf-8") as file:
            file.write(json.dumps(asdict(number), ensure_ascii=False) + "\n")


def numbers_of(one: Proof | Repeated) -> Iterator[tuple[str, Number]]:
    """Run a proof; yield each of its numbers with the kind of database as soon as it is known."""
    until = time.monotonic() + 60 * one.minutes
    if isinstance(one, Repeated):
        yield "tests", _repeat(one, until)
        return
    for kind in one.databases:
        for number in _run(one, kind, until):
            yield kind, number


def _repeat(one: Repeated, until: float) -> Number:
    failed, said = 1, ""
    with tempfile.NamedTemporaryFile("w+", encoding="utf-8") as log:
        process = _pytest([*one.tests], one.large, log.fileno())
        failed = _wait(process, until)
        said = Path(log.name).read_text(encoding="utf-8")
    passed = _PASSED.search(said)
    if failed or not passed:
        print("\n".join(said.splitlines()[-_LAST:]), flush=True)
    return equal("tests that fail", 0, 0 if passed and not failed else f"some: exit code {failed}")


def _run(one: Proof, kind: str, until: float) -> Iterator[Number]:
    with tempfile.TemporaryDirectory() as folder:
        report, log = Path(folder) / "numbers", Path(folder) / "log"
        report.touch()
        test = f"tests/proofs/test_proofs.py::test_a_proof_holds[{one.name}-{kind}]"
        with log.open("w", encoding="utf-8") as output:
            process = _pytest([test], {REPORT: str(report)}, output.fileno())
            seen = 0
            while True:
                ended = process.poll() is not None or time.monotonic() > until
                lines = report.read_text(encoding="utf-8").splitlines(keepends=True)
                for line in lines[seen:]:
                    if line.endswith("\n"):
                        seen += 1
                        yield Number(**json.loads(line))
                if ended:
                    break
                time.sleep(0.2)
        failed = _wait(process, until)
        if failed or not seen:
            print("\n".join(log.read_text(encoding="utf-8").splitlines()[-_LAST:]), flush=True)
            yield equal("the proof comes to its end", "yes", f"no: exit code {failed}, {seen} numbers")


def _pytest(arguments: list[str], variables: object, output: int) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *arguments],
        cwd=ROOT,
        env=os.environ | dict(variables),  # type: ignore[call-overload]
        stdout=output,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )


def _wait(process: subprocess.Popen[bytes], until: float) -> int:
    """Return the exit code; what takes too long is ended, with all that it started."""
    try:
        return process.wait(max(0.0, until - time.monotonic()))
    except subprocess.TimeoutExpired:
        process.send_signal(signal.SIGINT)
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        return -1


def prove(proofs: list[Proof | Repeated]) -> bool:
    """Run proofs one after another, print a line for each number, and return whether all are met."""
    met, began = True, time.monotonic()
    for one in proofs:
        print(f"\n{one.name}: {one.sentence}", flush=True)
        started = time.monotonic()
        for place, number in numbers_of(one):
            print(f"  {place:10}  {number.line()}", flush=True)
            met &= number.ok
        took = at_most("minutes", one.minutes, (time.monotonic() - started) / 60, clock=True)
        print(f"  {'all':10}  {took.line()}", flush=True)
        met &= took.ok
    minutes = (time.monotonic() - began) / 60
    print(
        f"\n{len(proofs)} proofs in {minutes:.1f} minutes: {'all met' if met else 'NOT all met'}", flush=True
    )
    return met
