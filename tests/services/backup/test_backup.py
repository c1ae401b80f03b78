"""A backup holds everything of one moment and comes back as it was, on both databases; anything else is refused."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import inspect, text
from sqlalchemy.engine import make_url

from portal.adapters.clock import FixedClock
from portal.adapters.encrypted_file import Secret
from portal.adapters.keyring import Keyring
from portal.core.access import Access
from portal.core.errors import PortalError
from portal.persistence import migrate
from portal.persistence.database import Database
from portal.persistence.models import Attachment, AuditEntry, Record, SignInSession
from portal.persistence.snapshot import reading as snapshot_reading
from portal.services import audit, backup, records
from portal.services.backup import contents, making
from portal.services.portal import Portal
from tests.fixtures.database import BOTH, KEYS, TODAY, PostgresqlServer, access_for

SECRET = Secret.key(bytes(range(32)))
SYSTEM = Access.system("test")
NewUrl = Callable[[str], str]


@pytest.fixture
def new_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[NewUrl]:
    """Gives the address of a database that is not there yet, or has no table."""
    made: list[str] = []

    def give(kind: str) -> str:
        if kind == "sqlite":
            return f"sqlite:///{tmp_path / uuid.uuid4().hex / 'portal.db'}"
        server: PostgresqlServer = request.getfixturevalue("postgresql_server")
        made.append(server.empty(f"b_{uuid.uuid4().hex}"))
        return made[-1]

    yield give
    for url in made:
        request.getfixturevalue("postgresql_server").drop(url)


@pytest.fixture
def used(seeded: Portal) -> Portal:
    """A portal with cases, a file, somebody signed in, seals and rare characters."""
    clerk = access_for(seeded, "clerk", "530112", user_id=1)
    with seeded.writing(clerk) as uow:
        for number in range(12):
            data = {"name": f"张{number}𠮷 \"'\\\n\u0007", "amount": number / 3, "urgent": number % 2 == 0}
            records.register(uow, "case", "530112", data | {"heard_on": "2026-05-06", "tags": ["甲", "乙"]})
        for content in (b"a", bytes(range(256)) * 500):
            records.attach(uow, None, "图.png", "image/png", content)
        uow.commit()
    with seeded.database.engine.begin() as connection:
        connection.execute(
            text(
                "INSERT INTO ab_user (id, first_name, last_name, username, email) VALUES (1, 'a', 'b', 'c', 'd')"
            )
        )
        connection.execute(
            text(
                "INSERT INTO sign_in_session (digest, user_id, channel, ip, agent, created_at, seen_at, expires_at) "
                "VALUES ('d', 1, 'web', '', '', :day, :day, :day)"
            ),
            {"day": "2026-05-06 01:02:03.000004"},
        )
    audit.seal(seeded)
    return seeded


def make(portal: Portal, folder: Path, name: str = "one.backup") -> Path:
    backup.make(portal, folder / name, SECRET)
    return folder / name


def dump(url: str) -> dict[str, list[tuple[Any, ...]]]:
    """Return all rows of a database, as SQLAlchemy reads them."""
    database = Database.connect(url)
    try:
        with database.engine.connect() as connection:
            found = {}
            for table in inspect(connection).get_table_names():
                rows = connection.execute(text(f'SELECT * FROM "{table}"')).all()
                found[table] = sorted((tuple(map(_comparable, row)) for row in rows), key=repr)
            return found
    finally:
        database.dispose()


def _comparable(value: Any) -> Any:
    return bytes(value) if isinstance(value, memoryview) else value


def others_of(kind: str) -> str:
    return "postgresql" if kind == "sqlite" else "sqlite"


def test_what_comes_back_is_what_was_there(used: Portal, new_url: NewUrl, tmp_path: Path) -> None:
    url = used.database.engine.url.render_as_string(hide_password=False)
    before = dump(url)
    file = make(used, tmp_path)
    after_it = access_for(used, "clerk", "530112", user_id=1)
    with used.writing(after_it) as uow:
        records.register(uow, "case", "530112", {"name": "later"})
        uow.commit()
    to = new_url(used.database.dialect)
    done = backup.restore(file, SECRET, to, KEYS)
    found = dump(to)
    entries = [row for row in found["audit_entry"] if row not in before["audit_entry"]]
    assert [row for row in entries if "restore" in row] == entries
    assert len(entries) == 1
    found["audit_entry"] = before["audit_entry"]
    assert before.pop("sign_in_session")
    assert not found.pop("sign_in_session")
    assert found == before
    assert done.manifest.files == 2
    assert done.left_out == ()


def test_a_restored_portal_goes_on(used: Portal, new_url: NewUrl, tmp_path: Path) -> None:
    to = new_url(used.database.dialect)
    with used.reading(SYSTEM) as session:
        last = max(session.scalars(AuditEntry.__table__.select().with_only_columns(AuditEntry.id)))
    # Numbers that were given out to somebody who gave up are not given out again.
    with used.writing(SYSTEM) as uow:
        uow.audit_event("open", kind="case", object_id="x")
        uow.session.flush()
    backup.restore(make(used, tmp_path), SECRET, to, KEYS)
    portal = Portal.from_url(to, FixedClock.on(TODAY), KEYS)
    try:
        assert migrate.current(portal.database.engine) == migrate.head()
        assert migrate.differences(portal.database.engine) == []
        assert audit.verify(portal).clean
        clerk = access_for(portal, "clerk", "530112", user_id=1)
        with portal.writing(clerk) as uow:
            made = records.register(uow, "case", "530112", {"name": "after"}).record
            uow.commit()
        assert made.code == "西综〔2026〕0013"
        with portal.reading(SYSTEM) as session:
            for row in session.query(Attachment):
                assert records.attachment(session, row.uid).sha256 == row.sha256
            assert session.query(SignInSession).count() == 0
            newest = max(session.scalars(AuditEntry.__table__.select().with_only_columns(AuditEntry.id)))
        if portal.database.dialect == "postgresql":
            assert newest >= last + 3  # given up, restored, registered
        audit.seal(portal)
        assert audit.verify(portal).clean
        with pytest.raises(Exception, match="append-only"), portal.database.engine.begin() as connection:
            connection.execute(text("DELETE FROM audit_entry"))
    finally:
        portal.database.dispose()


def test_it_comes_back_on_the_other_kind_of_database(used: Portal, new_url: NewUrl, tmp_path: Path) -> None:
    to = new_url(others_of(used.database.dialect))
    done = backup.restore(make(used, tmp_path), SECRET, to, KEYS)
    portal = Portal.from_url(to, FixedClock.on(TODAY), KEYS)
    try:
        assert portal.database.dialect == others_of(used.database.dialect)
        assert {name: rows for name, (rows, _digest) in done.manifest.tables.items()} == dict(done.rows)
        assert audit.verify(portal).clean
        with used.reading(SYSTEM) as old, portal.reading(SYSTEM) as new:
            for record in old.query(Record).all():
                twin = records.get(new, record.etype, record.uid)
                assert records.view_of(portal, new, twin).clear == records.view_of(used, old, record).clear
                assert twin.created_at == record.created_at
        clerk = access_for(portal, "clerk", "530112", user_id=1)
        with portal.writing(clerk) as uow:
            assert (
                records.register(uow, "case", "530112", {"name": "after"}).record.code == "西综〔2026〕0013"
            )
            uow.commit()
    finally:
        portal.database.dispose()


def test_a_backup_leaves_one_entry_and_one_file(used: Portal, tmp_path: Path) -> None:
    folder = tmp_path / "backups"
    folder.mkdir()
    manifest = backup.make(used, folder / "one.backup", SECRET)
    assert [path.name for path in folder.iterdir()] == ["one.backup"]
    assert (folder / "one.backup").stat().st_mode & 0o077 == 0
    with used.reading(SYSTEM) as session:
        entries = [one for one in session.query(AuditEntry) if one.action == "back_up"]
    assert [(one.kind, one.object_id, one.after["rows"]) for one in entries] == [
        ("portal", manifest.id, manifest.rows)
    ]
    verified = backup.verify(folder / "one.backup", SECRET)
    assert verified == manifest
    # An attempt over a file that is there leaves it alone, and no entry.
    held = (folder / "one.backup").read_bytes()
    with pytest.raises(PortalError, match="there already"):
        backup.make(used, folder / "one.backup", SECRET)
    assert (folder / "one.backup").read_bytes() == held


def test_a_backup_that_breaks_off_leaves_nothing(
    used: Portal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "backups"
    folder.mkdir()

    def full(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(contents.ContentsWriter, "finish", full)
    with pytest.raises(PortalError, match="No space left"):
        backup.make(used, folder / "one.backup", SECRET)
    assert list(folder.iterdir()) == []
    with used.reading(SYSTEM) as session:
        assert [one for one in session.query(AuditEntry) if one.action == "back_up"] == []


def refusal(file: Path, to: str, keys: Keyring = KEYS, secret: Secret = SECRET) -> str:
    with pytest.raises(PortalError) as caught:
        backup.restore(file, secret, to, keys)
    return caught.value.code


def is_untouched(url: str) -> bool:
    if url.startswith("sqlite"):
        place = Path(str(make_url(url).database))
        return not place.parent.exists() or list(place.parent.iterdir()) == []
    database = Database.connect(url)
    try:
        return inspect(database.engine).get_table_names() == []
    finally:
        database.dispose()


def test_damage_and_wrong_keys_are_refused_before_anything_is_written(
    used: Portal, new_url: NewUrl, tmp_path: Path
) -> None:
    file = make(used, tmp_path)
    to = new_url(used.database.dialect)
    raw = file.read_bytes()
    bad = tmp_path / "bad.backup"
    for content, codes in (
        (raw[:-1], {"backup.damaged"}),
        (raw[: len(raw) // 2], {"backup.damaged", "backup.cut_short"}),
        (
            raw[: len(raw) // 2] + bytes([raw[len(raw) // 2] ^ 1]) + raw[len(raw) // 2 + 1 :],
            {"backup.damaged"},
        ),
        (raw + b"x", {"backup.damaged"}),
        (b"SQLite format 3\0" + raw, {"backup.other_file"}),
        (b"", {"backup.other_file"}),
    ):
        bad.write_bytes(content)
        assert refusal(bad, to) in codes
        with pytest.raises(PortalError):
            backup.verify(bad, SECRET)
    assert refusal(file, to, secret=Secret.key(bytes(32))) == "backup.secret"
    assert refusal(file, to, secret=Secret.passphrase("long enough words")) == "backup.secret"
    assert refusal(file, to, keys=Keyring.random()) == "restore.data_key"
    assert refusal(tmp_path / "none.backup", to) == "backup.unread"
    assert is_untouched(to)
    backup.restore(file, SECRET, to, Keyring(b"n" * 32, [bytes(32)]))


def test_the_data_key_is_not_in_the_backup(used: Portal, tmp_path: Path) -> None:
    file = make(used, tmp_path)
    with file.open("rb") as opened:
        read = backup.Backup(opened, SECRET)
        held = b"".join(line for table in read.tables() for line in table.rows)
    from tests.fixtures.database import DATA_KEY

    assert b"enc:1:" in held
    assert DATA_KEY.encode() not in held
    assert bytes(32).hex().encode() not in held
    assert "张3".encode() not in file.read_bytes()


def test_a_database_in_use_is_refused(used: Portal, tmp_path: Path) -> None:
    url = used.database.engine.url.render_as_string(hide_password=False)
    file = make(used, tmp_path)
    before = dump(url)
    assert refusal(file, url) == "restore.not_empty"
    assert dump(url) == before


def test_a_database_with_somebody_elses_tables_is_refused(
    used: Portal, new_url: NewUrl, tmp_path: Path
) -> None:
    to = new_url(used.database.dialect)
    if to.startswith("sqlite"):
        Path(str(make_url(to).database)).parent.mkdir()
    database = Database.connect(to)
    with database.engine.begin() as connection:
        connection.execute(text("CREATE TABLE theirs (id INTEGER)"))
    database.dispose()
    assert refusal(make(used, tmp_path), to) == "restore.not_empty"


def test_a_migrated_database_that_nobody_used_is_filled(
    used: Portal, database_url: str, tmp_path: Path
) -> None:
    file = make(used, tmp_path)
    done = backup.restore(file, SECRET, database_url, KEYS)
    assert done.rows["record"] == 12


def test_tables_of_somebody_else_beside_the_portals_are_left_out(
    used: Portal, new_url: NewUrl, tmp_path: Path
) -> None:
    with used.database.engine.begin() as connection:
        connection.execute(text("CREATE TABLE theirs (id INTEGER)"))
    done = backup.restore(make(used, tmp_path), SECRET, new_url(used.database.dialect), KEYS)
    assert "theirs" not in done.manifest.tables


def test_a_restore_that_breaks_off_can_be_run_again(
    used: Portal, new_url: NewUrl, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file, to = make(used, tmp_path), new_url(used.database.dialect)
    from portal.persistence.snapshot import filling

    with monkeypatch.context() as patch:
        patch.setattr(filling, "_again", lambda *_: iter([b"[]"]))
        assert refusal(file, to) == "restore.differs"
    assert backup.restore(file, SECRET, to, KEYS).rows["record"] == 12


def test_tables_of_another_version_are_backed_up_by_that_version(used: Portal, tmp_path: Path) -> None:
    with used.database.engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '0001'"))
    with pytest.raises(PortalError, match="another version"):
        make(used, tmp_path)
    assert not (tmp_path / "one.backup").exists()


def test_a_backup_of_a_newer_version_is_refused(
    used: Portal, new_url: NewUrl, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file, to = make(used, tmp_path), new_url(used.database.dialect)
    monkeypatch.setattr(migrate, "ancestors", lambda revision: frozenset({"0001"}))
    assert refusal(file, to) == "backup.version"


def test_what_is_written_while_it_runs_is_not_in_it(
    used: Portal, new_url: NewUrl, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One moment: whoever registers meanwhile is not kept waiting, and nothing of it is in the backup."""
    clerk = access_for(used, "clerk", "530112", user_id=1)
    real = snapshot_reading.table_lines

    def slowly(connection: Any, name: str) -> Any:
        with used.writing(clerk) as uow:
            records.register(uow, "case", "530112", {"name": f"during {name}"})
            uow.commit()
        return real(connection, name)

    monkeypatch.setattr(snapshot_reading, "table_lines", slowly)
    file = make(used, tmp_path)
    monkeypatch.undo()
    with used.reading(SYSTEM) as session:
        assert session.query(Record).count() > 40
    to = new_url(used.database.dialect)
    # The first table is asked for after the moment was fixed.
    assert backup.restore(file, SECRET, to, KEYS).rows["record"] == 12
    portal = Portal.from_url(to, FixedClock.on(TODAY), KEYS)
    assert audit.verify(portal).clean
    portal.database.dispose()


@pytest.mark.parametrize("kind", BOTH)
def test_a_backup_of_an_older_schema_is_restored_and_upgraded(
    kind: str, new_url: NewUrl, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    from tests.fixtures import released

    url = (
        released.released_sqlite(tmp_path)
        if kind == "sqlite"
        else released.released_postgresql(request.getfixturevalue("postgresql_server"))
    )
    keys = Keyring.from_texts(released.DATA_KEY)
    old = Portal.from_url(url, FixedClock.on(TODAY), keys)
    # The entry about the backup is written by today's tables; of old ones only the rows are read.
    with making._new_file(tmp_path / "old.backup") as file:
        writer = contents.ContentsWriter(file, SECRET)
        with snapshot_reading.snapshot(old.database.engine) as taken:
            manifest = making._write(old, taken, writer)
        writer.finish(manifest)
    old.database.dispose()
    assert manifest.revision == "0001"
    to = new_url(kind)
    done = backup.restore(tmp_path / "old.backup", SECRET, to, keys)
    assert done.revision == migrate.head()
    portal = Portal.from_url(to, FixedClock.on(TODAY), keys)
    try:
        assert migrate.differences(portal.database.engine) == []
        assert audit.verify(portal).clean
        with portal.reading(SYSTEM) as session:
            assert session.query(Record).filter_by(etype="case").count() == 300
    finally:
        portal.database.dispose()
