"""The structure of the code: no module imports itself by way of others."""

from __future__ import annotations

from pathlib import Path

import portal
from tests.structure.imports import circles, imports

ROOT = Path(portal.__file__).parent


def test_there_is_no_import_circle() -> None:
    found = circles(imports(ROOT))
    assert not found, "\n".join(" <-> ".join(group) for group in found)


def test_a_circle_is_found(tmp_path: Path) -> None:
    root = tmp_path / "town"
    (root / "hall").mkdir(parents=True)
    files = {
        "__init__.py": "",
        "hall/__init__.py": "",
        "hall/door.py": "def way():\n    from town.hall import desk\n    return desk\n",
        "hall/desk.py": "from . import chair\n",
        "hall/chair.py": "import town.hall.door\n",
        "street.py": "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from town.square import Well\n",
        "square.py": "from town.street import lamp\n",
    }
    for name, text in files.items():
        (root / name).write_text(text, encoding="utf-8")
    assert circles(imports(root)) == [["town.hall.chair", "town.hall.desk", "town.hall.door"]]
