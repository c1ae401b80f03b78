"""The examples of ``docs/api.md`` run as they stand, one after the other."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

import pytest

from tests.web.records.live import serving
from tests.web.records.seeded_site import PASSWORD, Site

GUIDE = Path(__file__).parents[3] / "docs" / "api.md"
EXAMPLE = re.compile(r"^```sh\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@pytest.mark.slow
@pytest.mark.parametrize("site", ["sqlite"], indirect=True)
def test_the_examples_run(site: Site, tmp_path: Path) -> None:
    script = "\n".join(["set -euo pipefail", *EXAMPLE.findall(GUIDE.read_text(encoding="utf-8"))])
    with serving(site.url, tmp_path) as address:
        environment = os.environ | {"PORTAL": address, "NAME": "clerk", "PASSWORD": PASSWORD}
        run = subprocess.run(
            ["bash", "-c", script], env=environment, capture_output=True, text=True, timeout=120, check=False
        )
    assert run.returncode == 0, run.stderr
    lines = run.stdout.splitlines()
    assert "null" not in lines, run.stdout
    assert any(line.startswith("case: list show add") for line in lines), run.stdout
    for told in ('"intake"', "analyse", '"form.invalid"'):
        assert told in lines, run.stdout
