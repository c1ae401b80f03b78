"""Ways to write on matters that are handed over, their tasks and their corrections, and which entry each leaves."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

from sqlalchemy import select, update

from portal.persistence.models import Record, Referral
from portal.services import records
from tests.acceptance.stage import ADMIN, Stage
from tests.services.handing import JUSTICE, MEDIATION, answer, case, dispose, do
from tests.web.records.closed_cases import close
from tests.web.records.seeded_site import TODAY, Site, form_in, uid_of

API = "/api/v1/records/case/"
Act = Callable[[], Any]
Way = Callable[[Stage], tuple[Act, str]]


def _page(s: Stage, name: str, url: str, **values: Any) -> Act:
    person = s.person(name)
    pairs = {"csrf_token": person.token(), **values}
    return lambda: person.post(url, pairs)


def _version(s: Stage, uid: str) -> str:
    return str(s.value(select(Record.version).where(Record.uid == uid)))


def _whistle(s: Stage) -> tuple[Act, str]:
    uid = uid_of(s.case())
    values = {"version": _version(s, uid), "called": "police,women", "lead": "people_mediation"}
    return _page(s, "director", f"/records/case/whistle/{uid}", reason="请到场会商", **values), "whistle"


def _asked_back(s: Stage) -> tuple[str, str, str]:
    """Return a case that its accepted unit asks to return, its referral and the referral's version."""
    uid = uid_of(s.case())
    sent = dispose(s.site.portal, uid, MEDIATION)
    for name in ("accept", "ask_back"):
        answer(s.site.portal, sent, name)
    return uid, sent.uid, str(s.value(select(Referral.version).where(Referral.uid == sent.uid)))


def _to_an_ask(action: str) -> Way:
    def way(s: Stage) -> tuple[Act, str]:
        uid, referral, version = _asked_back(s)
        url = f"/records/case/referral/{uid}/{referral}/{action}"
        return _page(s, "director", url, version=version, reason="情况属实"), f"referral.{action}"

    return way


def _returned_twice(s: Stage) -> str:
    uid = uid_of(s.case())
    for to in (MEDIATION, JUSTICE):
        answer(s.site.portal, dispose(s.site.portal, uid, to), "return")
    return uid


def _dispute(s: Stage) -> tuple[Act, str]:
    uid = _returned_twice(s)
    values = {"version": _version(s, uid), "reason": "两家都称不属职责"}
    return _page(s, "director", f"/records/case/dispute/{uid}", **values), "raise_dispute"


def _competence(s: Stage) -> tuple[Act, str]:
    uid, portal = _returned_twice(s), s.site.portal
    asked = do(portal, records.raise_dispute, uid, version=int(_version(s, uid)), reason="两家都推")
    values = {"unit": "530112:people_mediation", "reason": "事项属其职责", "version": str(asked.version)}
    return _page(s, "director", f"/records/case/competence/{uid}/{asked.uid}", **values), "decide_competence"


def _correction(s: Stage) -> tuple[Act, str]:
    uid = uid_of(s.case())
    close(s.site, uid)
    url = f"/records/case/edit/{uid}"
    clerk = s.person("clerk")
    assert clerk.send(url, clerk.form(url), **{"/claim": "改过", "reason": "写错了"}).status_code == 303
    director = s.person("director")
    way = f"/records/case/correction/{uid}/approve"
    pairs = form_in(director.get(f"/records/case/show/{uid}").text, way)
    return lambda: director.post(way, pairs), "correction.approve"


def _with_task(s: Stage) -> str:
    uid = uid_of(s.case())
    do(s.site.portal, records.add_task, uid, words="约见双方")
    return uid


def _on_task(what: str, action: str, **values: Any) -> Way:
    def way(s: Stage) -> tuple[Act, str]:
        url = f"/records/case/task/{_with_task(s)}/1{what}"
        return _page(s, "director", url, version="1", **values), action

    return way


def _api_on_task(what: str, action: str, **body: Any) -> Way:
    return lambda s: (s.api("director", "POST", f"{API}{_with_task(s)}/tasks/1/{what}", body), action)


def _add_task(s: Stage) -> tuple[Act, str]:
    return _page(s, "director", f"/records/case/tasks/{uid_of(s.case())}", words="约见双方"), "task.add"


def _suggesting(s: Stage) -> str:
    """Return a case for which the rules suggest tasks: a party is not willing to mediate."""
    return case(s.site.portal, willing="no", people_count=12)


def _take_over(s: Stage) -> tuple[Act, str]:
    url = f"/records/case/tasks/{_suggesting(s)}/suggested"
    return _page(s, "director", url, task="tell_ways"), "task.add"


def _api_take_over(s: Stage) -> tuple[Act, str]:
    path = f"{API}{_suggesting(s)}/tasks/suggested"
    return s.api("director", "POST", path, {"tasks": ["tell_ways"]}), "task.add"


def _add_paper(s: Stage) -> tuple[Act, str]:
    uid = uid_of(s.case())
    return _page(s, "clerk", f"/records/case/paper_add/{uid}/W02", version=_version(s, uid)), "paper.issue"


def _with_paper(s: Stage) -> str:
    uid = uid_of(s.case())
    do(s.site.portal, records.issue_paper, uid, "W02", {})
    return uid


def _on_paper(what: str, action: str, **values: Any) -> Way:
    def way(s: Stage) -> tuple[Act, str]:
        url = f"/records/case/paper/{_with_paper(s)}/1/{what}"
        return _page(s, "clerk", url, version="1", **values), action

    return way


def _scan(s: Stage) -> tuple[Act, str]:
    url, clerk = f"/records/case/paper/{_with_paper(s)}/1/scan", s.person("clerk")
    data = {"version": "1", "csrf_token": clerk.token()}
    return (
        lambda: clerk.client.post(url, data={**data, "file": (io.BytesIO(b"%PDF-1.7 signed"), "a.pdf")}),
        "paper.scan",
    )


def _fill(s: Stage) -> tuple[Act, str]:
    uid = uid_of(s.case())
    url = f"/records/case/efile/{uid}/fill/W01"
    return _page(s, "clerk", url, version=_version(s, uid), why="只登记在纸上"), "volume.fill"


def _on_volume(what: str, action: str, **values: Any) -> Way:
    """Return how the volume of an archived case is kept: by somebody who may do everything there."""

    def way(s: Stage) -> tuple[Act, str]:
        uid = uid_of(s.case())
        stand(s.site, uid)
        url = f"/retention/volume/case/{uid}/{what}"
        return _page(s, ADMIN, url, version=_version(s, uid), reason="长期有查考价值", **values), action

    return way


def stand(site: Site, uid: str) -> None:
    """Let a case be archived, as if its steps had been taken."""
    values = {"stage": "archived", "canonical_stage": "archive", "is_open": False}
    with site.portal.database.engine.begin() as connection:
        connection.execute(update(Record.__table__).where(Record.uid == uid).values(**values))


ON_MATTERS: dict[str, Way] = {
    "RecordsView.efile_fill": _fill,
    "RetentionView.keep": _on_volume("keep", "volume.keep", retention="permanent"),
    "RetentionView.hold": _on_volume("hold", "volume.hold", do="hold"),
    "RecordsView.paper_add": _add_paper,
    "RecordsView.paper_serve": _on_paper(
        "serve", "paper.serve", to="王某", way="当面", day=TODAY.isoformat()
    ),
    "RecordsView.paper_void": _on_paper("void", "paper.void", reason="打印有误"),
    "RecordsView.paper_scan": _scan,
    "RecordsView.whistle": _whistle,
    "RecordsView.let_go": _to_an_ask("let_go"),
    "RecordsView.keep": _to_an_ask("keep"),
    "RecordsView.dispute": _dispute,
    "RecordsView.competence": _competence,
    "RecordsView.correction": _correction,
    "RecordsView.add_task": _add_task,
    "RecordsView.take_over": _take_over,
    "RecordsView.task": _on_task("", "task.assign", due_on="2026-12-31"),
    "RecordsView.task_done": _on_task("/done", "task.done"),
    "RecordsView.task_drop": _on_task("/drop", "task.drop", reason="不再需要"),
    "TasksApi.add_task": lambda s: (
        s.api("director", "POST", f"{API}{uid_of(s.case())}/tasks", {"words": "约见双方"}),
        "task.add",
    ),
    "TasksApi.take_over": _api_take_over,
    "TasksApi.assign_task": _api_on_task("assign", "task.assign", due_on="2026-12-31"),
    "TasksApi.do_task": _api_on_task("done", "task.done"),
    "TasksApi.drop_task": _api_on_task("drop", "task.drop", reason="不再需要"),
}
