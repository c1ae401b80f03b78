"""Take one case of each stage as each role sees it, and the home of each role: montages to be looked at.

Use: ``python tests/browser/stage_looks.py BASE CENTRE PASSWORD DIR [STAGE…]``

CENTRE is the first part of the accounts of a centre of the demo, such as ``xishan``. For each stage the case is taken
that most of the roles may open. Each montage shows one stage, in one language and one width, a column for each role.
``looked.md`` in the folder says which role could open what; the exit code is 1 where a page complained.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from PIL import Image, ImageDraw

sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.browser.looks import chinese_on_english, cut_off, english_on_chinese
from tests.browser.screenshots import LANGUAGES, WIDTHS, browser, log_in, scrolls_sideways, watch

ROLES = (
    "clerk",
    "triage",
    "director",
    "appraiser",
    "mediator",
    "handler",
    "reviewer",
    "inspector",
    "archivist",
    "supervisor",
)
STAGES = ("intake", "analyse", "assign", "appraise", "mediate", "closed", "archived", "rejected")
TRIED = 12
COLUMNS = {"wide": 470, "phone": 240}
GAP, HEAD, TALLEST = 12, 26, 5200
_CASE = re.compile(r"/records/case/show/[0-9a-f]{32}")


@dataclass
class Looked:
    """What was taken: which role opened which case, and what the pages complained of."""

    seen: dict[str, list[str]] = field(default_factory=dict)
    complaints: list[str] = field(default_factory=list)


def sessions(chromium: Any, base: str, centre: str, password: str, lang: str) -> dict[str, Any]:
    """Return what a browser keeps of each role that has signed in."""
    found = {}
    for role in ROLES:
        context = chromium.new_context()
        page = context.new_page()
        log_in(page, base, f"{centre}.{role}", password, lang)
        found[role] = context.storage_state()
        context.close()
    return found


def cases(
    chromium: Any, base: str, states: dict[str, Any], stages: Sequence[str]
) -> dict[str, tuple[str, list[str]]]:
    """Return for each stage the case that most roles may open, and these roles."""
    contexts = {role: chromium.new_context(storage_state=state) for role, state in states.items()}
    found = {}
    for stage in stages:
        listed: dict[str, None] = {}
        for role in ("director", "supervisor"):
            text = contexts[role].request.get(f"{base}/records/case/list/?stage={stage}").text()
            listed |= dict.fromkeys(_CASE.findall(text))
        seen = {
            case: [role for role, one in contexts.items() if one.request.get(base + case).status == 200]
            for case in list(listed)[:TRIED]
        }
        if seen:
            found[stage] = max(seen.items(), key=lambda pair: len(pair[1]))
    for context in contexts.values():
        context.close()
    return found


def taken(page: Any, base: str, path: str, place: str, lang: str, file: Path) -> Iterator[str]:
    """Take one page, and yield what is wrong with it."""
    complaints = watch(page)
    page.goto(base + path, wait_until="load")
    page.screenshot(path=file, full_page=True)
    if scrolls_sideways(page):
        yield f"{place}: scrolls sideways"
    foreign = chinese_on_english(page) if lang == "en" else english_on_chinese(page)
    yield from (f"{place}: cut off: {text}" for text in cut_off(page))
    yield from (f"{place}: other language: {text}" for text in foreign)
    yield from (f"{place}: {text}" for text in complaints)


def montage(pictures: Sequence[tuple[str, Path]], column: int, target: Path) -> None:
    """Put pictures side by side, each under its name and scaled to a column."""
    scaled = []
    for name, file in pictures:
        picture = Image.open(file).convert("RGB")
        height = max(1, round(picture.height * column / picture.width))
        scaled.append((name, picture.resize((column, height)).crop((0, 0, column, min(height, TALLEST)))))
    width = len(scaled) * (column + GAP) + GAP
    sheet = Image.new("RGB", (width, max(one.height for _, one in scaled) + HEAD + GAP), "#d0d5dd")
    draw = ImageDraw.Draw(sheet)
    for index, (name, picture) in enumerate(scaled):
        left = GAP + index * (column + GAP)
        draw.text((left, 6), name, fill="black")
        sheet.paste(picture, (left, HEAD))
    sheet.save(target)


def shoot(base: str, centre: str, password: str, folder: Path, stages: Sequence[str]) -> Looked:
    """Take everything; return what was seen and what was wrong."""
    folder.mkdir(parents=True, exist_ok=True)
    looked, found = Looked(), {}
    with browser() as chromium:
        for lang in LANGUAGES:
            states = sessions(chromium, base, centre, password, lang)
            found = found or cases(chromium, base, states, stages)
            looked.seen = {stage: roles for stage, (_, roles) in found.items()}
            pages = {"home": ("/", list(ROLES)), **found}
            for width, (wide, high) in WIDTHS.items():
                pictures: dict[str, list[tuple[str, Path]]] = {}
                for role, state in states.items():
                    context = chromium.new_context(
                        storage_state=state, viewport={"width": wide, "height": high}
                    )
                    for name, (path, roles) in pages.items():
                        if role in roles:
                            file = folder / f"{name}-{role}.{lang}.{width}.png"
                            place = f"{name} {role} {lang} {width}"
                            page = context.new_page()
                            looked.complaints += taken(page, base, path, place, lang, file)
                            page.close()
                            pictures.setdefault(name, []).append((role, file))
                    context.close()
                for name, each in pictures.items():
                    montage(each, COLUMNS[width], folder / f"all-{name}.{lang}.{width}.png")
    return looked


def table(looked: Looked) -> str:
    """Return a table of stages and roles, as Markdown."""
    lines = [f"| stage | {' | '.join(ROLES)} |", f"|---{'|---' * len(ROLES)}|"]
    for stage, roles in looked.seen.items():
        lines.append(f"| {stage} | {' | '.join('seen' if role in roles else '–' for role in ROLES)} |")
    return "\n".join(lines) + "\n"


def main() -> int:
    """Run from the command line."""
    base, centre, password, folder, *stages = sys.argv[1:]
    looked = shoot(base.rstrip("/"), centre, password, Path(folder), stages or STAGES)
    (Path(folder) / "looked.md").write_text(table(looked), encoding="utf-8")
    print("\n".join(looked.complaints) or "no complaints")
    return 1 if looked.complaints else 0


if __name__ == "__main__":
    sys.exit(main())
