"""A county outside of Kunming by the words of the Chinese guide: from nothing to a case that its unit accepted."""

from __future__ import annotations

import contextlib
import csv
import json
import os
import re
import shutil
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import select

from portal.adapters.clock import SystemClock
from portal.adapters.pack_files import default_library
from portal.cli import main
from portal.core.access import Access, Origin
from portal.core.packs import check
from portal.core.packs.starting.people import STAFF
from portal.persistence.models import AccountSecurity, Centre, Release, Unit, User
from portal.services import users
from portal.services.portal import Portal
from portal.services.units.centres import all_centres
from portal.services.users.receivers import lacking
from tests.fixtures.database import KEYS
from tests.web.records.seeded_site import PASSWORD, Site, form_in

GUIDE = Path(__file__).parents[2] / "docs" / "zh" / "administrators.md"
SNIPPET = re.compile(r"^```json (file|into)=(\S+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
TABLE = re.compile(r"^```csv\n(代码.*?)^```$", re.MULTILINE | re.DOTALL)


@dataclass
class Shell:
    """The command line in a home of its own, with the surroundings that the guide asks for."""

    home: Path
    url: str = ""
    roots: tuple[str, ...] = ("zhuji",)

    def __call__(self, line: str, code: int = 0, **more: Any) -> Result:
        environment = {
            "PORTAL_ENV": "demo",
            "PORTAL_INSTANCE": str(self.home / "zhuji-data"),
            "PORTAL_PACK_PATH": os.pathsep.join(str(self.home / root) for root in self.roots),
            "PORTAL_DATABASE_URL": self.url or None,
            "PORTAL_LANG": None,
        }
        words = [
            word.replace("~", str(self.home), 1) if word.startswith("~") else word for word in line.split()
        ]
        with contextlib.chdir(self.home):
            result = CliRunner(env=environment).invoke(main, words[1:], **more)
        assert result.exit_code == code, result.output
        return result

    @property
    def database(self) -> str:
        return self.url or f"sqlite:///{self.home / 'zhuji-data' / 'portal.db'}"

    def set_up(self) -> Shell:
        """Do what the guide says up to the accounts: table, configuration, database, people, receivers."""
        text = GUIDE.read_text(encoding="utf-8")
        (self.home / "zhuji-units.csv").write_text(TABLE.findall(text)[0], encoding="utf-8")
        self(re.findall(r"^portal config new .*--yes$", text, re.MULTILINE)[0])
        self("portal db upgrade")
        assert "county/zhuji 0.1.0" in self(re.findall(r"^portal db seed .*$", text, re.MULTILINE)[0]).output
        made = self("portal user create-admin zhuji.admin --unit 330681", input=f"{PASSWORD}\n{PASSWORD}\n")
        assert "zhuji.admin" in made.output
        assert "新建账号 8 个" in self("portal user import ~/zhuji/people.csv").output
        assert "新建账号" in self("portal user receivers 330681").output
        return self


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home in which the county was set up once."""
    return Shell(tmp_path_factory.mktemp("home")).set_up().home


@pytest.fixture
def run(kept: Path, tmp_path: Path) -> Shell:
    """A copy of that home."""
    return Shell(shutil.copytree(kept, tmp_path / "home"))


def rows_of(file: Path) -> dict[str, dict[str, str]]:
    with file.open(encoding="utf-8-sig", newline="") as lines:
        return {row["账号"]: row for row in csv.DictReader(lines)}


def test_a_first_case_is_registered_routed_and_accepted(tmp_path: Path, empty_database_url: str) -> None:
    shell = Shell(tmp_path, empty_database_url).set_up()
    portal = Portal.from_url(shell.database, SystemClock(), KEYS)
    with portal.writing(Access.system("test"), Origin()) as uow:
        centres = select(Unit.code).join(Centre, Centre.unit_id == Unit.id)
        assert uow.session.scalars(centres).all() == ["330681"]
        # The city is a unit above, without a centre here; everybody else has somebody who receives.
        assert [unit.code for unit in lacking(portal, uow.session, ["/"])] == ["330600"]
        for name in ("zhuji.clerk", "zhuji.director", "330681.people_mediation"):
            users.set_password(uow, users.by_username(uow.session, name), PASSWORD)
        uow.commit()
    site = Site.open(shell.database, tmp_path, SystemClock(), portal)
    clerk, director, unit = map(site.login, ("zhuji.clerk", "zhuji.director", "330681.people_mediation"))
    case = site.register(clerk, **{"/place": "330681001"})
    assert re.search(r"诸综〔\d{4}〕00001", clerk.get(case).text)
    sent = case.replace("/show/", "/dispose/")
    assert director.post(sent, form_in(director.get(case).text, sent)).status_code == 303
    page = unit.get(case)
    assert page.status_code == 200
    assert "诸暨市人民调解委员会" in page.text
    action = re.findall(r'action="([^"]+/referral/[^"]+)/accept"', page.text)[0]
    assert unit.post(f"{action}/accept", form_in(page.text, f"{action}/accept")).status_code == 303
    assert "已接收" in director.get(case).text
    site.close()


def test_every_change_that_the_guide_shows_is_published_and_taken_back(run: Shell) -> None:
    before = run("portal config history 330681").output.split()[4]
    snippets = SNIPPET.findall(GUIDE.read_text(encoding="utf-8"))
    assert len(snippets) >= 7
    for how, where, body in snippets:
        path, _, pointer = where.partition("#")
        file = run.home / "zhuji" / path
        # What is pasted into a file has no braces of its own around it.
        value = json.loads(f"{{{body}}}" if how == "into" else body)
        if how == "into":
            whole = json.loads(file.read_text(encoding="utf-8"))
            inner = whole
            for part in filter(None, pointer.split("/")):
                inner = inner[part]
            inner.update(value)
            value = whole
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(value, ensure_ascii=False), encoding="utf-8")
    manifest = run.home / "zhuji/seed/county/zhuji/pack.json"
    manifest.write_text(manifest.read_text("utf-8").replace('"0.1.0"', '"0.2.0"'), encoding="utf-8")
    assert [one.render() for one in check(default_library([run.home / "zhuji"]), ["county/zhuji"])] == []
    assert "0 个错误" in run("portal config check county/zhuji").output
    shown = run("portal config publish county/zhuji").output
    assert re.search(r"^county/zhuji 0\.2\.0 [0-9a-f]{12}: 已发布并启用$", shown, re.MULTILINE)
    assert "内容没有变化，仍在使用" in run("portal config publish county/zhuji").output
    # The clerk has another title by now; who has the table of before can use it, with codes too.
    lines = "账号,姓名,角色,单位\nx.one,,登记员,330681\nx.two,,窗口登记员,330681\nx.three,,clerk,330681\n"
    (run.home / "more-people.csv").write_text(lines, encoding="utf-8")
    assert run("portal user import ~/more-people.csv").output.count("窗口登记员") == 3
    assert "新建账号 1 个" in run("portal user receivers 330681 --passwords more.csv").output
    layout = run.home / "zhuji/seed/county/zhuji/layout.json"
    layout.write_text(layout.read_text("utf-8").replace("妇女儿童维权窗口", "妇女儿童窗口"), encoding="utf-8")
    shown = run("portal config publish county/zhuji").output
    assert "版本号 0.2.0" in shown
    assert "以前发布过，而内容不同" in shown
    run(f"portal config activate 330681 {before} --reason 退回上一版")
    assert before in run("portal config history 330681").output.splitlines()[0]


def test_first_passwords_are_in_a_file_of_ones_own_and_hold_for_one_sign_in(run: Shell) -> None:
    file = run.home / "zhuji" / "people-passwords.csv"
    people = rows_of(file)
    assert list(people) == [f"zhuji.{end}" for end, _ in STAFF]
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert len({row["初始密码"] for row in people.values()}) == 8
    portal = Portal.from_url(run.database, SystemClock(), KEYS)
    with portal.reading(Access.system("test")) as session:
        clerk = session.scalars(select(User).where(User.username == "zhuji.clerk")).one()
        held = session.get(AccountSecurity, clerk.id)
        assert held is not None
        assert held.must_change_password
        kept = clerk.password
    # Again: nobody is made twice, no password is changed, no file is written.
    file.unlink()
    assert "新建账号 0 个" in run("portal user import ~/zhuji/people.csv").output
    assert not file.exists()
    with portal.reading(Access.system("test")) as session:
        assert session.scalars(select(User.password).where(User.username == "zhuji.clerk")).one() == kept
    portal.database.dispose()


def test_passwords_of_receivers_lie_beside_those_of_people_and_no_file_is_in_the_way(run: Shell) -> None:
    first = run.home / "zhuji" / "receivers-330681-passwords.csv"
    assert len(rows_of(first)) > 20
    file = run.home / "zhuji/seed/county/zhuji/departments.json"
    found = json.loads(file.read_text(encoding="utf-8"))
    found |= {"pearl": {"name": "珍珠协会", "kind": "society"}}
    file.write_text(json.dumps(found, ensure_ascii=False), encoding="utf-8")
    run("portal config publish county/zhuji")
    shown = run("portal user receivers 330681").output
    second = first.with_name("receivers-330681-passwords-2.csv")
    assert str(second) in shown
    assert list(rows_of(second)) == ["330681.pearl"]


def test_a_weak_password_is_told_once_and_asked_again(run: Shell) -> None:
    typed = "short\nshort\n12345678\n12345678\n" + f"{PASSWORD}\n" * 2
    shown = run("portal user create-admin second.admin --unit 330681", input=typed).output
    assert shown.count("密码至少要有 8 个字符") == 1
    assert "second.admin 已建好" in shown


def test_the_table_of_people_in_the_guide_is_the_one_that_is_written(run: Shell) -> None:
    shown = re.findall(
        r"^```csv\n(账号.*?)^```$", GUIDE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL
    )
    written = (run.home / "zhuji" / "people.csv").read_text("utf-8-sig").replace("\r\n", "\n")
    assert shown == [written]


@pytest.mark.parametrize(
    ("table", "reason"),
    [
        ("账号,角色\nx,登记员\n", "缺少“单位”一列"),
        ("账号,姓名,角色,单位\nx,,登记员\n", "第 2 行：“单位”是空的"),
        ("账号,姓名,角色,单位\nx y,,登记员,330681\n", "第 2 行：“x y”不能作账号"),
        ("账号,姓名,角色,单位\nx,,厨师,330681\n", "第 2 行：没有角色“厨师”；角色有：登记员、"),
        ("账号,姓名,角色,单位\nx,,登记员,绍兴\n", "第 2 行：没有单位“绍兴”；是不是：绍兴市 330600"),
        ("账号,姓名,角色,单位\nx,,登记员,330681\ny,,登记员,999999\n", "第 3 行：没有单位“999999”"),
    ],
)
def test_a_wrong_table_of_people_makes_no_account(run: Shell, table: str, reason: str) -> None:
    before = run("portal user list").output
    (run.home / "new.csv").write_bytes(table.encode("gb18030"))
    assert reason in run("portal user import ~/new.csv", code=1).output
    assert run("portal user list").output == before
    assert not (run.home / "new-passwords.csv").exists()


def test_seeding_one_pack_touches_no_other_county(run: Shell) -> None:
    run("portal config new ~/yuecheng --code 330602 --name 越城区 --yes")
    run.roots = ("zhuji", "yuecheng")
    shown = run("portal db seed --pack county/yuecheng").output
    assert "county/yuecheng 0.1.0" in shown
    assert "county/zhuji" not in shown
    portal = Portal.from_url(run.database, SystemClock(), KEYS)
    with portal.reading(Access.system("test")) as session:
        active = set(session.scalars(select(Unit.code).where(Unit.active)))
        centres = session.scalars(select(Unit.code).join(Centre, Centre.unit_id == Unit.id)).all()
    portal.database.dispose()
    assert {"330681001", "330602"} <= active
    assert sorted(centres) == ["330602", "330681"]


def test_seeding_a_county_touches_no_other_of_its_city(tmp_path: Path) -> None:
    tables = {
        "a": "代码,名称\n330681001,暨阳街道\n330681001001,江新社区\n",
        "b": "代码,名称\n330602001,府山街道\n",
    }
    for name, table in tables.items():
        (tmp_path / f"{name}.csv").write_text(table, encoding="utf-8")
    shell = Shell(tmp_path, roots=("zhuji", "yuecheng"))
    city = "--city 绍兴市 --city-agency 绍综 --city-pack shaoxing"
    shell(f"portal config new ~/zhuji --code 330681 --name 诸暨市 {city} --units ~/a.csv --yes")
    shell("portal db upgrade")
    shell("portal db seed --pack county/zhuji")
    shell("portal config new ~/yuecheng --code 330602 --name 越城区 --units ~/b.csv --root ~/zhuji --yes")
    for pack in ("county/yuecheng", "city/shaoxing", "county/zhuji"):
        shell(f"portal db seed --pack {pack}")
        portal = Portal.from_url(shell.database, SystemClock(), KEYS)
        with portal.reading(Access.system("test")) as session:
            idle = session.scalars(select(Unit.code).where(Unit.active.is_(False))).all()
            packs = {
                one.unit_code: session.get_one(Release, one.release_id).pack for one in all_centres(session)
            }
        portal.database.dispose()
        assert idle == [], pack
        assert packs == {"330600": "city/shaoxing", "330681": "county/zhuji", "330602": "county/yuecheng"}, (
            pack
        )


def test_a_row_that_is_gone_takes_the_unit_out_of_use(run: Shell) -> None:
    file = run.home / "zhuji/seed/county/zhuji/divisions.csv"
    rows = file.read_text(encoding="utf-8").splitlines()
    file.write_text("\n".join(row for row in rows if not row.startswith("330681109")), encoding="utf-8")
    assert "枫桥镇" in run("portal db seed --pack county/zhuji").output


def test_a_pack_that_is_not_there_is_not_seeded(run: Shell) -> None:
    assert "没有配置包 county/nowhere" in run("portal db seed --pack county/nowhere", code=1).output
