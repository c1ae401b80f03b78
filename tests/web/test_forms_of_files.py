"""Every form that is answered by a file says so: no new page comes that would end the waiting."""

from __future__ import annotations

import re
from pathlib import Path

TEMPLATES = Path(__file__).parents[2] / "portal" / "web" / "templates"
FILES = ("/export", "PackagesView.carry", "SubjectView.copy")
FORM = re.compile(r'<form method="post"[^>]*>')


def test_forms_answered_by_a_file_say_so() -> None:
    forms = [
        (path.name, found)
        for path in sorted(TEMPLATES.rglob("*.html"))
        for found in FORM.findall(path.read_text(encoding="utf-8"))
        if any(f'{name}"' in found or f"{name}'" in found for name in FILES)
    ]
    assert len(forms) >= 6
    assert [one for one in forms if "data-download" not in one[1]] == []
