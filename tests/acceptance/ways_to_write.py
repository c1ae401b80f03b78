"""Every way to write, by the endpoint of its address: how it is done, and which entry it leaves."""

from __future__ import annotations

import io
import re
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from sqlalchemy import func, select, update

from portal.core.access import Access, Origin
from portal.persistence.models import Assignment, Decision, Notice, Record, Referral, SavedView, User
from portal.services import jobs
from tests.acceptance.stage import ADMIN, Stage
from tests.web.records.seeded_site import CASE, PASSWORD, TODAY, changed, form_in, uid_of
from tests.web.records.test_records_release import publish

API = "/api/v1/records/case/"
SECRET = "A-new-one-2026"
DATA = {key.strip("/"): value for key, value in CASE.items()} | {"amount": 20000, "lower_tried": False}
Act = Callable[[], Any]
Way = Callable[[Stage], tuple[Act, str]]


def _step(s: Stage) -> tuple[Act, str]:
    case = s.case()
    steps = re.findall(r'href="([^"]+/transition/[^"]+)"', s.person("clerk").get(case).text)
    url = next(one for one in steps if one.endswith("/accept"))
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


def _hand_over(s: Stage) -> tuple[Act, str]:
    uid, director = uid_of(s.case()), s.person("director")
    version = s.value(select(Record.version).where(Record.uid == uid))
    pairs = [("csrf_token", director.token()), ("row", f"{uid}.{version}"), ("to", "proposed")]
    return lambda: director.post("/records/case/hand-over", pairs), "dispose"


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


def _renew(s: Stage) -> tuple[Act, str]:
    url, clerk = s.case().replace("/show/", "/receipt/"), s.person("clerk")
    pairs = clerk.form(url)
    return lambda: clerk.send(url, pairs), "lookup.renew"


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


def _confirm(s: Stage) -> tuple[Act, str]:
    """Confirm a role that somebody else gave; here roles hold at once, so it is made to wait."""
    waits = update(Assignment.__table__).where(Assignment.__table__.c.user_id == s.other)
    with s.site.portal.database.engine.begin() as connection:
        connection.execute(waits.values(confirmed_at=None, given_by=0))
    page = s.person(ADMIN).get(f"/users/show/{s.other}").text
    url = re.findall(rf'action="(/users/confirm/{s.other}/\d+)"', page)[-1]
    values = {"csrf_token": s.person(ADMIN).token()}
    return lambda: s.person(ADMIN).post(url, values), "confirm"


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


def _views(s: Stage) -> int:
    return int(s.value(select(func.count()).select_from(SavedView)))


def _keep(s: Stage) -> Callable[[], Any]:
    pairs = {"csrf_token": s.person("clerk").token(), "name": f"v{next(s.versions)}", "query": "is_open=true"}
    return lambda: s.person("clerk").post("/records/case/views/save", pairs)


def _save_view(s: Stage) -> tuple[Act, Callable[[], bool]]:
    before = _views(s)
    return _keep(s), lambda: _views(s) == before + 1


def _drop_view(s: Stage) -> tuple[Act, Callable[[], bool]]:
    _keep(s)()
    there, view = _views(s), s.value(select(func.max(SavedView.id)))
    pairs = {"csrf_token": s.person("clerk").token(), "view": str(view)}
    return lambda: s.person("clerk").post("/records/case/views/delete", pairs), lambda: _views(s) < there


def _job(s: Stage) -> int:
    """Return a job that the clerk started."""
    user_id = s.value(select(User.id).where(User.username == "clerk"))
    with s.site.portal.writing(Access(user_id, "clerk")) as uow:
        job = jobs.enqueue(uow, "fill_fields", {"unit_id": 0})
        uow.commit()
    return job


def _cancel(s: Stage) -> tuple[Act, str]:
    job, clerk = _job(s), s.person("clerk")
    pairs = {"csrf_token": clerk.token()}
    return lambda: clerk.post(f"/jobs/{job}/cancel", pairs), "cancel"


def _api_cancel(s: Stage) -> tuple[Act, str]:
    return s.api("clerk", "DELETE", f"/api/v1/jobs/{_job(s)}"), "cancel"


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
    "RecordsView.hand_over": _hand_over,
    "RecordsView.referral": _referral,
    "RecordsView.revoke": _take_back,
    "RecordsView.decide": _decide,
    "RecordsView.upload": _upload,
    "RecordsView.unmask": _unmask,
    "RecordsView.receipt": _renew,
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
    "UserView.confirm": _confirm,
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
    "JobView.cancel": _cancel,
    "JobsApi.delete": _api_cancel,
}
# What writes and leaves no entry, by what its table declares: what a notice tells of has its own, a view is private.
UNNOTED: dict[str, Callable[[Stage], tuple[Act, Callable[[], bool]]]] = {
    "HomeView.read_notices": _read,
    "RecordsView.save_view": _save_view,
    "RecordsView.drop_view": _drop_view,
    "NoticesApi.read": _api_read,
    "NoticesApi.read_all": _api_read_all,
}
