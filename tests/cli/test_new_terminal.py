"""A terminal that does not know the settings yet: told in Chinese, without a traceback, and nothing is left behind."""

from __future__ import annotations

import os
import pty
import re
import select
import signal
import socket
import sys
import time
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from portal.cli import main
from tests.fixtures.ports import free_port

SETTINGS = (
    "PORTAL_ENV",
    "PORTAL_INSTANCE",
    "PORTAL_PACK_PATH",
    "PORTAL_DATABASE_URL",
    "PORTAL_SECRET_KEY",
    "PORTAL_LANG",
)
COMMANDS = ["db seed", "user list", "user receivers 330681", "config history 330681", "serve"]


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in SETTINGS:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def said(line: str) -> Result:
    return CliRunner().invoke(main, line.split())


@pytest.mark.parametrize("line", COMMANDS)
@pytest.mark.parametrize("kind", ["demo", ""])
def test_without_settings_each_command_names_the_file_to_run_and_leaves_no_folder(
    here: Path, monkeypatch: pytest.MonkeyPatch, line: str, kind: str
) -> None:
    if kind:
        monkeypatch.setenv("PORTAL_ENV", kind)
    told = said(line)
    assert told.exit_code == 1
    assert "里没有数据库" in told.output
    assert ". ~/zhuji/env.sh" in told.output
    assert list(here.iterdir()) == []


def test_upgrading_without_settings_says_what_is_missing(here: Path) -> None:
    told = said("db upgrade")
    assert told.exit_code == 1
    assert "没有设置 PORTAL_SECRET_KEY" in told.output
    assert ". ~/zhuji/env.sh" in told.output
    assert list(here.iterdir()) == []


@pytest.mark.parametrize("line", COMMANDS[:-1])
def test_a_database_without_tables_is_told_as_that(
    here: Path, monkeypatch: pytest.MonkeyPatch, line: str
) -> None:
    (here / "instance").mkdir()
    (here / "instance" / "portal.db").touch()
    monkeypatch.setenv("PORTAL_ENV", "demo")
    told = said(line)
    assert told.exit_code == 1
    assert f"数据库 {here / 'instance' / 'portal.db'} 里没有表" in told.output
    assert "portal db upgrade" in told.output


def test_a_port_that_is_taken_is_told_with_another_one(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORTAL_ENV", "demo")
    assert said("db upgrade").exit_code == 0
    with socket.socket() as other:
        port = free_port()
        other.bind(("127.0.0.1", port))
        other.listen()
        told = said(f"serve --bind 127.0.0.1:{port}")
    assert told.exit_code == 1
    assert f"127.0.0.1:{port} 已被别的程序占用" in told.output
    assert f"--bind 127.0.0.1:{port + 10}" in told.output


def test_serving_in_a_terminal_says_where_it_is_open_and_stops_quietly(
    here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PORTAL_ENV", "demo")
    assert said("db upgrade").exit_code == 0
    port = free_port()
    child, terminal = pty.fork()
    if child == 0:
        code = "from portal.cli import main; main()"
        os.execvp(sys.executable, [sys.executable, "-c", code, "serve", "--bind", f"127.0.0.1:{port}"])
    shown, stopped, until = b"", False, time.monotonic() + 120
    while time.monotonic() < until:
        if select.select([terminal], [], [], 0.2)[0]:
            try:
                shown += os.read(terminal, 4096)
            except OSError:
                break
        if not stopped and "一扇门已开门".encode() in shown:
            time.sleep(2)  # the processes begin
            os.write(terminal, b"\x03")
            stopped = True
    if not stopped:
        os.kill(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    lines = [line for line in re.split(r"[\r\n]+", shown.decode().replace("^C", "")) if line]
    assert lines == ["正在开门，约十几秒……", f"一扇门已开门：http://127.0.0.1:{port}  停止按 Ctrl-C"]
    assert os.waitstatus_to_exitcode(status) == 0
