"""The wheel, in a virtual environment of its own with what it says it needs, serves the same portal."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
import urllib.error
import urllib.request
import zipfile
from email.parser import Parser
from pathlib import Path

import pytest

from tests.fixtures.ports import free_port
from tests.packaging.linked import environment

ROOT = Path(__file__).parents[2]
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    target = tmp_path_factory.mktemp("dist")
    source = tmp_path_factory.mktemp("source") / "one-door"  # a build writes beside its source
    left_out = shutil.ignore_patterns(
        ".git", ".venv", "node_modules", "build", "instance", "*.egg-info", "__pycache__"
    )
    shutil.copytree(ROOT, source, ignore=left_out)
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--disable-pip-version-check", "--no-deps"]
    subprocess.run([*command, "-w", target, source], check=True)
    return next(target.glob("one_door-*.whl"))


def test_wheel_carries_packs_catalogues_and_front_end(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    for needed in (
        "portal/_shipped/form_definitions/base/case.json",
        "portal/_shipped/rule_sets/base/referral.json",
        "portal/_shipped/seed/county/xishan/layout.json",
        "portal/_shipped/translations/zh_Hans/LC_MESSAGES/messages.mo",
        "portal/web/templates/base.html",
        "portal/core/schemas/rules.json",
    ):
        assert needed in names
    assert any(n.startswith("portal/web/static/vendor/") for n in names)
    assert not any(n.startswith(("tests/", "benchmarks/")) for n in names)


def test_installed_wheel_serves_the_portal(wheel: Path, tmp_path: Path) -> None:
    venv = tmp_path / "venv"
    python = environment(venv, wheel, *requirements(wheel))
    env = {k: v for k, v in os.environ.items() if not k.startswith(("PORTAL_", "PYTHON"))}
    env |= {"PORTAL_ENV": "demo", "PORTAL_INSTANCE": str(tmp_path / "instance")}
    place = "import portal; print(portal.__file__)"
    found = subprocess.run([python, "-c", place], env=env, cwd=tmp_path, capture_output=True, text=True)
    assert found.stdout.startswith(str(venv)), found.stdout + found.stderr
    command = str(venv / "bin" / "portal")
    for words in (["db", "upgrade"], ["db", "seed"], ["demo", "load", "--cases", "50"], ["config", "check"]):
        done = subprocess.run([command, *words], env=env, cwd=tmp_path, capture_output=True, text=True)
        assert done.returncode == 0, done.stdout + done.stderr
    port = free_port()
    server = subprocess.Popen(
        [command, "serve", "--bind", f"127.0.0.1:{port}", "--workers", "1"], env=env, cwd=tmp_path
    )
    try:
        page = wait_for(f"http://127.0.0.1:{port}/login/", server)
    finally:
        server.terminate()
        server.wait(20)
    assert "一扇门" in page
    assert "csrf_token" in page


def requirements(wheel: Path) -> list[str]:
    """Return what a wheel says it needs."""
    archive = zipfile.ZipFile(wheel)
    (metadata,) = [name for name in archive.namelist() if name.endswith(".dist-info/METADATA")]
    told = Parser().parsestr(archive.read(metadata).decode())
    return list(told.get_all("Requires-Dist") or ())


def wait_for(url: str, server: subprocess.Popen[bytes], seconds: float = 60) -> str:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        assert server.poll() is None, "the server stopped"
        try:
            with urllib.request.urlopen(url, timeout=5) as answer:
                return answer.read().decode()
        except urllib.error.URLError:
            time.sleep(0.3)
    raise AssertionError(f"{url} did not answer")
