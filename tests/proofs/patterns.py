"""Forty costly patterns on a served portal: what is sent is refused with the reason, and the one worker lives."""

from __future__ import annotations

import json
import shutil
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil
import requests

from portal.adapters.clock import SystemClock
from portal.adapters.pack_files import PackFiles
from portal.core.access import Access, Origin
from portal.core.packs import resolve
from portal.services import releases
from portal.services.portal import Portal
from tests.acceptance.costly import FORTY, PLACES, Costly
from tests.acceptance.service import DATA, Service
from tests.fixtures.database import KEYS
from tests.proofs.frame import Number, Place, at_least, at_most, equal, proof
from tests.web.conftest import token_in
from tests.web.records.seeded_site import CASE, PASSWORD, changed, form_in

ROOT = Path(__file__).parents[2]
PACK = "county/xishan"
CASES = "/api/v1/records/case/"
REASON = "核对该项内容耗时过长，请缩短后再填"
NOTICE = {
    "ground": "statutory",
    "grounds": "不属于受理范围",
    "law": "无",
    "organ": "法院",
    "remedy": "可以起诉",
}
SECONDS = 1.0
PATIENCE_SECONDS = 60
LISTS = 8


@dataclass(frozen=True)
class Field:
    """A field of the case that was published: a pattern at a place."""

    name: str
    pattern: Costly
    place: str = "field"

    @property
    def schema(self) -> dict[str, Any]:
        """Return its schema."""
        made = PLACES[self.place].schema(self.pattern.pattern) if self.place in PLACES else None
        plain = {"type": "string", "pattern": self.pattern.pattern}
        return {"title": f"费时 {self.name}", **(made or plain)}

    @property
    def value(self) -> Any:
        """Return the value that brings the long text there."""
        text = self.pattern.text
        return PLACES[self.place].value(text) if self.place in PLACES else text

    @property
    def pairs(self) -> Mapping[str, str] | None:
        """Return what a page sends for it; None where no control of a page does."""
        if self.place not in PLACES:
            return {f"/{self.name}": self.pattern.text}
        send = PLACES[self.place].pairs
        return send(self.name, self.pattern.text) if send is not None else None


def fields_of(count: int) -> list[Field]:
    """Return as many patterns as fields, evenly out of the forty, and one of them at each other place."""
    chosen = FORTY[:: max(1, len(FORTY) // count)][:count]
    plain = [Field(f"costly_{number}", one) for number, one in enumerate(chosen)]
    return plain + [
        Field(f"place_{name}", chosen[number % len(chosen)], name) for number, name in enumerate(PLACES)
    ]


def publish(portal: Portal, folder: Path, fields: list[Field]) -> None:
    """Bring a release of Xishan into force whose form of cases, and of one step, have the costly patterns."""
    for kind in ("seed", "form_definitions", "rule_sets", "translations"):
        shutil.copytree(ROOT / kind, folder / kind)
    forms = folder / "form_definitions" / PACK
    case = json.loads((forms / "case.json").read_text(encoding="utf-8"))
    case["schema"]["properties"] |= {one.name: one.schema for one in fields}
    step = {"schema": {"properties": {one.name: one.schema for one in fields[:1]}}}
    manifest = folder / "seed" / PACK / "pack.json"
    pack = json.loads(manifest.read_text(encoding="utf-8")) | {"version": "9.9.0"}
    for path, content in ((forms / "case.json", case), (forms / "not_accepted.json", step), (manifest, pack)):
        path.write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")
    with portal.writing(Access.system("publish"), Origin(channel="cli")) as uow:
        releases.publish(uow, resolve(PACK, PackFiles([folder])), verify=False)
        uow.commit()


@dataclass
class Asked:
    """What came of all requests: those that were not refused with the reason, and the most that one took."""

    answered: int = 0
    odd: list[str] = field(default_factory=list)
    most: float = 0.0
    longest: float = 0.0


class Sender:
    """Sends costly values to the one worker, and measures the processor time that it takes for each."""

    def __init__(self, service: Service) -> None:
        self.service, self.asked = service, Asked()
        self.bearer = service.bearer("clerk")
        self.pid = self.worker()
        self.process = psutil.Process(self.pid)
        self.browser = requests.Session()
        page = self.browser.get(f"{service.address}/login/", timeout=PATIENCE_SECONDS)
        data = {"csrf_token": token_in(page.text), "username": "clerk", "password": PASSWORD}
        self.browser.post(f"{service.address}/login/", data=data, timeout=PATIENCE_SECONDS)
        self.case = self._api("POST", CASES, {"data": DATA}).json()["result"]["uid"]
        self.forms: dict[str, list[tuple[str, str]]] = {}

    def worker(self) -> int:
        """Return the process that answers."""
        listening = [
            one.pid
            for one in psutil.Process(self.service.master.pid).children()
            if any(each.status == psutil.CONN_LISTEN for each in one.net_connections())
        ]
        assert len(listening) == 1
        return listening[0]

    def ways(self, one: Field) -> Iterator[tuple[str, Callable[[], requests.Response]]]:
        """Yield each way in which the value of a field reaches the portal."""
        changed_case = {"data": {one.name: one.value}}
        yield "API, new", lambda: self._api("POST", CASES, {"data": DATA | {one.name: one.value}})
        yield "API, changed", lambda: self._api("PATCH", CASES + self.case, changed_case)
        if one.pairs is not None:
            yield "page, new", lambda: self._page("/records/case/add", CASE, one)
            yield "page, changed", lambda: self._page(f"/records/case/edit/{self.case}", {}, one)

    def step(self, one: Field) -> Iterator[tuple[str, Callable[[], requests.Response]]]:
        """Yield the ways in which a step's form has the field."""
        url, body = f"{CASES}{self.case}/transitions/reject", {"data": NOTICE | {one.name: one.value}}
        yield "API, step", lambda: self._api("POST", url, body)
        notice = {f"/{name}": text for name, text in NOTICE.items()}
        path = f"/records/case/transition/{self.case}/reject"
        yield "page, step", lambda: self._page(path, notice, one)

    def send(self, one: Field, way: str, act: Callable[[], requests.Response]) -> None:
        """Send a value, and note what came of it."""
        before, begun = self._spent(), time.monotonic()
        answer = act()
        took, spent = time.monotonic() - begun, self._spent() - before
        told = answer.status_code == 422 and REASON in answer.text
        if answer.headers["Content-Type"].startswith("application/json"):
            details = answer.json()["error"]["details"] if answer.status_code == 422 else []
            told = any(x["message"] == REASON and f"/{one.name}" in x["pointer"] for x in details)
        self.asked.answered += 1
        self.asked.most, self.asked.longest = max(self.asked.most, spent), max(self.asked.longest, took)
        if not told:
            self.asked.odd.append(
                f"{way} {one.name} {one.pattern.why}: {answer.status_code} {answer.text[:200]}"
            )

    def _spent(self) -> float:
        times = self.process.cpu_times()
        return times.user + times.system

    def _api(self, method: str, path: str, body: Mapping[str, Any]) -> requests.Response:
        return requests.request(
            method,
            self.service.address + path,
            json=body,
            headers=self.bearer | {"If-Match": '"1"', "Accept-Language": "zh-CN"},
            timeout=PATIENCE_SECONDS,
        )

    def _page(self, path: str, values: Mapping[str, str], one: Field) -> requests.Response:
        url = self.service.address + path
        if path not in self.forms:
            page = self.browser.get(url, timeout=PATIENCE_SECONDS)
            assert page.status_code == 200, (path, page.status_code)
            self.forms[path] = form_in(page.text, path)
        pairs = changed(self.forms[path], {**values, **(one.pairs or {})})
        return self.browser.post(url, data=pairs, timeout=PATIENCE_SECONDS, allow_redirects=False)


def lists_meanwhile(sender: Sender, fields: list[Field]) -> tuple[list[int], float]:
    """Return the answers to lists, and the longest wait, while three others send nothing but costly values."""
    ended, statuses, longest = threading.Event(), [], 0.0

    def costly(number: int) -> None:
        turn = number
        while not ended.is_set():
            one = fields[turn % len(fields)]
            sender._api("POST", CASES, {"data": DATA | {one.name: one.value}})
            turn += 3

    with ThreadPoolExecutor(3) as pool:
        busy = [pool.submit(costly, number) for number in range(3)]
        try:
            for _ in range(LISTS):
                begun = time.monotonic()
                answer = requests.get(
                    sender.service.address + CASES, headers=sender.bearer, timeout=PATIENCE_SECONDS
                )
                statuses.append(answer.status_code)
                longest = max(longest, time.monotonic() - begun)
        finally:
            ended.set()
        for one in busy:
            one.result()
    return statuses, longest


@proof(
    "patterns",
    "40 costly patterns and texts of 10,000 characters: each refused with the reason within a second, the worker lives",
    minutes=3,
    small={"patterns": 4},
    large={"patterns": 40},
)
def patterns(place: Place, patterns: int) -> Iterator[Number]:
    # Patterns know nothing of databases: on the second one a few show that it is the same.
    url, fields = place.filled(), fields_of(patterns if place.kind == "sqlite" else min(patterns, 6))
    portal = Portal.from_url(url, SystemClock(), KEYS)
    publish(portal, place.folder / "packs", fields)
    portal.database.dispose()
    service = Service(url, place.folder, workers=1)
    service.options = ["--threads", "4"]
    service.start()
    try:
        sender = Sender(service)
        for one in fields:
            for way, act in sender.ways(one):
                sender.send(one, way, act)
        for way, act in sender.step(fields[0]):
            sender.send(fields[0], way, act)
        statuses, longest = lists_meanwhile(sender, fields)
        after = sender.worker()
    finally:
        service.stop()
    asked = sender.asked
    yield at_least("values sent, by pages and by the API", 2 * len(fields), asked.answered)
    yield equal("values that were not refused with the reason", [], asked.odd[:3])
    yield at_most("most seconds of processor time that a request took", SECONDS, asked.most, clock=True)
    yield at_most("seconds that the slowest request took", SECONDS, asked.longest, clock=True)
    yield equal("lists answered meanwhile", [200] * LISTS, statuses)
    yield at_most("seconds that the slowest list took meanwhile", 5, longest, clock=True)
    yield equal("worker processes that ended", 0, int(after != sender.pid))
