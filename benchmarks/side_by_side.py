"""Portal and peers in turns within one run: asked within their processes, and served."""

from __future__ import annotations

import contextlib
import itertools
import json
import os
import subprocess
import tempfile
import threading
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from benchmarks import scenarios as portal_scenarios
from benchmarks.asking import Request, Scenarios, checked, over_http
from benchmarks.clocks import Family, Others
from benchmarks.figures import Figure, Figures
from benchmarks.installation import System, served
from benchmarks.peers.django import scenarios as django_scenarios
from benchmarks.peers.fab import scenarios as fab_scenarios

SCENARIOS: Mapping[str, Callable[..., Scenarios]] = {
    "portal": portal_scenarios.scenarios,
    "django": django_scenarios.scenarios,
    "fab": fab_scenarios.scenarios,
}
ORDER = (
    "create",
    "list API",
    "list page",
    "one API",
    "case page",
    "new-case page",
    "home page",
    "board, city",
    "board, county",
    "counts",
)
WARM_UP = 40


class Asked:
    """An application in a process of its own, that asks itself (``benchmarks.answering``)."""

    def __init__(self, system: System) -> None:
        self.told = tempfile.TemporaryFile("w+")  # noqa: SIM115 - as long as the process
        self.process = subprocess.Popen(
            [system.python, "-m", "benchmarks.answering", system.name],
            env={**system.environment, "BENCH_POSTMASTER": str(system.postmaster)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self.told,
            text=True,
        )
        self.scenarios: list[str] = self._answer()

    def _answer(self) -> Any:
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        if not line:
            self.told.seek(0)
            raise RuntimeError(
                f"an application that was asked within its process stopped: {self.told.read()[-2000:]}"
            )
        return json.loads(line)

    def round(self, scenario: str, calls: int) -> dict[str, Any]:
        """Ask ``calls`` times; return what ``benchmarks.answering`` measured."""
        assert self.process.stdin is not None
        print(json.dumps({"scenario": scenario, "calls": calls}), file=self.process.stdin, flush=True)
        found: dict[str, Any] = self._answer()
        return found

    def close(self) -> None:
        """Let the process end."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.close()
        self.process.wait(30)
        self.process.stdout.close()


def label(system: System) -> str:
    """Return what a system is called in the table."""
    return system.name if system.name != "portal" else f"portal {system.kind}"


def _wanted(only: str, known: Sequence[str]) -> Iterator[str]:
    return (name for name in ORDER if name in known and name.startswith(only))


def in_process(systems: Sequence[System], only: str, rounds: int, calls: int) -> Figures:
    """Ask each system within its process, in turns; the best call of each round, the database's mean."""
    found: dict[tuple[str, str], Figure] = defaultdict(Figure)
    with contextlib.ExitStack() as stack:
        asked = {}
        for system in systems:
            one = asked[label(system)] = Asked(system)
            stack.callback(one.close)
        own = tuple(Family.of(pid) for pid in {os.getpid(), *(one.postmaster for one in systems)} if pid)
        for _ in range(rounds):
            for scenario in _wanted(only, ORDER):
                for name, one in asked.items():
                    if scenario not in one.scenarios:
                        continue
                    others = Others(own)
                    others.start()
                    answer = one.round(scenario, calls)
                    figure = found[name, scenario]
                    figure.others.append(others.cores())
                    figure.server.append(min(answer["server"]))
                    figure.database.append(answer["database"])
    return found


def over_the_wire(systems: Sequence[System], only: str, rounds: int, calls: int, clients: int) -> Figures:
    """Serve each system by two processes and ask it by several clients, in turns; the median of the rounds."""
    found: dict[tuple[str, str], Figure] = defaultdict(lambda: Figure(best=False))
    numbers = itertools.count(os.getpid() * 1_000)
    with contextlib.ExitStack() as stack:
        running = []
        for system in systems:
            serving = stack.enter_context(served(system))
            send = over_http(serving.port)
            running.append((system, Family.of(serving.pid), send, SCENARIOS[system.name](send)))
        own = tuple(Family.of(pid) for pid in {os.getpid(), *(one.postmaster for one in systems)} if pid)
        for turn in range(rounds):
            for scenario in _wanted(only, ORDER):
                for system, web, send, known in running:
                    if scenario not in known:
                        continue

                    def one(number: int, make: Any = known[scenario], send: Any = send) -> None:
                        request: Request = make(number)
                        checked(request, send(request))

                    if turn == 0:
                        run(itertools.islice(numbers, WARM_UP), clients, one)
                    figure, others = found[label(system), scenario], Others(own)
                    database = Family.of(system.postmaster) if system.postmaster else None
                    before = web.cpu(), database.cpu() if database else 0.0
                    others.start()
                    run(itertools.islice(numbers, calls), clients, one)
                    figure.others.append(others.cores())
                    figure.server.append((web.cpu() - before[0]) / calls * 1000)
                    after = database.cpu() if database else 0.0
                    figure.database.append((after - before[1]) / calls * 1000)
    return found


def run(numbers: Iterator[int], threads: int, one: Callable[[int], None]) -> None:
    """Call ``one`` for each number from several threads; raise the first error."""
    lock = threading.Lock()
    errors: list[BaseException] = []

    def work() -> None:
        while not errors:
            with lock:
                number = next(numbers, None)
            if number is None:
                return
            try:
                one(number)
            except BaseException as error:
                errors.append(error)

    workers = [threading.Thread(target=work) for _ in range(threads)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    if errors:
        raise errors[0]
