"""A configuration is put in force and taken back under load: no request fails, no case has half of it."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import psutil
import requests
from sqlalchemy import select

from portal.adapters.clock import SystemClock
from portal.core.access import Access
from portal.core.drafts import Change
from portal.persistence.models import Decision, Record, ReleaseActivation, Unit
from portal.services import audit, drafts
from portal.services.drafts.checking import keep_findings, opened_for_check
from portal.services.portal import Portal
from portal.services.records.privacy.record_encryption import opened_decision
from portal.services.releases.effect import running_at
from portal.services.releases.reading import pinned
from tests.acceptance.service import DATA, Service
from tests.fixtures.database import KEYS
from tests.fixtures.drafting import SYSTEM, XISHAN, drafter
from tests.proofs.frame import Number, Place, at_least, at_most, equal, proof

CASES = "/api/v1/records/case/"
RULE, FIELD = "proof_rule", "proof_mark"
# So many that one who waits for a slow answer holds nobody else up; each asks now and then, like a clerk.
PEOPLE = 10


@dataclass
class Answers:
    """The answers of all requests: by what was asked and status; cases that were entered; those changed."""

    counted: Counter[tuple[str, int]] = field(default_factory=Counter)
    said: list[str] = field(default_factory=list)
    made: list[str] = field(default_factory=list)
    changed: set[str] = field(default_factory=set)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def note(self, what: str, answer: requests.Response) -> bool:
        """Count an answer; return whether it was a good one."""
        with self.lock:
            self.counted[what, answer.status_code] += 1
            if not answer.ok:
                self.said.append(f"{what} {answer.status_code} {answer.text[:200]}")
        return answer.ok

    @property
    def failed(self) -> list[str]:
        """Return what failed, in the words of the answers."""
        return self.said[:3]


@proof(
    "in_force",
    "20 requests a second while a configuration is put in force and taken back: none fails, no case has half of it",
    minutes=4,
    small={"switches": 2, "a_second": 6, "rest": 1.0},
    large={"switches": 10, "a_second": 20, "rest": 5.0},
)
def in_force(place: Place, switches: int, a_second: int, rest: float) -> Iterator[Number]:
    """Let clerks enter, read and change cases over HTTP while one of two releases is put in force after the other."""
    url = place.filled()
    portal = Portal.from_url(url, SystemClock(), KEYS)
    service = Service(url, place.folder)
    service.start()
    answers, ended = Answers(), threading.Event()
    bearer = service.bearer("clerk")
    threads = [
        threading.Thread(target=_clerk, args=(service.address, bearer, _times(a_second, one), answers, ended))
        for one in range(PEOPLE)
    ]
    try:
        began, cpu = time.monotonic(), _cpu(service)
        for one in threads:
            one.start()
        older, newer = _published(portal, rest)
        for number in range(switches):
            time.sleep(rest)
            with portal.writing(drafter(portal)) as uow:
                drafts.roll_back(uow, XISHAN, older if number % 2 == 0 else newer, "演练退回")
                uow.commit()
        time.sleep(rest)
        seconds, cpu, asked = time.monotonic() - began, _cpu(service) - cpu, sum(answers.counted.values())
        ended.set()
        for one in threads:
            one.join()
        later = _every_case(service.address, bearer, answers)
    finally:
        ended.set()
        service.stop()
    yield equal("requests that failed", [], answers.failed)
    yield at_least("requests a second", a_second, asked / seconds, clock=True)
    yield at_most("cores that the service takes", 1.5, cpu / seconds, clock=True)
    yield at_least("cases entered meanwhile", 2 * switches, len(answers.made))
    yield at_least("cases changed meanwhile", switches, len(answers.changed))
    yield from _whole(portal, older, newer, answers)
    yield equal("cases of before and after that can't be read or changed", [], later)
    yield equal("findings in the audit log", [], audit.verify(portal).findings)
    portal.database.dispose()


def _published(portal: Portal, rest: float) -> tuple[int, int]:
    """Make a draft with a field and a rule of its own, and put it in force; return the release before, and its own."""
    who, other = drafter(portal), drafter(portal, name="赵云飞")
    rule = {
        "title": "演练",
        "priority": 1,
        "when": {"field": "amount", "op": "gte", "value": 0},
        "reason": "演练",
        "then": [{"do": "flag", "flag": "safety", "level": "warning"}],
    }
    with portal.reading(SYSTEM) as session:
        unit = session.scalars(select(Unit).where(Unit.code == XISHAN)).one()
        running = running_at(session, unit.id)
        assert running is not None
        older = running.release_id
    with portal.writing(who) as uow:
        uid = drafts.open_draft(uow, XISHAN, "演练").uid
        uow.commit()
    with portal.writing(who) as uow:
        added = Change(
            "add", f"/forms/case/schema/properties/{FIELD}", None, {"type": "string", "title": "演练"}
        )
        drafts.change(uow, uid, [added, Change("add", f"/rules/referral/rules/{RULE}", None, rule)])
        uow.commit()
    with portal.writing(who) as uow:
        keep_findings(uow, opened_for_check(uow.session, uid), [], {"count": 1, "failed": []})
        uow.commit()
    time.sleep(rest)
    with portal.writing(who) as uow:
        drafts.submit(uow, uid, "演练")
        uow.commit()
    with portal.writing(other) as uow:
        drafts.approve(uow, uid, "演练")
        uow.commit()
    with portal.reading(SYSTEM) as session:
        newer = drafts.draft_of(session, uid).release_id
    assert newer is not None
    return older, newer


def _times(a_second: int, person: int) -> Iterator[float]:
    """Yield when a person asks: all together a tenth more often than is wanted, one after the other."""
    pause = PEOPLE / (1.1 * a_second)
    due = time.monotonic() + pause * person / PEOPLE
    while True:
        yield due
        due += pause


def _clerk(
    address: str, bearer: dict[str, str], times: Iterator[float], answers: Answers, ended: threading.Event
) -> None:
    """Enter cases, look at lists and cases, and change cases, one request after the other in its time."""
    http, number, uid = requests.Session(), 0, ""
    http.headers.update(bearer)
    while not ended.wait(max(next(times) - time.monotonic(), 0)):
        turn = number % 4
        if turn == 0 or not uid:
            answer = http.post(address + CASES, json={"data": DATA | {"claim": f"第{number}次"}}, timeout=60)
            if answers.note("enter", answer):
                uid = answer.json()["result"]["uid"]
                with answers.lock:
                    answers.made.append(uid)
        elif turn == 1:
            answers.note("list", http.get(address + CASES, timeout=60))
        elif turn == 2:
            answers.note("read", http.get(f"{address}{CASES}{uid}", timeout=60))
        else:
            # Who changes a case reads it first.
            next(times)
            _change(http, f"{address}{CASES}{uid}", {"claim": f"改第{number}次"}, answers)
        number += 1


def _cpu(service: Service) -> float:
    """Return the seconds of the processor that the processes of a service took until now."""
    master = psutil.Process(service.master.pid)
    times = [one.cpu_times() for one in (master, *master.children(recursive=True))]
    return float(sum(one.user + one.system for one in times))


def _change(http: requests.Session, url: str, data: dict[str, Any], answers: Answers) -> bool:
    found = http.get(url, timeout=60)
    if not answers.note("read", found):
        return False
    version = found.json()["result"]["version"]
    answer = http.patch(url, json={"data": data}, headers={"If-Match": f'"{version}"'}, timeout=60)
    if answers.note("change", answer):
        with answers.lock:
            answers.changed.add(url.rpartition("/")[2])
    return answer.ok


def _every_case(address: str, bearer: dict[str, str], answers: Answers) -> list[str]:
    """Read and change each case that was entered, whichever release is in force now; return those that refuse."""
    http, after = requests.Session(), Answers()
    http.headers.update(bearer)
    wrong = [
        uid for uid in answers.made if not _change(http, f"{address}{CASES}{uid}", {"claim": "事后改"}, after)
    ]
    return [*wrong[:3], *after.failed]


def _whole(portal: Portal, older: int, newer: int, answers: Answers) -> Iterator[Number]:
    """Yield whether each case has all of one release: that of its decisions, the rules that fired, the field."""
    half, under = [], Counter[int]()
    with portal.reading(Access.system("proof")) as session:
        fields = {one: f"/{FIELD}" in pinned(portal, session, one).fields("case") for one in (older, newer)}
        changes = session.scalars(select(ReleaseActivation.id)).all()
        for record in session.scalars(select(Record).where(Record.uid.in_(answers.made))):
            decisions = session.scalars(select(Decision).where(Decision.record_id == record.id)).all()
            fired = {
                rule["id"] == RULE or None
                for one in decisions
                for rule in opened_decision(portal.keys, record, one)[0]["fired"]
            }
            under[record.release_id] += 1
            releases = {record.release_id, *(one.release_id for one in decisions)}
            if releases != {record.release_id} or (True in fired) != (record.release_id == newer):
                half.append(record.uid)
    yield equal("cases under half a configuration", [], half[:3])
    yield at_least("releases under which cases were entered", 2, len(under), clock=True)
    yield equal("which of them has the new field", {older: False, newer: True}, fields)
    yield at_least("times that a release was put in force", 3, len(changes))
