"""Log in, visit pages, save a picture of each.

Use: ``python tests/browser/screenshots.py BASE USER PASSWORD DIR [PATH…]``

Each page is shot 1440 and 390 pixels wide, in Chinese and in English. Console errors and CSP violations,
sideways scrolling and untranslated Latin text are reported; the exit code is 1 if there are errors.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

WIDTHS = {"wide": (1440, 900), "phone": (390, 844)}
LANGUAGES = ("zh_Hans", "en")
PAGES = ("/", "/layout/", "/units/", "/releases/", "/users/list/", "/roles/list/", "/users/userinfo/")
# The headless shell is the same engine without windows: a page opens in half the time, a new context in a fifth.
INSTALLED = [
    path for path in ("/usr/lib/chromium/chromium-headless-shell", "/usr/bin/chromium") if Path(path).exists()
]
CHROMIUM = os.environ.get("CHROMIUM") or next(iter(INSTALLED), "")
AXE = Path(__file__).parents[2] / "node_modules" / "axe-core" / "axe.min.js"


@contextmanager
def browser() -> Iterator[Any]:
    """Start Chromium for the length of a block."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM or None, args=["--no-sandbox"])
        try:
            yield chromium
        finally:
            chromium.close()


def watch(page: Any) -> list[str]:
    """Collect what the browser complains about: console errors, failures, violated policies."""
    complaints: list[str] = []

    def note(message: Any) -> None:
        # The browser reports a 404 page itself as an error; the page was asked for on purpose.
        if message.type in ("error", "warning") and message.location.get("url") != page.url:
            complaints.append(message.text)

    page.on("console", note)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    return complaints


def log_in(page: Any, base: str, username: str, password: str, lang: str = "zh_Hans") -> None:
    """Sign in through the form, in a language."""
    page.goto(f"{base}/language/{lang}?next=/login/")
    page.fill("#username", username)
    page.fill("#password", password)
    page.click("form[name=login] .btn-primary")
    page.wait_for_url(re.compile(rf"^{re.escape(base)}/(?!login).*"))


def axe_violations(page: Any) -> list[str]:
    """Return what axe-core finds against WCAG 2.2 A and AA on the page, and what stands outside of its landmarks."""
    # Handed to the browser's own world by the debugger, so our content policy stays as it is.
    page.evaluate(AXE.read_text(encoding="utf-8"))
    tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
    # Target size is off by default in axe-core: WCAG 2.2 is young. To tell of all that passed takes longest.
    options = {
        "runOnly": tags,
        "rules": {"target-size": {"enabled": True}, "region": {"enabled": True}},
        "resultTypes": ["violations"],
    }
    found = page.evaluate("async options => (await axe.run(document, options)).violations", options)
    return [
        f"{violation['id']}: {node['target'][0]} {node['failureSummary'].splitlines()[-1].strip()}"
        for violation in found
        for node in violation["nodes"]
    ]


def scrolls_sideways(page: Any) -> bool:
    """Return whether the page is wider than the window."""
    return bool(page.evaluate("document.documentElement.scrollWidth > window.innerWidth + 1"))


def picture_name(path: str, lang: str, width: str) -> str:
    """Return the file name of a picture."""
    name = re.sub(r"[^\w]+", "-", path).strip("-") or "home"
    return f"{name}.{lang}.{width}.png"


def shoot(base: str, username: str, password: str, folder: Path, pages: Sequence[str]) -> list[str]:
    """Take all pictures; return the complaints."""
    folder.mkdir(parents=True, exist_ok=True)
    found: list[str] = []
    with browser() as chromium:
        for lang in LANGUAGES:
            for width, (w, h) in WIDTHS.items():
                context = chromium.new_context(viewport={"width": w, "height": h})
                page = context.new_page()
                complaints = watch(page)
                page.goto(f"{base}/language/{lang}?next=/login/")
                page.screenshot(path=folder / picture_name("/login", lang, width), full_page=True)
                log_in(page, base, username, password, lang)
                for path in pages:
                    answer = page.goto(base + path, wait_until="load")
                    if answer.status >= 500:
                        found.append(f"{path} {lang} {width}: answered {answer.status}")
                    page.screenshot(path=folder / picture_name(path, lang, width), full_page=True)
                    place = f"{path} {lang} {width}"
                    if scrolls_sideways(page):
                        found.append(f"{place}: scrolls sideways")
                    found += [f"{place}: {text}" for text in complaints]
                    if AXE.exists():
                        found += [f"{place}: {text}" for text in axe_violations(page)]
                    complaints.clear()
                context.close()
    return found


def main() -> int:
    """Run from the command line."""
    base, username, password, folder, *pages = sys.argv[1:]
    found = shoot(base.rstrip("/"), username, password, Path(folder), pages or PAGES)
    print("\n".join(found) or "no complaints")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
