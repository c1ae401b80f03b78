"""Accounts for many people at once: whose account a name is, when passwords are hashed, what a failure leaves."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy import select

from portal.cli import main
from portal.core.access import Access
from portal.core.errors import InvalidInput, NotFound
from portal.persistence.models import AuditEntry, User
from portal.services import users
from portal.services.portal import Portal, Work
from portal.services.sign_in import account
from portal.services.users import people_rows, staffing

SYSTEM = Access.system("test")
TABLE = "账号,姓名,角色,单位\nsifa.zhao,赵六,handler,530112:justice\n"


def add(portal: Portal, table: str) -> list[users.Made]:
    people, problems = users.read_people(table.encode())
    assert problems == []
    with portal.reading(SYSTEM) as session:
        first = users.first_passwords(session, people)
    with portal.writing(SYSTEM) as uow:
        made = users.add_people(uow, portal, people, first)
        uow.commit()
    return made


def refused(portal: Portal, table: str) -> str:
    with pytest.raises(InvalidInput) as error:
        add(portal, table)
    return str(error.value.problems[0].params["why"].message)


def test_a_table_can_be_added_again_and_a_password_is_shown_once(seeded: Portal) -> None:
    (made,) = add(seeded, TABLE)
    assert made.password
    (again,) = add(seeded, TABLE)
    assert (again.password, again.assigned) == ("", False)


def test_an_account_that_is_closed_or_somebody_elses_is_refused_with_its_line(seeded: Portal) -> None:
    add(seeded, TABLE)
    assert "another person" in refused(seeded, TABLE.replace("赵六", "钱七"))
    with seeded.writing(SYSTEM) as uow:
        users.set_active(uow, users.by_username(uow.session, "sifa.zhao"), False)
        uow.commit()
    assert "closed" in refused(seeded, TABLE)


@pytest.mark.parametrize("name", ["=cmd", "+86", "a b", "@x", "-x", "赵 六", "x" * 65])
def test_names_that_no_account_can_have_are_told(name: str) -> None:
    people, problems = users.read_people(TABLE.replace("sifa.zhao", name).encode())
    assert (people, [one.code for one in problems]) == ([], ["people.account"])


def test_no_password_is_hashed_while_a_transaction_is_open(
    seeded: Portal, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[bool] = []
    monkeypatch.setattr(staffing, "hash_of", lambda text: opened.append(Work_open.number > 0) or "x")

    class Work_open:
        number = 0

    enter, leave = Work.__enter__, Work.__exit__
    monkeypatch.setattr(Work, "__enter__", lambda self: (setattr(Work_open, "number", 1), enter(self))[1])
    monkeypatch.setattr(
        Work, "__exit__", lambda self, *why: (setattr(Work_open, "number", 0), leave(self, *why))[1]
    )
    add(seeded, TABLE)
    assert opened == [False]


def test_a_failed_commit_leaves_no_file_of_passwords_and_one_that_is_there_is_told_before_anything(
    seeded: Portal, seeded_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    table, target = tmp_path / "people.csv", tmp_path / "first.csv"
    table.write_text(TABLE, encoding="utf-8")
    environment = {"PORTAL_ENV": "demo", "PORTAL_INSTANCE": str(tmp_path), "PORTAL_DATABASE_URL": seeded_url}

    def run() -> tuple[int, str]:
        words = ["user", "import", str(table), "--passwords", str(target)]
        found = CliRunner(env=environment).invoke(main, words)
        return found.exit_code, found.output

    with monkeypatch.context() as broken:
        broken.setattr(Work, "commit", lambda self: (_ for _ in ()).throw(OSError("disk full")))
        assert run()[0] != 0
    assert not target.exists()
    assert run()[0] == 0
    assert target.stat().st_mode & 0o777 == 0o600
    with target.open(encoding="utf-8-sig", newline="") as content:
        heads, line = csv.reader(content)
    assert (heads[-1], line[:2]) == ("初始密码", ["sifa.zhao", "赵六"])
    table.write_text(TABLE + "sifa.qian,钱七,handler,530112:justice\n", encoding="utf-8")
    code, said = run()
    assert (code, "已经存在" in said or "already" in said) == (1, True), said
    assert len(target.read_text(encoding="utf-8-sig").splitlines()) == 2


def test_one_account_gets_all_roles_of_a_table_and_one_entry_says_so(seeded: Portal) -> None:
    two = TABLE + "sifa.zhao,,clerk,530112:justice\n"
    made = add(seeded, two)
    assert [bool(one.password) for one in made] == [True, False]
    assert [one.assigned for one in made] == [True, True]
    third = "账号,姓名,角色,单位\nsifa.zhao,赵六,clerk,530112\nsifa.zhao,赵六,director,530112\n"
    assert [one.assigned for one in add(seeded, third)] == [True, True]
    with seeded.reading(SYSTEM) as session:
        entries = session.scalars(select(AuditEntry).where(AuditEntry.object_id == "sifa.zhao")).all()
    assert [one.action for one in entries] == ["add", "assign"]


def test_a_table_gives_no_account_to_two_persons() -> None:
    people, problems = users.read_people((TABLE + "Sifa.Zhao,钱七,clerk,530112\n").encode())
    assert (people, [one.code for one in problems]) == ([], ["people.two"])
    assert problems[0].params["other"] == 2


def test_letters_of_full_width_and_signs_that_steer_a_terminal_are_read_plainly(seeded: Portal) -> None:
    table = TABLE.replace("sifa.zhao", "ＬＩ.ming").replace("赵六", "赵\x1b[31m六\u200b")
    (made,) = add(seeded, table)
    assert (made.person.username, made.person.name) == ("LI.ming", "赵[31m六")
    assert add(seeded, table)[0].password == ""


@pytest.mark.parametrize("name", ["Ärzte", "İstanbul", "ΣΑΣ", "ЖУК", "ſharp", "李明"])
def test_a_name_in_any_letters_is_found_again_by_a_table_and_by_signing_in(seeded: Portal, name: str) -> None:
    table = TABLE.replace("sifa.zhao", name)
    (made,) = add(seeded, table)
    assert made.password
    (again,) = add(seeded, table)
    assert (again.password, again.assigned) == ("", False)
    with seeded.reading(SYSTEM) as session:
        written = users.by_username(session, made.person.username)
        assert session.scalar(select(User.id).where(users.has_name(made.person.username))) == written.id
        assert account.by_name(session, made.person.username).id == written.id


def test_lines_that_cannot_be_used_are_told_before_any_password_is_hashed(
    seeded_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    table = tmp_path / "people.csv"
    lines = [f"sifa.n{n},赵{n},handler,530112:justice\n" for n in range(20)]
    table.write_text(TABLE + "".join(lines) + "sifa.last,钱七,nosuch,530112:justice\n", encoding="utf-8")
    hashed: list[str] = []
    monkeypatch.setattr(staffing, "hash_of", lambda text: hashed.append(text) or "x")
    environment = {"PORTAL_ENV": "demo", "PORTAL_INSTANCE": str(tmp_path), "PORTAL_DATABASE_URL": seeded_url}
    found = CliRunner(env=environment).invoke(main, ["user", "import", str(table)])
    assert (found.exit_code, hashed) == (1, []), found.output
    assert "23" in found.output
    assert "nosuch" in found.output


def test_a_table_of_more_people_than_can_be_made_at_once_is_refused_as_one() -> None:
    lines = "".join(f"n{n},赵,handler,530112:justice\n" for n in range(people_rows.MOST_PEOPLE))
    assert users.read_people(TABLE.splitlines(keepends=True)[0].encode() + lines.encode())[1] == []
    people, problems = users.read_people((TABLE + lines).encode())
    assert (people, [one.code for one in problems]) == ([], ["people.many"])


@pytest.mark.parametrize(("length", "codes"), [(64, []), (65, ["people.name"]), (5_000, ["people.name"])])
def test_a_name_is_kept_whole_or_refused(length: int, codes: list[str]) -> None:
    people, problems = users.read_people(TABLE.replace("赵六", "赵" * length).encode())
    assert [one.code for one in problems] == codes
    assert [len(one.name) for one in people] == [length][: 1 - len(codes)]


@pytest.mark.parametrize("mark", [".", "：", "/", "-", "_", " ", "", " . "])
def test_the_code_of_a_department_with_another_mark_is_told_with_its_colon(seeded: Portal, mark: str) -> None:
    people, _ = users.read_people(TABLE.replace("530112:", f"530112{mark}").encode())
    with pytest.raises(InvalidInput) as error, seeded.reading(SYSTEM) as session:
        staffing._resolved(seeded, session, people[0])
    assert error.value.code == "people.unit_colon"
    assert "530112:justice" in str(error.value)


@pytest.mark.parametrize(
    "named", ["530112.nobody", "999999.justice", "530112.", ".justice", "530112..justice"]
)
def test_what_is_no_department_with_a_colon_either_is_told_as_before(seeded: Portal, named: str) -> None:
    people, _ = users.read_people(TABLE.replace("530112:justice", named).encode())
    with pytest.raises((InvalidInput, NotFound)) as error, seeded.reading(SYSTEM) as session:
        staffing._resolved(seeded, session, people[0])
    assert error.value.code != "people.unit_colon"
