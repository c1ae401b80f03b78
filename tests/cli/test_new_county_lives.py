"""A county outside of Kunming by the words of the Chinese guide: from nothing to a case that its unit accepted."""

from __future__ import annotations

import csv
import json
import re
import stat
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import select

from portal.adapters.clock import SystemClock
from portal.adapters.pack_files import default_library
from portal.cli import main
from portal.core.access import Access, Origin
from portal.core.packs import check, resolve
from portal.core.packs.starting.people import STAFF
from portal.persistence.models import AccountSecurity, Centre, Unit, User
from portal.services import users
from portal.services.portal import Portal
from portal.services.users.receivers import lacking
from tests.fixtures.database import KEYS
from tests.web.records.seeded_site import PASSWORD, Site, form_in

GUIDE = Path(__file__).parents[2] / "docs" / "zh" / "administrators.md"
SNIPPET = re.compile(r"^```json (file|into)=(\S+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
TABLE = re.compile(r"^```csv\n(代码.*?)^```$", re.MULTILINE | re.DOTALL)
Run = Callable[..., Result]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """The command line with the surroundings that the guide asks for, in a home of its own."""
    for name, value in {
        "PORTAL_ENV": "demo",
        "PORTAL_INSTANCE": str(tmp_path / "zhuji-data"),
        "PORTAL_PACK_PATH": str(tmp_path / "zhuji"),
        "HOME": str(tmp_path),
    }.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("PORTAL_DATABASE_URL", raising=False)
    monkeypatch.delenv("PORTAL_LANG", raising=False)
    monkeypatch.chdir(tmp_path)

    def runs(line: str, code: int = 0, **more: object) -> Result:
        words = [str(Path(word).expanduser()) if word.startswith("~") else word for word in line.split()]
        result = CliRunner().invoke(main, words[1:], **more)  # type: ignore[arg-type]
        assert result.exit_code == code, result.output
        return result

    return runs


def written(run: Run, home: Path) -> None:
    """Set the county up as the guide says it: table, configuration, database, accounts."""
    text = GUIDE.read_text(encoding="utf-8")
    (home / "zhuji-units.csv").write_text(TABLE.findall(text)[0], encoding="utf-8")
    run(re.findall(r"^portal config new .*--yes$", text, re.MULTILINE)[0])
    run("portal db upgrade")
    seeded = run(re.findall(r"^portal db seed .*$", text, re.MULTILINE)[0])
    assert "county/zhuji 0.1.0" in seeded.output
    made = run("portal user create-admin zhuji.admin --unit 330681", input=f"{PASSWORD}\n{PASSWORD}\n")
    assert "zhuji.admin" in made.output
    assert "新建账号 8 个" in run("portal user import ~/zhuji/people.csv").output
    assert "新建账号" in run("portal user receivers 330681").output


def rows_of(file: Path) -> dict[str, dict[str, str]]:
    with file.open(encoding="utf-8-sig", newline="") as lines:
        return {row["账号"]: row for row in csv.DictReader(lines)}


def test_a_first_case_is_registered_routed_and_accepted(run: Run, tmp_path: Path) -> None:
    written(run, tmp_path)
    url = f"sqlite:///{tmp_path / 'zhuji-data' / 'portal.db'}"
    portal = Portal.from_url(url, SystemClock(), KEYS)
    with portal.writing(Access.system("test"), Origin()) as uow:
        assert uow.session.scalars(select(Unit.code).join(Centre, Centre.unit_id == Unit.id)).all() == [
            "330681"
        ]
        assert lacking(portal, uow.session, ["/"]) == [
            uow.session.scalars(select(Unit).where(Unit.code == "330600")).one()
        ]
        for name in ("zhuji.clerk", "zhuji.director", "330681.people_mediation"):
            users.set_password(uow, users.by_username(uow.session, name), PASSWORD)
        uow.commit()
    site = Site.open(url, tmp_path, SystemClock(), portal)
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


def test_every_change_that_the_guide_shows_is_published_and_taken_back(run: Run, tmp_path: Path) -> None:
    written(run, tmp_path)
    before = run("portal config history 330681").output.split()[4]
    snippets = SNIPPET.findall(GUIDE.read_text(encoding="utf-8"))
    assert len(snippets) >= 7
    for how, where, body in snippets:
        path, _, pointer = where.partition("#")
        file = tmp_path / "zhuji" / path
        value = json.loads(body)
        if how == "into":
            whole = json.loads(file.read_text(encoding="utf-8"))
            inner = whole
            for part in filter(None, pointer.split("/")):
                inner = inner[part]
            inner.update(value)
            value = whole
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(value, ensure_ascii=False), encoding="utf-8")
    manifest = tmp_path / "zhuji/seed/county/zhuji/pack.json"
    manifest.write_text(manifest.read_text("utf-8").replace('"0.1.0"', '"0.2.0"'), encoding="utf-8")
    assert [one.render() for one in check(default_library([tmp_path / "zhuji"]), ["county/zhuji"])] == []
    assert "0 个错误" in run("portal config check county/zhuji").output
    assert "county/zhuji 0.2.0" in run("portal config publish county/zhuji").output
    assert "新建账号 1 个" in run("portal user receivers 330681 --passwords more.csv").output
    run(f"portal config activate 330681 {before} --reason 退回上一版")
    assert before in run("portal config history 330681").output.splitlines()[0]


def test_first_passwords_are_in_a_file_of_ones_own_and_hold_for_one_sign_in(run: Run, tmp_path: Path) -> None:
    written(run, tmp_path)
    file = tmp_path / "zhuji" / "people-passwords.csv"
    people = rows_of(file)
    assert list(people) == [f"zhuji.{end}" for end, _ in STAFF]
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert len({row["初始密码"] for row in people.values()}) == 8
    portal = Portal.from_url(f"sqlite:///{tmp_path / 'zhuji-data' / 'portal.db'}", SystemClock(), KEYS)
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
def test_a_wrong_table_of_people_makes_no_account(
    run: Run, tmp_path: Path, table: str, reason: str, seeded: Path
) -> None:
    file = tmp_path / "people.csv"
    file.write_bytes(table.encode("gb18030"))
    refused = run("portal user import ~/people.csv", code=1)
    assert reason in refused.output
    assert "x " not in run("portal user list").output
    assert list(tmp_path.glob("*passwords*")) == []


@pytest.fixture
def seeded(run: Run, tmp_path: Path) -> Path:
    run("portal config new ~/zhuji --code 330681 --name 诸暨市 --city 绍兴市 --yes")
    run("portal db upgrade")
    run("portal db seed --pack county/zhuji")
    return tmp_path


def test_seeding_one_pack_touches_no_other_county(run: Run, seeded: Path) -> None:
    run("portal config new ~/yuecheng --code 330602 --name 越城区 --root ~/zhuji --yes")
    monkey = pytest.MonkeyPatch()
    monkey.setenv("PORTAL_PACK_PATH", f"{seeded / 'zhuji'}:{seeded / 'yuecheng'}")
    shown = run("portal db seed --pack county/yuecheng").output
    monkey.undo()
    assert "county/yuecheng 0.1.0" in shown
    assert "county/zhuji" not in shown
    assert "没有配置包 county/nowhere" in run("portal db seed --pack county/nowhere", code=1).output
    assert resolve("county/yuecheng", default_library([seeded / "yuecheng"])).manifest.unit == "330602"
