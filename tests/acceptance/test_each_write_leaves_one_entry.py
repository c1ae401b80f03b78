"""Every way to write leaves exactly one entry that says who, when, where, before and after; a refused one leaves none.

The ways are taken from the addresses of the application: one that is not listed here fails the test.
"""

from __future__ import annotations

import io
import itertools
import re
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from sqlalchemy import func, select

from portal.cli import main
from portal.core.access import ADMIN as ADMINISTRATOR
from portal.core.access import Access, Origin
from portal.persistence.declared import Unaudited
from portal.persistence.models import AuditEntry, Decision, Job, Notice, Record, Referral, User
from portal.services import audit, jobs, users
from tests.acceptance.conftest import County
from tests.web.records.seeded_site import CASE, PASSWORD, TODAY, Browser, Site, changed, form_in, uid_of
from tests.web.records.test_records_release import publish
from tests.web.security import test_second_factor

API = "/api/v1/records/case/"
ADMIN, SECRET = "keeper", "A-new-one-2026"
# What takes a POST and stores nothing in the database.
NO_WRITE = {
    "choose_unit": "the unit one works for lies in the cookie",
    "TokenApi.refresh": "a token is no row",
}
# Several steps, each its own act with its own entry: followed where the steps are tested.
FOLLOWED = {
    "LoginView.step": "test_setting_up_at_sign_in",
    "SecondFactorPages.change": "test_whose_role_asks_for_it_cannot_switch_it_off",
    "SecondFactorPages.confirm": "test_it_is_optional_for_everybody_else_and_asked_for_once_it_is_there",
    "SecondFactorPages.reset": "test_who_keeps_the_account_takes_it_from_somebody_who_lost_it",
}
READS = {"open", "search", "download"}
DATA = {key.strip("/"): value for key, value in CASE.items()} | {"amount": 20000, "lower_tried": False}


@dataclass
class Stage:
    """A portal with a case on its way, and those who act on it."""

    site: Site
    versions: Iterator[int] = field(default_factory=itertools.count)

    def __post_init__(self) -> None:
        with self.site.portal.writing(Access.system("test"), Origin()) as uow:
            user = users.create(uow, ADMIN, PASSWORD, "某", ADMIN)
            users.assign(uow, user.id, ADMINISTRATOR, "530112", audited=False)
            self.other = users.create(uow, "other", PASSWORD, "某", "other").id
            users.assign(uow, self.other, "clerk", "530112", audited=False)
            uow.commit()
        self.people: dict[str, Browser] = {}

    def person(self, name: str) -> Browser:
        if name not in self.people:
            self.people[name] = self.site.login(name)
        return self.people[name]

    def case(self) -> str:
        return self.site.register(self.person("clerk"))

    def referred(self) -> tuple[str, str]:
        """Return the address of a referred case, and of its referral."""
        case = self.case()
        self.dispose(case)
        page = self.person("handler").get(case).text
        return case, re.findall(r'action="([^"]+/referral/[^"]+)/accept"', page)[0]

    def dispose(self, case: str) -> Any:
        url, director = case.replace("/show/", "/dispose/"), self.person("director")
        return director.post(url, form_in(director.get(case).text, url))

    def post(self, name: str, url: str, **values: Any) -> Any:
        """Send the form of a page that posts to itself."""
        person = self.person(name)
        return person.send(url, form_in(person.get(url).text, ""), **values)

    def api(self, name: str, method: str, path: str, body: Any = None, version: int = 1) -> Any:
        headers = self.site.token(name) | {"If-Match": f'"{version}"'}
        return lambda: self.site.app.test_client().open(path, method=method, json=body, headers=headers)

    def value(self, query: Any) -> Any:
        with self.site.portal.reading(Access.system("test")) as session:
            return session.scalar(query)

    def entries(self, after: int = 0) -> list[AuditEntry]:
        with self.site.portal.reading(Access.system("test")) as session:
            query = select(AuditEntry).where(AuditEntry.id > after, AuditEntry.action.not_in(READS))
            return audit.opened(self.site.portal, list(session.scalars(query.order_by(AuditEntry.id))))

    def last(self) -> int:
        return int(self.value(select(func.coalesce(func.max(AuditEntry.id), 0))))


Act = Callable[[], Any]
Way = Callable[[Stage], tuple[Act, str]]


def _step(s: Stage) -> tuple[Act, str]:
    case = s.case()
    url = re.findall(r'href="([^"]+/transition/[^"]+)"', s.person("clerk").get(case).text)[0]
    pairs = s.person("clerk").form(url)
    return lambda: s.person("clerk").post(url, pairs), "transition"


def _api_step(s: Stage) -> tuple[Act, str]:
    case, asked = uid_of(s.case()), s.site.token("clerk")
    steps = s.site.app.test_client().get(f"{API}{case}/transitions", headers=asked).json["result"]
    name = next(one["id"] for one in steps if not one.get("form"))
    return s.api("clerk", "POST", f"{API}{case}/transitions/{name}", {}), "transition"


def _dispose(s: Stage) -> tuple[Act, str]:
    case, director = s.case(), s.person("director")
    url = case.replace("/show/", "/dispose/")
    pairs = form_in(director.get(case).text, url)
    return lambda: director.post(url, pairs), "dispose"


def _api_dispose(s: Stage) -> tuple[Act, str]:
    case = uid_of(s.case())
    record = s.value(select(Record.id).where(Record.uid == case))
    decision = s.value(select(Decision.id).where(Decision.record_id == record))
    path = f"{API}{case}/decisions/{decision}/dispositions"
    return s.api("director", "POST", path, {"proposal": 0}), "dispose"


def _referral(s: Stage) -> tuple[Act, str]:
    case, url = s.referred()
    pairs = form_in(s.person("handler").get(case).text, url + "/accept")
    return lambda: s.person("handler").post(url + "/accept", pairs), "referral.accept"


def _take_back(s: Stage) -> tuple[Act, str]:
    case, url = s.referred()
    pairs = changed(form_in(s.person("triage").get(case).text, url + "/revoke"), {"reason": "误派"})
    return lambda: s.person("triage").post(url + "/revoke", pairs), "referral.revoke"


def _api_referral(s: Stage) -> tuple[Act, str]:
    case, url = s.referred()
    referral = url.rsplit("/", 1)[1]
    version = s.value(select(Referral.version).where(Referral.uid == referral))
    path = f"{API}{uid_of(case)}/referrals/{referral}/accept"
    return s.api("handler", "POST", path, {}, version), "referral.accept"


def _edit(s: Stage) -> tuple[Act, str]:
    url = s.case().replace("/show/", "/edit/")
    pairs = s.person("clerk").form(url)
    return lambda: s.person("clerk").send(url, pairs, **{"/claim": "改过"}), "edit"


def _upload(s: Stage) -> tuple[Act, str]:
    clerk = s.person("clerk")
    data = {"file": (io.BytesIO(b"%PDF-1.7 evidence"), "a.pdf"), "csrf_token": clerk.token()}
    return lambda: clerk.client.post("/records/case/upload", data=data), "attach"


def _unmask(s: Stage) -> tuple[Act, str]:
    uid, clerk = uid_of(s.case()), s.person("clerk")
    pairs = {"csrf_token": clerk.token(), "purpose": "联系当事人"}
    return lambda: clerk.post(f"/records/case/unmask/{uid}", pairs), "unmask"


def _put(s: Stage) -> tuple[Act, str]:
    uid = uid_of(s.case())
    # Whoever sends the whole record must be shown the whole record.
    assert s.api("clerk", "POST", f"{API}{uid}/unmask", {"reason": "联系当事人"})().status_code == 200
    return s.api("clerk", "PUT", API + uid, {"data": DATA | {"claim": "换一个"}}), "edit"


def _decide(s: Stage) -> tuple[Act, str]:
    case, clerk = s.case(), s.person("clerk")
    url = case.replace("/show/", "/decide/")
    pairs = {"csrf_token": clerk.token(), "version": "1"}
    return lambda: clerk.post(url, pairs), "decide"


def _newer(s: Stage) -> tuple[str, int]:
    """Return a case, and a release that its centre took up after it."""
    uid, number = uid_of(s.case()), next(s.versions)
    new = {f"shore_{number}": {"type": "string", "title": "岸线"}}
    with tempfile.TemporaryDirectory() as folder:
        return uid, publish(s.site, Path(folder), f"9.{number}.0", properties=new)


def _adopt(s: Stage) -> tuple[Act, str]:
    uid, release = _newer(s)
    url, clerk = f"/records/case/release/{uid}", s.person("clerk")
    pairs = clerk.form(url)
    return lambda: clerk.send(url, pairs, reason="改用新版", to=str(release)), "adopt_release"


def _api_adopt(s: Stage) -> tuple[Act, str]:
    uid, release = _newer(s)
    return s.api(
        "clerk", "POST", f"{API}{uid}/release", {"release": release, "reason": "改"}
    ), "adopt_release"


def _login(s: Stage) -> tuple[Act, str]:
    return lambda: s.site.login("supervisor"), "login"


def _logout(s: Stage) -> tuple[Act, str]:
    person = s.site.login("supervisor")
    pairs = {"csrf_token": person.token()}
    return lambda: person.post("/logout/", pairs), "logout"


def _api_logout(s: Stage) -> tuple[Act, str]:
    headers = s.site.token("supervisor")
    return lambda: s.site.app.test_client().post("/api/v1/security/logout", headers=headers), "logout"


def _assign(s: Stage) -> tuple[Act, str]:
    values = {"csrf_token": s.person(ADMIN).token(), "role": "triage", "unit": "530112"}
    return lambda: s.person(ADMIN).post(f"/users/assign/{s.other}", values), "assign"


def _revoke(s: Stage) -> tuple[Act, str]:
    _assign(s)[0]()
    page = s.person(ADMIN).get(f"/users/show/{s.other}").text
    url = re.findall(rf'action="(/users/revoke/{s.other}/\d+)"', page)[-1]  # never the only one
    values = {"csrf_token": s.person(ADMIN).token()}
    return lambda: s.person(ADMIN).post(url, values), "revoke"


def _end_own(s: Stage) -> tuple[Act, str]:
    person = s.site.login("supervisor")
    values = {"csrf_token": person.token(), "session": "all"}
    return lambda: person.post("/users/sessions/end", values), "end_session"


def _end_other(s: Stage) -> tuple[Act, str]:
    s.site.login("clerk2")
    number = s.value(select(User.id).where(User.username == "clerk2"))
    values = {"csrf_token": s.person(ADMIN).token(), "session": "all"}
    return lambda: s.person(ADMIN).post(f"/users/sessions/of/{number}/end", values), "end_session"


def _form(name: str, url: str, action: str, **values: Any) -> Way:
    return lambda s: (s.person(name), (lambda: s.post(name, url.format(s.other), **values), action))[1]


def _department(s: Stage) -> str:
    made = s.site.register(s.person("director"), "department", **DEPARTMENT)
    return uid_of(made)


def _delete(s: Stage) -> tuple[Act, str]:
    uid, person = _department(s), s.person("director")
    url = f"/records/department/delete/{uid}"
    pairs = person.form(url)
    return lambda: person.send(url, pairs, reason="重复"), "delete"


def _api_delete(s: Stage) -> tuple[Act, str]:
    path = f"/api/v1/records/department/{_department(s)}"
    return s.api("director", "DELETE", f"{path}?reason=重复"), "delete"


def _grade(s: Stage) -> tuple[Act, str]:
    case, director = s.case(), s.person("director")
    pairs = {"csrf_token": director.token(), "version": "1", "grade": "complex", "reason": "事实不清"}
    return lambda: director.post(case.replace("/show/", "/grade/"), pairs), "grade"


def _api_grade(s: Stage) -> tuple[Act, str]:
    body = {"grade": "complex", "reason": "事实不清"}
    return s.api("director", "POST", f"{API}{uid_of(s.case())}/grade", body), "grade"


def _event(s: Stage) -> tuple[Act, str]:
    case, clerk = s.case(), s.person("clerk")
    pairs = {"csrf_token": clerk.token(), "version": "1", **EVENT}
    return lambda: clerk.post(case.replace("/show/", "/event/"), pairs), "record_event"


def _api_event(s: Stage) -> tuple[Act, str]:
    return s.api("clerk", "POST", f"{API}{uid_of(s.case())}/events", EVENT), "record_event"


def _notice(s: Stage) -> tuple[int, Callable[[], bool]]:
    """Return a notice to the clerk, and whether it is marked as read."""
    user_id, number = s.value(select(User.id).where(User.username == "clerk")), next(s.versions)
    with s.site.portal.writing(Access.system("test"), Origin()) as uow:
        made = Notice(
            user_id=user_id, outbox_id=10**9 + number, record_uid="", etype="case", event="x", at=uow.now
        )
        uow.add(made)
        uow.commit()
        notice = made.id
    return notice, lambda: s.value(select(Notice.read_at).where(Notice.id == notice)) is not None


def _read(s: Stage) -> tuple[Act, Callable[[], bool]]:
    (notice, is_read), clerk = _notice(s), s.person("clerk")
    pairs = {"csrf_token": clerk.token(), "notice": str(notice)}
    return lambda: clerk.post("/notices/read", pairs), is_read


def _api_read(s: Stage) -> tuple[Act, Callable[[], bool]]:
    notice, is_read = _notice(s)
    return s.api("clerk", "POST", f"/api/v1/notices/{notice}/read"), is_read


def _api_read_all(s: Stage) -> tuple[Act, Callable[[], bool]]:
    _number, is_read = _notice(s)
    return s.api("clerk", "POST", "/api/v1/notices/read"), is_read


def _job(s: Stage) -> tuple[int, Callable[[], bool]]:
    """Return a job that the clerk started, and whether it is cancelled."""
    user_id = s.value(select(User.id).where(User.username == "clerk"))
    with s.site.portal.writing(Access(user_id, "clerk")) as uow:
        job = jobs.enqueue(uow, "fill_fields", {"unit_id": 0})
        uow.commit()
    return job, lambda: s.value(select(Job.status).where(Job.id == job)) == "cancelled"


def _cancel(s: Stage) -> tuple[Act, Callable[[], bool]]:
    (job, is_cancelled), clerk = _job(s), s.person("clerk")
    pairs = {"csrf_token": clerk.token()}
    return lambda: clerk.post(f"/jobs/{job}/cancel", pairs), is_cancelled


def _api_cancel(s: Stage) -> tuple[Act, Callable[[], bool]]:
    job, is_cancelled = _job(s)
    return s.api("clerk", "DELETE", f"/api/v1/jobs/{job}"), is_cancelled


EVENT = {"event": "notice_given", "day": TODAY.isoformat(), "reason": "当场告知"}
DEPARTMENT: dict[str, Any] = {"/name": "测试科室", "/kind": "department", "/mode": "resident"}
WAYS: dict[str, Way] = {
    "LoginView.login": _login,
    "LoginView.logout": _logout,
    "TokenApi.login": lambda s: (lambda: s.site.token("supervisor"), "login"),
    "TokenApi.logout": _api_logout,
    "RecordsView.add": lambda s: (s.person("clerk"), (s.case, "add"))[1],
    "RecordsView.edit": _edit,
    "RecordsView.delete": _delete,
    "RecordsView.transition": _step,
    "RecordsView.dispose": _dispose,
    "RecordsView.referral": _referral,
    "RecordsView.revoke": _take_back,
    "RecordsView.decide": _decide,
    "RecordsView.upload": _upload,
    "RecordsView.unmask": _unmask,
    "RecordsView.grade": _grade,
    "RecordsView.event": _event,
    "RecordsView.release": _adopt,
    "RecordsApi.unmask": lambda s: (
        s.api("clerk", "POST", f"{API}{uid_of(s.case())}/unmask", {"reason": "联系当事人"}),
        "unmask",
    ),
    "RecordsApi.post": lambda s: (s.api("clerk", "POST", API, {"data": DATA}), "add"),
    "RecordsApi.put": _put,
    "RecordsApi.patch": lambda s: (
        s.api("clerk", "PATCH", API + uid_of(s.case()), {"data": {"claim": "改一下"}}),
        "edit",
    ),
    "RecordsApi.delete": _api_delete,
    "WorkApi.transition": _api_step,
    "WorkApi.dispose": _api_dispose,
    "WorkApi.answer": _api_referral,
    "WorkApi.move": _api_adopt,
    "WorkApi.grade": _api_grade,
    "WorkApi.record_event": _api_event,
    "UserView.add": _form(
        ADMIN,
        "/users/add",
        "add",
        username="fresh",
        last_name="新",
        first_name="人",
        email="fresh@example.org",
        password=SECRET,
        conf_password=SECRET,
    ),
    "UserView.edit": _form(ADMIN, "/users/edit/{}", "edit", last_name="王"),
    "UserView.assign": _assign,
    "UserView.revoke": _revoke,
    "PasswordView.this_form_post": _form(
        ADMIN, "/resetpassword/form?pk={}", "password", password=SECRET, conf_password=SECRET
    ),
    "MyAccountView.this_form_post": _form("triage", "/myaccountview/form", "edit", last_name="李"),
    "MyPasswordView.this_form_post": _form(
        "jinning",
        "/resetmypassword/form",
        "password",
        current_password=PASSWORD,
        password=SECRET,
        conf_password=SECRET,
    ),
    "SessionPages.end_own": _end_own,
    "SessionPages.end": _end_other,
}
# What writes and leaves no entry, by what its table declares: what a notice tells of has its entry, and what a job
# does has entries of its own.
UNNOTED: dict[str, Callable[[Stage], tuple[Act, Callable[[], bool]]]] = {
    "HomeView.read_notices": _read,
    "NoticesApi.read": _api_read,
    "NoticesApi.read_all": _api_read_all,
    "JobView.cancel": _cancel,
    "JobsApi.delete": _api_cancel,
}


@pytest.fixture(scope="module")
def stage(site: Site) -> Stage:
    return Stage(site)


def writing(site: Site) -> set[str]:
    """Return the addresses that take more than questions."""
    rules = site.app.url_map.iter_rules()
    return {rule.endpoint for rule in rules if (rule.methods or set()) - {"GET", "HEAD", "OPTIONS"}}


def test_every_address_that_writes_is_known(site: Site) -> None:
    assert writing(site) == WAYS.keys() | UNNOTED.keys() | NO_WRITE.keys() | FOLLOWED.keys()
    assert all(callable(getattr(test_second_factor, name)) for name in FOLLOWED.values())


@pytest.mark.parametrize("endpoint", WAYS)
def test_each_way_leaves_one_entry(stage: Stage, endpoint: str) -> None:
    act, action = WAYS[endpoint](stage)
    before = stage.last()
    answer = act()
    assert getattr(answer, "status_code", 302) < 400, answer.text[:1000]
    found = stage.entries(before)
    assert [entry.action for entry in found] == [action], answer
    (entry,) = found
    assert all((entry.actor, entry.actor_id, entry.at, entry.request_id, entry.ip == "127.0.0.1"))
    assert entry.channel == ("api" if "Api" in endpoint else "web")
    assert all((entry.kind, entry.object_id, entry.unit_path))
    assert action not in ("edit", "revoke", "delete") or entry.before
    assert action not in ("add", "edit", "attach", "assign") or entry.after
    written = str((entry.before, entry.after))
    assert not any(secret in written for secret in (PASSWORD, SECRET))


@pytest.mark.parametrize("endpoint", UNNOTED)
def test_marks_of_notices_and_jobs_are_made_without_an_entry(stage: Stage, endpoint: str) -> None:
    act, is_done = UNNOTED[endpoint](stage)
    before = stage.last()
    assert not is_done()
    answer = act()
    assert answer.status_code < 400, answer.text[:1000]
    assert is_done()
    assert stage.entries(before) == []
    assert {isinstance(model.__audit__, Unaudited) for model in (Notice, Job)} == {True}


@pytest.mark.parametrize("endpoint", sorted(WAYS.keys() - {"LoginView.login", "TokenApi.login"}))
def test_refused_writes_leave_none(stage: Stage, endpoint: str) -> None:
    """Nobody is signed in, or somebody sends nonsense: nothing is stored and nothing noted."""
    rules = [rule for rule in stage.site.app.url_map.iter_rules() if rule.endpoint == endpoint]
    before = stage.last()
    headers = stage.site.token("wuhua")
    asked = stage.last()
    assert asked == before + 1  # the sign-in itself
    for rule in rules:
        values = {
            name: "case" if name == "etype" else 1 if name in ("pk", "assignment", "decision") else "0" * 32
            for name in rule.arguments
        }
        with stage.site.app.test_request_context():
            url = stage.site.app.url_map.bind("localhost").build(endpoint, values)
        for method in (rule.methods or set()) - {"GET", "HEAD", "OPTIONS"}:
            client = stage.site.app.test_client()
            assert client.open(url, method=method, json={"data": {}}).status_code >= 300
            if "logout" not in endpoint:
                answer = client.open(url, method=method, json={"data": {"nonsense": 1}}, headers=headers)
                assert answer.status_code >= 300, answer.text
    assert [entry.action for entry in stage.entries(asked)] == []


def test_configuration_leaves_one_entry_each(stage: Stage, county: County) -> None:
    """Rules, forms and layout come in by a release: published and put in force by the command line."""
    before = stage.last()
    assert county.publish().exit_code == 0
    found = stage.entries(before)
    assert sorted(entry.action for entry in found) == ["activate", "publish", "store"]
    assert {entry.channel for entry in found} == {"cli"}
    assert all(entry.after and entry.actor for entry in found)
    before = stage.last()
    assert county.publish().exit_code == 0
    county.write("rule_sets", "referral", {"rules": {"odd": {"when": "import os"}}})
    assert county.publish().exit_code != 0
    assert stage.entries(before) == []


def test_accounts_made_on_the_command_line(stage: Stage, county: County) -> None:
    before = stage.last()
    environment = {
        "PORTAL_ENV": "demo",
        "PORTAL_DATABASE_URL": stage.site.url,
        "PORTAL_INSTANCE": str(county.root),
        "PORTAL_SECRET_KEY": "a signing key of tests, 0123456789",
    }
    run = CliRunner().invoke(main, ["user", "assign", "triage", "clerk", "530112"], env=environment)
    assert run.exit_code == 0, run.output
    (entry,) = stage.entries(before)
    assert (entry.action, entry.channel) == ("assign", "cli")


def test_an_import_leaves_one_entry_for_each_case(stage: Stage) -> None:
    from portal.services import records

    before = stage.last()
    with stage.site.portal.writing(Access.system("import"), Origin(channel="cli")) as uow:
        made = [records.register(uow, "case", "530112", DATA).record.uid for _ in range(5)]
        uow.commit()
    assert [(entry.action, entry.object_id) for entry in stage.entries(before)] == [
        ("add", uid) for uid in made
    ]


def test_units_leave_one_entry_each(stage: Stage) -> None:
    from portal.services import units

    portal, root = stage.site.portal, Access.system("test")
    before = stage.last()
    with portal.writing(root, Origin()) as uow:
        parent = units.by_code(uow.session, "530112")
        units.add(uow, "530112:check39", "新科室", parent.level, parent.id)
        uow.commit()
    assert [entry.action for entry in stage.entries(before)] == ["add"]
