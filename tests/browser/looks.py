"""What can be measured on a page as it stands: text cut off, and languages."""

from __future__ import annotations

from pathlib import Path
from typing import Any

SCRIPT = Path(__file__).with_suffix(".js").read_text("utf-8").strip()
HAN = r"\p{Script=Han}"
LATIN = r"[A-Za-z]{2,}"


def cut_off(page: Any) -> list[str]:
    """Return the elements whose text does not fit."""
    return list(page.evaluate(f"{SCRIPT}.cutOff()"))


def chinese_on_english(page: Any) -> list[str]:
    """Return Chinese texts of an English page that are not marked as Chinese."""
    return list(page.evaluate(f"args => {SCRIPT}.foreign(...args)", [HAN, "en"]))


def english_on_chinese(page: Any) -> list[str]:
    """Return texts of a Chinese page that hold Latin words and are not marked as another language."""
    return list(page.evaluate(f"args => {SCRIPT}.foreign(...args)", [LATIN, "zh"]))
