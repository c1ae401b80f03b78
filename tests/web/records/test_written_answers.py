"""The history opens to what people wrote into the forms of steps, masked for each reader like the record itself."""

from __future__ import annotations

import json
import re
import shutil
from typing import Any

import pytest
from sqlalchemy import delete, select, update

from portal.adapters.pack_files import PackFiles
from portal.core.access import Access, Origin
from portal.core.packs import resolve
from portal.persistence.models import AuditEntry, Disclosure, Record, RecordEvent
from portal.services import audit, records, releases, users
from tests.web.records.seeded_site import PASSWORD, Browser, Site, uid_of
from tests.web.records.statements import counted
from tests.web.records.test_records_release import ROOT
from tests.web.records.test_stage_bar import ANALYSED, XISHAN, act, assigned

SECRET, WITNESS, RISK = "机密诊断不外传", "欧阳修竹", "可能围堵工地大门"
WROTE = ANALYSED | {"focus": SECRET, "risks": RISK}
WROTE |= {"special_team": True, "team_leader": WITNESS, "plan": "先谈定金再谈违约金"}
# Fields of a step's form that have a class, and one that a role may not see at all.
FIELDS = {"/focus": {"sensitivity": "sensitive"}, "/team_leader": {"sensitivity": "personal", "mask": "name"}}
HIDDEN = {"analysis_note": {"/risks": "hidden"}}
ROLES = ("clerk", "triage", "director", "appraiser", "mediator", "inspector", "archivist", "supervisor")


def opened(page: str) -> str:
    """Return what the events of the history open to."""
    history = page.split('id="history"')[1].split("</section>  </div>")[0]
    return "".join(re.findall(r'<details class="told">.*?</details>', history, re.S))


def show(person: Browser, case: str) -> str:
    page = person.get(case)
    assert page.status_code == 200
    return page.text


@pytest.fixture(scope="module")
def stricter(site: Site, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Xishan declares fields of the analysis personal, and its appraisers may not see one of them."""
    folder = tmp_path_factory.mktemp("stricter")
    for kind in ("seed", "form_definitions", "rule_sets", "translations"):
        shutil.copytree(ROOT / kind, folder / kind, dirs_exist_ok=True)
    manifest = folder / "seed/county/xishan/pack.json"
    manifest.write_text(json.dumps(json.loads(manifest.read_text("utf-8")) | {"version": "9.2.0"}), "utf-8")
    form = folder / "form_definitions/county/xishan/analysis_note.json"
    form.write_text(json.dumps({"ui": {"fields": FIELDS}}, ensure_ascii=False), "utf-8")
    roles = folder / "seed/county/xishan/roles.json"
    roles.write_text(json.dumps({"appraiser": {"fields": HIDDEN}}, ensure_ascii=False), "utf-8")
    with site.portal.writing(Access.system("publish"), Origin(channel="cli")) as uow:
        releases.publish(uow, resolve("county/xishan", PackFiles([folder])), verify=False)
        for role in ROLES:
            user = users.create(uow, f"r_{role}", PASSWORD, "某", role)
            users.assign(uow, user.id, role, XISHAN, audited=False)
        uow.commit()


@pytest.fixture(scope="module")
def before(site: Site, clerk: Browser) -> str:
    """A case that was analysed under the release before."""
    return assigned(site, clerk)


@pytest.fixture(scope="module")
def case(site: Site, clerk: Browser, before: str, stricter: None) -> str:
    made = site.register(clerk)
    act(site, made, records.transition, "accept")
    act(site, made, records.transition, "submit_analysis", form=WROTE)
    return made


def test_a_step_opens_to_the_answers_of_its_form(site: Site, before: str) -> None:
    for name in ("clerk", "triage", "director", "supervisor"):
        shown = opened(show(site.login(name), before))
        for words in ("事实和诉求梳理", ANALYSED["findings"], "研判结论", "先行调解"):
            assert words in shown, (name, words)
        assert "风险点" not in shown, "what was left empty is not shown"
    english = site.login("clerk2")
    english.get("/lang/en")
    assert f'<span lang="zh-Hans">{ANALYSED["findings"]}</span>' in opened(show(english, before))


@pytest.mark.parametrize("role", ROLES)
def test_personal_answers_are_masked_for_every_role(site: Site, case: str, role: str) -> None:
    page = show(site.login(f"r_{role}"), case)
    assert SECRET not in page
    assert WITNESS not in page
    shown = opened(page)
    assert "欧*" in shown
    assert ANALYSED["findings"] in shown
    if role == "appraiser":
        assert RISK not in page
        assert "事项风险点" not in shown, "what is hidden is not even named"
        assert "另有 1 项因您的岗位不显示" in shown
    else:
        assert RISK in shown
        assert "因您的岗位不显示" not in shown


def test_sensitive_answers_are_stored_encrypted(site: Site, case: str) -> None:
    with site.portal.reading(Access.system("test")) as session:
        record = records.get_any(session, uid_of(case))
        events = session.scalars(select(RecordEvent).where(RecordEvent.record_id == record.id)).all()
        assert SECRET not in json.dumps([one.data for one in events], ensure_ascii=False)


def test_they_are_shown_for_a_purpose_and_the_entry_names_them(site: Site, case: str) -> None:
    triage = site.login("r_triage")
    uid = uid_of(case)
    answer = triage.post(
        f"/records/case/unmask/{uid}", {"csrf_token": triage.token(), "purpose": "核对分析研判的内容"}
    )
    assert answer.status_code == 303
    shown = opened(show(triage, case))
    assert SECRET in shown
    assert WITNESS in shown
    assert SECRET not in show(site.login("r_director"), case), "only to who asked"
    with site.portal.reading(Access.system("test")) as session:
        query = select(AuditEntry).where(AuditEntry.object_id == uid, AuditEntry.action == "unmask")
        (entry,) = audit.opened(site.portal, list(session.scalars(query)))
        assert {"analysis_note#/focus", "analysis_note#/team_leader"} <= set(entry.after["fields"])
        assert SECRET not in json.dumps(entry.after, ensure_ascii=False)
    with site.portal.writing(Access.system("test")) as uow:
        uow.session.connection().execute(delete(Disclosure))
        uow.commit()


def test_a_step_is_read_by_the_release_under_which_it_was_taken(site: Site, before: str, case: str) -> None:
    """Moving the record on changes no words of what was written before, and no class."""
    uid, clerk = uid_of(before), site.login("clerk")
    url = f"/records/case/release/{uid}"
    moved = clerk.send(url, clerk.form(url), reason="统一改用新版")
    assert moved.status_code == 303, moved.text[:500]
    shown = opened(show(clerk, before))
    assert ANALYSED["findings"] in shown
    assert "事实和诉求梳理" in shown


def test_what_no_key_opens_any_more_is_said_so(site: Site, clerk: Browser, before: str) -> None:
    with site.portal.writing(Access.system("test")) as uow:
        other = uow.session.scalars(select(Record).where(Record.uid != uid_of(before))).first()
        assert other is not None
        uow.session.connection().execute(
            update(Record.__table__).where(Record.__table__.c.uid == uid_of(before)).values(key=other.key)
        )
        uow.commit()
    shown = opened(show(clerk, before))
    assert "已随记录销毁" in shown
    assert ANALYSED["findings"] not in shown


def test_a_long_history_is_folded_and_asks_no_more_statements(site: Site, clerk: Browser, case: str) -> None:

    short = site.register(clerk)
    act(site, short, records.transition, "accept")
    act(site, short, records.transition, "submit_analysis", form=WROTE)
    clerk.get(short)
    few = counted(site, lambda: show(clerk, short))
    _repeat(site, short, 500)
    many = counted(site, lambda: show(clerk, short))
    assert len(many) == len(few)
    page = show(clerk, short)
    assert page.count('class="history-item"') == 40
    assert "全部 503 条" in page
    whole = show(clerk, f"{short}?history=all")
    assert whole.count('class="history-item"') == 503
    assert len(counted(site, lambda: show(clerk, f"{short}?history=all"))) == len(few)


def _repeat(site: Site, case: str, times: int) -> None:
    """Tell the last step of a case again and again."""
    with site.portal.writing(Access.system("test")) as uow:
        record = records.get_any(uow.session, uid_of(case))
        rows = uow.session.scalars(
            select(RecordEvent).where(RecordEvent.record_id == record.id).order_by(RecordEvent.id)
        ).all()
        last: Any = rows[-1]
        columns = [c.name for c in RecordEvent.__table__.columns if c.name != "id"]
        values = {name: getattr(last, name) for name in columns}
        uow.session.connection().execute(RecordEvent.__table__.insert(), [values] * times)
        uow.commit()
