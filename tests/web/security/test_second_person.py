"""Nobody comes to personal data alone: roles that see them, or lead to them, wait for a second person."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from sqlalchemy import select

from portal.adapters.clock import FixedClock
from portal.adapters.keyring import new_key
from portal.adapters.pack_files import PackFiles
from portal.cli.user import command
from portal.core.access import ADMIN, Access
from portal.core.errors import PortalError
from portal.core.packs import resolve
from portal.persistence.models import Assignment, AuditEntry, Unit, User
from portal.services import releases, users
from portal.services.notices.recipients import _assigned, _workers
from portal.services.portal import Policy, Portal
from portal.services.users import sensitive
from portal.services.users.receivers import lacking, receiving
from portal.services.users.sensitive import is_sensitive
from portal.settings import Settings
from tests.fixtures.database import BOTH, KEYS
from tests.web.conftest import token_in
from tests.web.records.seeded_site import PASSWORD, TODAY, Browser, Site, form_in

SYSTEM = Access.system("test")
ROOT = Path(__file__).parents[3]
XISHAN, JINNING, CITY = "530112", "530115", "530100"
JUSTICE = f"{XISHAN}:justice"
NEW = "Quite-another-word-7"
CASES = "/records/case/list/"
# Who keeps accounts where: two at Xishan, one above, and administrators.
KEEPERS = {
    "keeper": ("security_admin", XISHAN),
    "keeper2": ("security_admin", XISHAN),
    "above": ("security_admin", CITY),
    "jinning.keeper": ("security_admin", JINNING),
    "chief": (ADMIN, XISHAN),
    "chief2": (ADMIN, XISHAN),
}


@pytest.fixture(params=BOTH)
def site(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Site]:
    """A portal as in production: a second person confirms, and administrators see no records."""
    if request.param == "sqlite":
        shutil.copy(request.getfixturevalue("filled_sqlite"), tmp_path / "portal.db")
        server, url = None, f"sqlite:///{tmp_path / 'portal.db'}"
    else:
        server = request.getfixturevalue("postgresql_server")
        url = server.copy(request.getfixturevalue("filled_postgresql"))
    site = Site.open(url, tmp_path, portal=Portal.from_url(url, FixedClock.on(TODAY), KEYS, Policy()))
    with site.portal.writing(SYSTEM) as uow:
        for name, (role, unit) in KEEPERS.items():
            made = users.create(uow, name, PASSWORD, "员", name)
            users.assign(uow, made.id, role, unit, audited=False)
        uow.commit()
    yield site
    site.close()
    if server is not None:
        server.drop(url)


def id_of(site: Site, name: str) -> int:
    with site.portal.reading(SYSTEM) as session:
        return users.by_username(session, name).id


def held(site: Site, name: str) -> dict[str, Any]:
    with site.portal.reading(SYSTEM) as session:
        return {one.role: one for one in users.assignments(session, users.by_username(session, name).id)}


def post(browser: Browser, url: str, **data: str) -> int:
    return browser.post(url, {"csrf_token": browser.token(), **data}).status_code


def make(site: Site, browser: Browser, name: str = "fresh") -> int:
    """Make an account on the page, as who keeps accounts does."""
    person = {"username": name, "last_name": "新", "first_name": "人", "email": f"{name}@portal.invalid"}
    assert post(browser, "/users/add", active="y", password=PASSWORD, conf_password=PASSWORD, **person) == 302
    return id_of(site, name)


def give(site: Site, browser: Browser, name: str, role: str, unit: str = XISHAN) -> int:
    return post(browser, f"/users/assign/{id_of(site, name)}", role=role, unit=unit)


def confirm(site: Site, browser: Browser, name: str, role: str) -> int:
    return post(browser, f"/users/confirm/{id_of(site, name)}/{held(site, name)[role].id}")


def access_of(site: Site, name: str) -> Access:
    return users.access_of(site.portal, id_of(site, name))


def reads_cases(site: Site, name: str) -> bool:
    return access_of(site, name).can("case", "list")


def entered(site: Site, name: str, password: str = PASSWORD) -> Browser:
    """Return the browser of somebody whose password was set by another: the first act is to choose another."""
    browser = site.stranger()
    token = token_in(browser.get("/login/").text)
    browser.post("/login/", {"csrf_token": token, "username": name, "password": password})
    fresh, token = f"A-word-of-its-own-{len(password)}", token_in(browser.get("/login/step").text)
    answer = browser.post("/login/step", {"csrf_token": token, "password": fresh, "conf_password": fresh})
    assert answer.status_code == 302, answer.text[:400]
    assert browser.get("/users/userinfo/").status_code == 200
    return browser


def test_who_makes_an_account_and_gives_it_a_role_reads_no_cases(site: Site) -> None:
    keeper = site.login("keeper")
    pk = make(site, keeper)
    assert give(site, keeper, "fresh", "director") == 302
    page = keeper.get(f"/users/show/{pk}").text
    assert "等待第二人确认" in page
    assert f"/users/confirm/{pk}/" not in page, "who gave it is not offered to confirm it"
    # Neither by signing in to it nor by confirming it himself, on the page or past it.
    fresh = entered(site, "fresh")
    assert fresh.get(CASES).status_code in (302, 403, 404)
    assert confirm(site, keeper, "fresh", "director") == 403
    assert confirm(site, fresh, "fresh", "director") in (302, 403, 404)
    assert not reads_cases(site, "fresh")
    assert site.app.test_client().get("/api/v1/records/case/").status_code == 401
    second = site.login("keeper2")
    assert f"/users/show/{pk}" in second.get("/users/list/").text.split("等待第二人确认的角色")[1][:300]
    assert f"/users/confirm/{pk}/" in second.get(f"/users/show/{pk}").text
    assert confirm(site, second, "fresh", "director") == 302
    # At the next request, without signing in again.
    assert fresh.get(CASES).status_code == 200
    assert confirm(site, second, "fresh", "director") == 409
    with site.portal.reading(SYSTEM) as session:
        entries = session.scalars(select(AuditEntry).where(AuditEntry.object_id == "fresh"))
        said = [(one.action, one.actor) for one in entries if one.action in ("assign", "confirm")]
    assert said == [("assign", "keeper员"), ("confirm", "keeper2员")]


@pytest.mark.parametrize(
    ("name", "status"), [("above", 302), ("chief", 302), ("jinning.keeper", 404), ("clerk", 302)]
)
def test_who_may_confirm_could_have_given_the_role(site: Site, name: str, status: int) -> None:
    give(site, site.login("keeper"), "clerk2", "director")
    asked = confirm(site, site.login(name), "clerk2", "director")
    if name == "clerk":
        assert asked in (302, 403)
    else:
        assert asked == status
    assert held(site, "clerk2")["director"].waits == (name not in ("above", "chief"))


def test_no_second_account_of_the_same_person_confirms(site: Site) -> None:
    """An account that keeps accounts is itself confirmed by somebody else first."""
    keeper = site.login("keeper")
    make(site, keeper, "helper")
    give(site, keeper, "helper", "security_admin")
    give(site, keeper, "clerk2", "director")
    helper = entered(site, "helper")
    assert confirm(site, helper, "clerk2", "director") in (302, 403)
    assert confirm(site, helper, "helper", "security_admin") in (302, 403)
    assert held(site, "clerk2")["director"].waits
    assert held(site, "helper")["security_admin"].waits


def test_setting_a_password_gives_nobody_the_roles_of_its_owner(site: Site) -> None:
    keeper = site.login("keeper")
    assert reads_cases(site, "director")
    for victim in ("director", "keeper2"):
        url = f"/resetpassword/form?pk={id_of(site, victim)}"
        assert post(keeper, url, password=NEW, conf_password=NEW) == 302
    assert not reads_cases(site, "director")
    thief = entered(site, "director", NEW)
    assert thief.get(CASES).status_code in (302, 403, 404)
    # Nor does the account of another keeper confirm it then.
    other = entered(site, "keeper2", NEW)
    assert confirm(site, other, "director", "director") in (302, 403)
    assert confirm(site, keeper, "director", "director") == 403
    above = site.login("above")
    assert confirm(site, above, "director", "director") == 302
    assert thief.get(CASES).status_code == 200
    with site.portal.reading(SYSTEM) as session:
        query = select(AuditEntry).where(AuditEntry.action == "password", AuditEntry.object_id == "director")
        said = [(entry.actor, entry.after) for entry in session.scalars(query.order_by(AuditEntry.id))]
    assert said == [("keeper员", {"waits": ["director"]}), ("director某", None)]


def test_ones_own_new_password_keeps_ones_roles(site: Site) -> None:
    director = site.login("director")
    own = dict(form_in(director.get("/resetmypassword/form").text, ""))
    answer = director.post(
        "/resetmypassword/form", own | {"current_password": PASSWORD, "password": NEW, "conf_password": NEW}
    )
    assert answer.status_code == 302
    assert reads_cases(site, "director")


def test_which_roles_wait(site: Site) -> None:
    with site.portal.reading(SYSTEM) as session:
        unit = users.home_of(session, users.by_username(session, "clerk").id)
        assert unit is not None
        known = ("clerk", "director", "inspector", "security_admin", "config_admin", "template_owner")
        waiting = [*known, ADMIN, "nobody.knows.it"]
        at_once = ["sys_admin", "auditor"]
        found = {role: is_sensitive(site.portal, session, role, unit) for role in waiting + at_once}
    assert found == dict.fromkeys(waiting, True) | dict.fromkeys(at_once, False)
    chief = site.login("chief")
    assert give(site, chief, "clerk2", "auditor") == 302
    assert access_of(site, "clerk2").can("audit", "list")


def test_a_role_that_waits_does_nothing_anywhere(site: Site) -> None:
    """It reaches no list, no notice, no figure of people, and none of the framework's permissions."""
    chief = site.login("chief")
    give(site, chief, "clerk2", ADMIN)
    give(site, chief, "clerk2", "handler")
    give(site, chief, "clerk2", "director", f"{XISHAN}001")
    mine = access_of(site, "clerk2")
    assert mine.roles == {"clerk"}
    assert {path for _role, path in mine.memberships} == {
        path for _role, path in access_of(site, "clerk").memberships
    }
    with site.portal.writing(SYSTEM) as uow:
        person = users.by_username(uow.session, "clerk2")
        assert {role.name for role in person.roles} == {"clerk"}
        place = uow.session.scalar(select(Assignment.unit_id).where(Assignment.role == "handler"))
        waits = select(Assignment.unit_id).where(
            Assignment.user_id == person.id, Assignment.role == "handler"
        )
        assert person.id not in _workers(uow, uow.session.scalar(waits) or 0, "case")
        assert place is not None
    browser = site.login("clerk2")
    assert browser.get("/users/list/").status_code in (302, 403)
    assert confirm(site, site.login("chief2"), "clerk2", ADMIN) == 302
    assert access_of(site, "clerk2").roles == {"clerk", ADMIN}
    assert browser.get("/users/list/").status_code == 200


def with_roles(site: Site, folder: Path, **roles: Any) -> None:
    """Bring a release of Xishan into force in which some roles are allowed more."""
    for kind in ("seed", "form_definitions", "rule_sets", "translations"):
        shutil.copytree(ROOT / kind, folder / kind)
    pack = folder / "seed/county/xishan"
    manifest = json.loads((pack / "pack.json").read_text(encoding="utf-8")) | {"version": "9.7.0"}
    (pack / "pack.json").write_text(json.dumps(manifest, ensure_ascii=False), encoding="utf-8")
    (pack / "roles.json").write_text(json.dumps(roles), encoding="utf-8")
    with site.portal.writing(SYSTEM) as uow:
        releases.publish(uow, resolve("county/xishan", PackFiles([folder])), verify=False)
        uow.commit()


def test_a_role_that_becomes_sensitive_waits_from_then_on(site: Site, tmp_path: Path) -> None:
    """Who gave it alone, while it led to nothing, has not been looked at by a second person."""
    chief, second = site.login("chief"), site.login("chief2")
    make(site, chief)
    assert give(site, chief, "fresh", "auditor") == 302
    with site.portal.writing(SYSTEM) as uow:
        # By the system, as on the command line: there is no first person who could be the only one.
        by_system = users.create(uow, "shipped", PASSWORD, "员", "shipped")
        users.assign(uow, by_system.id, "auditor", XISHAN, audited=False)
        uow.commit()
    post(chief, f"/users/assign/{id_of(site, 'clerk2')}", role="auditor", unit=XISHAN)
    fresh = entered(site, "fresh")
    assert fresh.get("/audit/").status_code == 200
    assert 'href="/audit/"' in fresh.get("/").text
    with_roles(site, tmp_path / "packs", auditor={"grants": {"case": ["list", "show", "unmask"]}})
    assert access_of(site, "shipped").can("case", "show")
    assert access_of(site, "fresh").roles == frozenset()
    assert access_of(site, "clerk2").roles == {"clerk"}
    assert 'href="/audit/"' not in fresh.get("/").text
    for address in (CASES, "/audit/", "/records/case/add"):
        assert fresh.get(address).status_code in (302, 403, 404), address
    with site.portal.writing(SYSTEM) as uow:
        unit = uow.session.scalar(select(Unit).where(Unit.code == XISHAN))
        assert unit is not None
        people = {user for user, role, _unit in _assigned(uow, unit.id) if role == "auditor"}
        assert people == {by_system.id}
    pk = id_of(site, "fresh")
    assert "等待第二人确认" in second.get(f"/users/show/{pk}").text
    assert f"/users/show/{pk}" in second.get("/users/list/").text.split("等待第二人确认的角色")[1][:600]
    assert confirm(site, chief, "fresh", "auditor") == 403
    assert confirm(site, second, "fresh", "auditor") == 302
    assert fresh.get(CASES).status_code == 200
    assert confirm(site, second, "fresh", "auditor") == 409


def test_a_role_that_became_sensitive_receives_nothing_until_it_is_confirmed(
    site: Site, tmp_path: Path
) -> None:
    chief, second = site.login("chief"), site.login("chief2")
    make(site, chief)
    assert give(site, chief, "fresh", "auditor", JUSTICE) == 302

    def receives() -> tuple[bool, bool]:
        with site.portal.reading(SYSTEM) as session:
            there = JUSTICE in receiving(site.portal, session, (JUSTICE,))
            return there, JUSTICE in {unit.code for unit in lacking(site.portal, session, ["/"])}

    assert receives() == (False, True)
    with_roles(site, tmp_path / "packs", auditor={"grants": {"case": ["list", "show", "refer"]}})
    assert receives() == (False, True)
    assert confirm(site, second, "fresh", "auditor") == 302
    assert receives() == (True, False)


def test_only_roles_that_one_person_gave_are_judged_and_each_once(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    judged: list[tuple[str, str]] = []
    made: list[str] = []
    module = import_module("portal.services.users.assignments")
    real, view = sensitive.is_sensitive, users.AssignmentView

    def counted(portal: Portal, session: Any, role: str, unit: Unit) -> bool:
        judged.append((role, unit.code))
        return real(portal, session, role, unit)

    def shown(*values: Any) -> Any:
        made.append(values[2])
        return view(*values)

    chief = site.login("chief")
    for name in ("one", "two", "three"):
        make(site, chief, name)
        assert give(site, chief, name, "auditor") == 302
    make(site, chief, "four")
    assert give(site, chief, "four", "clerk") == 302
    monkeypatch.setattr(sensitive, "is_sensitive", counted)
    monkeypatch.setattr(module, "AssignmentView", shown)
    with site.portal.reading(SYSTEM) as session:
        waiting = users.assignments(session, waiting=True, portal=site.portal)
    assert [one.username for one in waiting] == ["four"]
    assert sorted(made) == ["four", "one", "three", "two"], "what the system gave is not read"
    assert judged == [("auditor", XISHAN)]


def test_a_password_set_by_another_counts_for_roles_that_become_sensitive_later(
    site: Site, tmp_path: Path
) -> None:
    with site.portal.writing(SYSTEM) as uow:
        made = users.create(uow, "quiet", PASSWORD, "员", "quiet")
        users.assign(uow, made.id, "auditor", XISHAN, audited=False)
        uow.commit()
    chief = site.login("chief")
    pk = id_of(site, "quiet")
    assert post(chief, f"/resetpassword/form?pk={pk}", password=NEW, conf_password=NEW) == 302
    assert access_of(site, "quiet").can("audit", "list")
    with_roles(site, tmp_path / "packs", auditor={"grants": {"case": ["list", "show"]}})
    assert not reads_cases(site, "quiet")
    assert confirm(site, chief, "quiet", "auditor") == 403
    assert confirm(site, site.login("chief2"), "quiet", "auditor") == 302
    assert reads_cases(site, "quiet")


def test_a_role_that_waits_can_be_taken_back_and_protects_the_account(site: Site) -> None:
    chief, keeper = site.login("chief"), site.login("keeper")
    give(site, chief, "clerk2", ADMIN)
    # Who may not give it may not touch the account either, although it does not hold yet.
    assert give(site, keeper, "clerk2", "director") == 403
    pk = id_of(site, "clerk2")
    assert post(chief, f"/users/revoke/{pk}/{held(site, 'clerk2')[ADMIN].id}") == 302
    assert set(held(site, "clerk2")) == {"clerk"}
    assert reads_cases(site, "clerk2")


def test_an_administrator_sees_no_records_but_keeps_all_else(site: Site) -> None:
    chief = site.login("chief")
    url = site.register(site.login("clerk"))
    for address in (CASES, url, "/records/case/add", "/records/party/list/"):
        assert chief.get(address).status_code in (302, 403, 404), address
    token = site.token("chief")
    client = site.app.test_client()
    for address in ("case/", f"case/{url.rsplit('/', 1)[1]}", "visit/", "case/counts/"):
        assert client.get(f"/api/v1/records/{address}", headers=token).status_code in (403, 404), address
    for address in ("/", "/users/list/", "/units/", "/releases/", "/layout/", "/audit/", "/roles/list/"):
        assert chief.get(address).status_code == 200, address
    matrix = chief.get("/roles/matrix/Admin").text
    assert "矛盾纠纷" in matrix
    assert not access_of(site, "chief").can("case", "list")
    assert Access.nobody().can("case", "list") is False


def test_without_the_setting_roles_hold_at_once(site: Site) -> None:
    open_site = Site.open(site.url, Path(site.app.instance_path))
    keeper = open_site.login("keeper")
    assert give(open_site, keeper, "clerk2", "director") == 302
    assert access_of(open_site, "clerk2").roles == {"clerk", "director"}
    assert access_of(open_site, "chief").can("case", "list")
    open_site.close()


def test_the_settings() -> None:
    key = {"PORTAL_SECRET_KEY": "a signing key of tests, 0123456789", "PORTAL_DATA_KEY": new_key()}
    demo, production = Settings.from_env(key | {"PORTAL_ENV": "demo"}), Settings.from_env(key)
    assert (demo.second_person, production.second_person) == (False, True)
    assert (demo.admin_records, production.admin_records) == (False, False)
    assert Settings.from_env(key | {"PORTAL_ADMIN_RECORDS": "shown"}).admin_records
    assert not Settings.from_env(key | {"PORTAL_SECOND_PERSON": "optional"}).second_person
    for name in ("PORTAL_SECOND_PERSON", "PORTAL_ADMIN_RECORDS"):
        with pytest.raises(PortalError):
            Settings.from_env(key | {name: "maybe"})
    assert Policy() == Policy(second_person=True, admin_records=False)


def test_the_command_confirms_where_nobody_else_is_there(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    give(site, site.login("keeper"), "clerk2", "director")
    monkeypatch.setenv("PORTAL_DATABASE_URL", site.url)
    monkeypatch.setenv("PORTAL_SECRET_KEY", "a signing key of tests, 0123456789")
    monkeypatch.setenv("PORTAL_DATA_KEY", new_key())
    assert "等待第二人确认" in CliRunner().invoke(command, ["list"]).output
    done = CliRunner().invoke(command, ["confirm", "clerk2"])
    assert (done.exit_code, done.output) == (0, "clerk2：530112 的 director\n")
    assert not held(site, "clerk2")["director"].waits


def test_the_last_role_leaves_the_account_where_it_was(site: Site) -> None:
    keeper = site.login("keeper")
    pk, role = id_of(site, "clerk2"), held(site, "clerk2")["clerk"]
    answer = keeper.post(
        f"/users/revoke/{pk}/{role.id}", {"csrf_token": keeper.token()}, follow_redirects=True
    )
    assert "不再担任任何角色" in answer.text
    assert held(site, "clerk2") == {}
    # Its keeper finds it, says where it belongs, and closes it; others do not see it.
    assert "clerk2" in keeper.get("/users/list/").text
    assert "西山区" in keeper.get(f"/users/show/{pk}").text
    other = site.login("jinning.keeper")
    assert "clerk2" not in other.get("/users/list/").text
    assert other.get(f"/users/show/{pk}").status_code == 404
    # It can still sign in, sees nothing, and its sign-in is a matter of the county.
    person = site.login("clerk2")
    assert person.get(CASES).status_code in (302, 403)
    with site.portal.reading(SYSTEM) as session:
        query = select(AuditEntry.unit_path).where(
            AuditEntry.action == "login", AuditEntry.object_id == "clerk2"
        )
        home = users.home_of(session, pk)
        assert home is not None
        assert session.scalars(query).all()[-1] == home.path
    data = {"username": "clerk2", "last_name": "某", "first_name": "离开", "email": "c2@portal.invalid"}
    assert post(keeper, f"/users/edit/{pk}", **data) == 302
    with site.portal.reading(SYSTEM) as session:
        assert not session.get_one(User, pk).active
    assert person.get("/users/userinfo/").status_code == 302


def test_who_moves_on_belongs_to_the_new_unit_alone(site: Site) -> None:
    above, keeper, other = site.login("above"), site.login("keeper"), site.login("jinning.keeper")
    pk = make(site, keeper, "mover")
    give(site, keeper, "mover", "clerk")
    first = held(site, "mover")["clerk"].id
    assert give(site, above, "mover", "inspector", JINNING) == 302
    assert post(keeper, f"/users/revoke/{pk}/{first}") == 403, "somebody of two counties is for the city"
    assert post(above, f"/users/revoke/{pk}/{first}") == 302
    assert post(other, f"/users/revoke/{pk}/{held(site, 'mover')['inspector'].id}") == 302
    # Who made the account still sees it and can do nothing to it; who keeps it last can.
    assert give(site, keeper, "mover", "clerk") == 403
    assert post(keeper, f"/resetpassword/form?pk={pk}", password=NEW, conf_password=NEW) == 403
    assert give(site, other, "mover", "clerk", JINNING) == 302
