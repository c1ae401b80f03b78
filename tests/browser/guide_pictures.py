"""Pictures of a centre's own configuration for the guide: a served draft is shot as its administrator sees it.

Use: ``python -m tests.browser.guide_pictures BASE USER PASSWORD DRAFT DIR``; DRAFT is the address of the draft.
"""

from __future__ import annotations

import sys
from pathlib import Path

from tests.browser.screenshots import LANGUAGES, browser, log_in, watch

SIZE = {"width": 1280, "height": 800}
# Each picture: its name, the page below the address of the draft.
PAGES = (
    ("hall", "layout"),
    ("form", "designer/form/case?section=matter"),
    ("rules", "rules/referral"),
    ("stages", "designer/stages/case"),
)


def shoot(base: str, user: str, password: str, draft: str, folder: Path) -> list[str]:
    """Take the pictures in both languages; return what the browser complained about."""
    found: list[str] = []
    with browser() as chromium:
        for lang in LANGUAGES:
            page = chromium.new_context(viewport=SIZE).new_page()
            complaints = watch(page)
            log_in(page, base, user, password, lang)
            for name, path in PAGES:
                page.goto(f"{base}{draft}{path}", wait_until="load")
                page.screenshot(path=folder / f"own-centre-{name}-{lang[:2]}.png")
            found.extend(complaints)
    return found


if __name__ == "__main__":
    problems = shoot(*sys.argv[1:5], Path(sys.argv[5]))
    print("\n".join(problems) or "no complaints")
    sys.exit(1 if problems else 0)
