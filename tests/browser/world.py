"""A served portal with cases on every stage, people of every kind, and pages that fail on purpose."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from flask import abort
from sqlalchemy import select, update
from werkzeug.security import generate_password_hash
from werkzeug.serving import make_server

from portal.adapters.clock import FixedClock
from portal.adapters.workbooks import Sheet, write_workbook
from portal.core.access import ADMIN, Access, Origin
from portal.core.errors import Conflict, Problem, msg
from portal.persistence.models import AccountSecurity, Job, Record, Unit, User, Volume
from portal.services import archive, drafts, importing, jobs, records, units, users
from portal.services.archive import destroying
from portal.services.demo.loading import load_demo
from portal.services.drafts.checking import keep_findings, opened_for_check
from portal.services.jobs import queue
from portal.services.jobs.running import JobRun, run_claim
from portal.services.meetings.making import counted, due, store
from portal.services.portal import Portal
from portal.services.records import Owner
from portal.services.rollout import campaigns
from portal.services.rollout.campaigns import Evidence
from portal.services.rollout.wanted import Wanted, Wave
from portal.services.users.access import access_of
from tests.fixtures import other_system as other
from tests.fixtures.importing import Importing
from tests.fixtures.rolling import bring_kunming
from tests.web.records.seeded_site import KEYS, PASSWORD, TODAY, Browser, Site, changed, form_in, uid_of

ERRORS = (400, 403, 405, 409, 413, 422, 429, 500, 503)
CASES = 40
CLOSED = ("close", "archive")


@dataclass
class World:
    """What the browser tests visit: an address, places by name, and a signed-in cookie per person."""

    site: Site
    base: str = ""
    places: dict[str, str] = field(default_factory=dict)
    _people: dict[str, Browser] = field(default_factory=dict)

    def person(self, name: str) -> Browser:
        """Return a person's own client, signed in once."""
        if name not in self._people:
            self._people[name] = self.site.login(name)
        return self._people[name]

    def cookies(self, name: str, lang: str) -> list[dict[str, Any]]:
        """Return the cookie that lets Chromium go on as a person, in a language; '' is a stranger."""
        client = (self.person(name) if name else self.site.stranger()).client
        client.get(f"/language/{lang}")
        cookie = client.get_cookie("one_door")
        assert cookie is not None
        return [{"name": "one_door", "value": cookie.value, "url": self.base}]

    def url(self, path: str) -> str:
        """Return an address with the places filled in."""
        return self.base + path.format(**self.places)


def fill(url: str) -> None:
    """Add records, an administrator and a person without any role to a seeded database."""
    portal = Portal.from_url(url, FixedClock.on(TODAY), KEYS)
    load_demo(portal, CASES)
    with portal.writing(Access.system("test"), Origin()) as uow:
        root = users.create(uow, "root", PASSWORD, "管理员", "系统")
        users.assign(uow, root.id, ADMIN, "530100", audited=False)
        city = units.by_code(uow.session, "530100")
        units.add(uow, "530198", "滇中试验区", "county", city.id)
        hashed = generate_password_hash(PASSWORD, "pbkdf2:sha256:1")
        for name in ("nobody", "fresh", "careful.en", "careful.zh"):
            made = users.create(uow, name, hashed, "角色", "无", hashed=True)
            if name == "fresh":
                uow.session.add(AccountSecurity(user_id=made.id, must_change_password=True))
        uow.commit()
    portal.database.dispose()


@contextmanager
def opened(url: str, folder: Path) -> Iterator[World]:
    """Serve a filled portal over HTTP in this process."""
    site = Site.open(url, folder)
    _failing_pages(site)
    server = make_server("localhost", 0, site.app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    world = World(site, f"http://localhost:{server.server_port}")
    _find_places(world)
    try:
        yield world
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
        site.close()


def _failing_pages(site: Site) -> None:
    @site.app.get("/failing/<int:status>")
    def failing(status: int) -> Any:
        if status == 409:
            raise Conflict("record.changed", msg("Somebody else changed this meanwhile"))
        abort(status)


def refer(world: World, case: str, who: str = "director") -> None:
    """Let the director, or another person, confirm the first proposal of a case."""
    director, url = world.person(who), case.replace("/show/", "/dispose/")
    assert director.post(url, form_in(director.get(case).text, url)).status_code == 303
    director.get(case)  # says that it was done


def _find_places(world: World) -> None:
    clerk = world.person("clerk")
    case, referred = (world.site.register(clerk) for _ in range(2))
    refer(world, referred)
    # Each an act of its own.
    uid = uid_of(referred)
    for document in ("W03", "W01", "W02"):
        _act(world, records.issue_paper, uid_of(case), document, {"contact": "0871-68180000"})
    _act(world, records.void_paper, uid_of(case), 2, version=1, reason="打印有误")
    _act(world, records.add_task, uid, words="问对方是否愿意调解", due_on=TODAY)
    _act(world, records.add_task, uid, words="通知到会的单位", owner=Owner(role="clerk"))
    _act(world, records.do_task, uid, 1, words="愿意，要求不公开")
    with world.site.portal.reading(Access.system("test")) as session:
        closed = session.scalar(
            select(Record.uid).where(Record.etype == "case", Record.canonical_stage.in_(CLOSED)).limit(1)
        )
        account = session.scalar(select(User.id).where(User.username == "jinning"))
        root_id = session.scalar(select(User.id).where(User.username == "root"))
    assert closed
    assert account
    assert root_id
    page = clerk.get(case).text
    step = re.search(r"/transition/[0-9a-f]+/(\w+)", page)
    assert step
    world.places |= {
        "case": uid_of(case),
        "referred": uid_of(referred),
        "closed": closed,
        "step": step[1],
        "user": str(account),
        "unit": "530112",
        **_jobs(world.site.portal, root_id),
        **_imports(world.site.portal),
        **_keeping(world.site.portal, closed),
        **_drafts(world.site.portal, root_id),
        "meeting": _meeting(world.site.portal),
    }


def _imports(portal: Portal) -> dict[str, str]:
    """Let the director try a file of another system that has faults, and take another one over."""
    with portal.reading(Access.system("test")) as session:
        director = users.by_username(session, "director").id
    importer = Importing(portal, access_of(portal, director))
    importer.keep(other.MAPPING)
    found = {"source": importer.source}
    for name, number in (("tried", 36), ("imported", 6)):
        rows = other.export(
            number, ["西苑街道", "碧鸡街道"], dirty_each=3 if name == "tried" else 0, seed=number
        )
        content = write_workbook(Sheet("导出", other.HEADINGS, rows.cells()))
        found[name] = importer.upload(content, f"{number}.xlsx")
        importer.run(importing.start_trying, found[name])
    importer.run(importing.start_taking, found["imported"])
    return found


def _meeting(portal: Portal) -> str:
    """Make the papers of meetings that are due; return the monthly one of the county."""
    access = Access.system("test")
    with portal.reading(access) as session:
        wanted = list(due(portal, session))
    found = ""
    for centre, kind, days in wanted:
        told = counted(portal, centre, kind, days)
        with portal.writing(access) as uow:
            row = store(uow, centre, kind, days, told)
            uow.commit()
            if kind.id == "monthly" and row.content["unit"] == "西山区":
                found = row.uid
    return found


def _drafts(portal: Portal, root_id: int) -> dict[str, str]:
    """Let the administrator work on two drafts: one has things to mend, the other waits for approval."""
    root, found = access_of(portal, root_id), {}
    wrong = Problem(
        "test", msg("There is no such unit"), file="seed/county/xishan/layout.json", pointer="/windows"
    )
    advice = replace(wrong, severity="warning")
    for name, problems in (("draft", [wrong, advice]), ("submitted", [])):
        with portal.writing(root) as uow:
            uid = drafts.open_draft(uow, "530112", "年底调整").uid
            uow.commit()
        with portal.writing(root) as uow:
            title = drafts.effective(uow.session, uid)["forms"]["case"]["title"]
            case = drafts.Change("replace", "/forms/case/title", title, f"{title}（试）")
            room = drafts.Change("add", "/layout/zones/land", None, {"title": "涉农服务区", "order": 90})
            drafts.change(uow, uid, [case, room], why="涉农纠纷年底集中")
            uow.commit()
        with portal.writing(root) as uow:
            stories = {"count": 3, "failed": []}
            keep_findings(uow, opened_for_check(uow.session, uid), problems, stories)
            uow.commit()
        found[name] = uid
    with portal.writing(root) as uow:
        drafts.submit(uow, found["submitted"], "想赶在十二月前用上")
        uow.commit()
    with portal.writing(root) as uow:
        found["trial"] = str(drafts.ask_back_test(uow, found["submitted"], last=1_000).id)
        uow.commit()
    claim = queue.claim(portal, "world", ["back_test"])
    assert claim is not None
    assert run_claim(portal, JobRun(portal, claim))
    return found


# What the later version asks each centre.
ASKED: dict[str, Any] = {
    "county": {
        "title": {"zh_Hans": "县（市、区）名称", "en": "Name of the county"},
        "kind": "unit_name",
        "blank": "本地",
        "places": [{"path": "/departments/housing/name", "text": "{county}住房和城乡建设局"}],
        "order": 1,
    },
    "hotline": {
        "title": {"zh_Hans": "咨询电话", "en": "Telephone for questions"},
        "kind": "phone",
        "places": [{"path": "/settings/values/hotline"}],
        "order": 2,
    },
}


def rolling(portal: Portal) -> dict[str, str]:
    """Let the city hand a later version down in two waves; a county has something to decide."""
    changes = {
        "/lifecycles/case/title": "办理流程",
        "/layout/stationing/court/mode_label": "每周驻点",
        "/departments/housing/name": "本地住房和城乡建设局",
        "/questions": ASKED,
    }
    digest = bring_kunming(portal, changes)
    gates: dict[str, Any] = {"check": {}, "conflicts": {}, "training": {"percent": 100}, "quiet": {"days": 7}}
    waves = [
        Wave(TODAY, ["530111", "530115"], gates=gates),
        Wave(TODAY.replace(month=6), (), "all", gates=gates),
    ]
    with portal.writing(Access.system("test")) as uow:
        wanted = Wanted("指引的推广", digest, waves, note="吸收试点做法", left_out={"530126": "双语标识改造"})
        uid = campaigns.start(uow, "530100", "city/kunming", wanted).uid
        uow.commit()
    with portal.writing(Access.system("test")) as uow:
        campaigns.record(uow, uid, "530111", Evidence("training", done=14, total=20))
        uow.commit()
    return {"campaign": uid}


def _keeping(portal: Portal, but: str) -> dict[str, str]:
    """Let the time of three closed cases be over: one stands in a list, one is held."""
    with portal.reading(Access.system("test")) as session:
        # Of the centre whose director decides.
        centre = units.by_code(session, "530112").path
        query = select(Record.uid).where(
            Record.etype == "case", Record.canonical_stage.in_(CLOSED), Record.unit_path.startswith(centre)
        )
        uids = list(session.scalars(query.where(Record.uid != but).order_by(Record.id).limit(3)))
    archived = {"stage": "archived", "canonical_stage": "archive", "is_open": False, "lanes": {}}
    with portal.database.engine.begin() as connection:
        connection.execute(update(Record.__table__).where(Record.uid.in_(uids)).values(**archived))
    for uid in uids:
        _on_volume(portal, uid, archive.keep_as, "years_10")
    _on_volume(portal, uids[2], archive.hold)
    with portal.database.engine.begin() as connection:
        over = {"archived_on": TODAY.replace(year=TODAY.year - 11), "ends_on": TODAY.replace(month=1, day=1)}
        connection.execute(update(Volume.__table__).values(**over))
    with portal.reading(Access.system("test")) as session:
        unit = session.scalars(
            select(Unit).join(Record, Record.unit_id == Unit.id).where(Record.uid == uids[0])
        ).one()
        root = session.scalars(select(User.id).where(User.username == "root")).one()
    with portal.writing(access_of(portal, root)) as uow:
        made = destroying.propose(uow, unit, uids[:1], "保管期满，无查考价值")
        uow.commit()
    return {"archived": uids[1], "destruction": made.uid}


def _on_volume(portal: Portal, uid: str, what: Any, *args: Any) -> None:
    with portal.writing(Access.system("test")) as uow:
        what(uow, uid, *args, version=records.get_any(uow.session, uid).version, reason="法院调阅")
        uow.commit()


def _act(world: World, what: Any, *args: Any, **more: Any) -> None:
    with world.site.portal.writing(Access.system("test")) as uow:
        what(uow, *args, **more)
        uow.commit()


def _jobs(portal: Portal, user_id: int) -> dict[str, str]:
    """Let an administrator start work: one is half done and goes on, one failed."""
    made = {}
    with portal.writing(Access(user_id, "root")) as uow:
        for name in ("job", "failed_job"):
            made[name] = jobs.enqueue(uow, "fill_fields", {"unit_id": 0})
        uow.commit()
    with portal.writing(Access.system("test")) as uow:
        running, failed = (uow.session.get_one(Job, number) for number in made.values())
        running.status, failed.status = "running", "failed"
        running.progress = {"done": 40, "total": 80, "words": "%(done)s records filled", "params": {}}
        failed.error = "OSError (filling.py:120)"
        uow.commit()
    return {name: str(number) for name, number in made.items()}


def conflicting(world: World, page: Any) -> None:
    """Open the form of a case, let somebody else save first, then save: the page that compares."""
    edit = "/records/case/edit/{case}".format(**world.places)
    page.goto(world.base + edit)
    other = world.person("clerk2")
    claim = f"对方的诉求 {page.input_value('[name=version]')}"
    answer = other.post(edit, changed(other.form(edit), {"/claim": claim}))
    assert answer.status_code == 303
    page.locator("[name='/claim']").fill("我的诉求")
    page.locator(".form-actions .btn-primary").click()
    page.locator(".versions").first.wait_for()
