"""Pictures of a roll-out for the guides: the demonstration is played, served, and its pages are shot.

Use: ``python -m tests.browser.rollout_pictures DIR [URL]``; with URL a portal that is served already is shot.
``python -m tests.browser.rollout_pictures --guides docs/images`` renews the pictures of the guides.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from PIL import Image

from tests.browser.screenshots import LANGUAGES, WIDTHS, browser, log_in, scrolls_sideways, watch
from tests.services.rollout.demonstration import GUANDU, PASSWORD, PILOT, main

PORT = 8397
# Each page: what its picture is called, who looks, the address; the first campaign of the list is the one that is shot.
PAGES = (
    ("waves", "zhoumin", "/rollout/waves/<campaign>"),
    ("drift", "zhoumin", f"/rollout/drift/?unit={GUANDU}&part=rule"),
    ("version", "dujuan", "/rollout/"),
    ("pilot", "zhoumin", f"/rollout/pilot/{PILOT}"),
)


# How wide a picture of a guide is, and how many of its pixels are shown of a page that is longer.
ACROSS, MOST_DOWN = 1080, 1125


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """Play the demonstration in a new database and serve it."""
    environment = {
        **os.environ,
        "PORTAL_ENV": "demo",
        "PORTAL_SECOND_PERSON": "required",
        "PORTAL_DATABASE_URL": f"sqlite:///{folder / 'portal.db'}",
        "PORTAL_DATA_DIR": str(folder / "data"),
        "PORTAL_INSTANCE": str(folder),
    }
    main(environment["PORTAL_DATABASE_URL"], whole=False)
    command = [sys.executable, "-m", "portal", "serve", "--bind", f"127.0.0.1:{PORT}", "--workers", "1"]
    process = subprocess.Popen(command, env=environment)
    try:
        _wait(f"http://127.0.0.1:{PORT}")
        yield f"http://127.0.0.1:{PORT}"
    finally:
        process.terminate()
        process.wait(20)


def _wait(base: str) -> None:
    for _ in range(120):
        try:
            urllib.request.urlopen(f"{base}/health", timeout=2).close()
        except OSError:
            time.sleep(0.5)
        else:
            return
    raise TimeoutError(base)


def shoot(base: str, folder: Path) -> list[str]:
    """Take the pictures of all pages, in both languages and widths; return what was wrong."""
    folder.mkdir(parents=True, exist_ok=True)
    found: list[str] = []
    with browser() as chromium:
        for lang in LANGUAGES:
            for width, (across, down) in WIDTHS.items():
                for name, who, path in PAGES:
                    context = chromium.new_context(viewport={"width": across, "height": down})
                    page = context.new_page()
                    complaints = watch(page)
                    log_in(page, base, who, PASSWORD, lang)
                    if path.endswith("<campaign>"):
                        page.goto(f"{base}/rollout/waves/")
                        link = page.locator("main a[href^='/rollout/waves/']:not([href*='new'])")
                        path = link.last.get_attribute("href")
                    answer = page.goto(base + path, wait_until="load")
                    place = f"{name} {lang} {width}"
                    if answer.status != 200:
                        found.append(f"{place}: answered {answer.status}")
                    if scrolls_sideways(page):
                        found.append(f"{place}: scrolls sideways")
                    found += [f"{place}: {text}" for text in complaints]
                    page.screenshot(path=folder / f"rollout-{name}.{lang}.{width}.png", full_page=True)
                    context.close()
    return found


def for_guides(folder: Path, target: Path) -> None:
    """Write the wide pictures of a folder as guides show them: smaller, few colours, the beginning of a long page."""
    for lang in LANGUAGES:
        for name, _, _ in PAGES:
            picture = Image.open(folder / f"rollout-{name}.{lang}.wide.png").convert("RGB")
            down = round(picture.height * ACROSS / picture.width)
            small = picture.resize((ACROSS, down), Image.Resampling.LANCZOS)
            shown = small.crop((0, 0, ACROSS, min(down, MOST_DOWN)))
            # This way alone keeps the few red and green signs of a page that is nearly white.
            few = shown.quantize(128, method=Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE)
            few.save(target / f"rollout-{name}-{lang[:2]}.png", optimize=True)


if __name__ == "__main__":
    guides = sys.argv[1] == "--guides"
    target = Path(sys.argv[2 if guides else 1])
    if len(sys.argv) > 2 and not guides:
        told = shoot(sys.argv[2].rstrip("/"), target)
    else:
        with tempfile.TemporaryDirectory() as scratch, served(Path(scratch)) as address:
            told = shoot(address, Path(scratch) / "pictures" if guides else target)
            if guides:
                for_guides(Path(scratch) / "pictures", target)
    print("\n".join(told) or "no complaints")
    sys.exit(1 if told else 0)
