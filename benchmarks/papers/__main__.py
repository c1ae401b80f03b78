"""Write the templates of the base pack, and the plain one, anew."""

from __future__ import annotations

from pathlib import Path

from benchmarks.papers.sheet import Sheet
from benchmarks.papers.types import TYPES

ROOT = Path(__file__).parent.parent.parent
ASSETS = ROOT / "seed" / "base" / "assets"
PLAIN = ROOT / "portal" / "services" / "records" / "papers" / "plain.docx"


def plain() -> Sheet:
    """Return the sheet of documents that have no template of their own."""
    made = Sheet().head()
    made.repeat(["内容"], "paper_rows", ["{{ one }}"], [1])
    made.repeat(["签名（盖章）", ""], "paper_signs", ["{{ one }}", ""], [2, 3])
    return made.seal()


def written() -> dict[Path, bytes]:
    """Return each template with the place where it stands."""
    return {
        PLAIN: plain().content(),
        **{ASSETS / f"{code.lower()}.docx": make().content() for code, make in TYPES.items()},
    }


def name_templates() -> None:
    """Name each template in the document that it makes, where it is not named yet."""
    path = ASSETS.parent / "documents.json"
    text = path.read_text(encoding="utf-8")
    for code in TYPES:
        start = text.index(f'  "{code}": {{')
        title_end = text.index("\n", text.index('"title"', start)) + 1
        end = text.find("\n  },\n", start)
        if '"template"' not in text[start : end if end > 0 else len(text)]:
            text = f'{text[:title_end]}    "template": "assets/{code.lower()}.docx",\n{text[title_end:]}'
    path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    ASSETS.mkdir(exist_ok=True)
    for path, content in written().items():
        path.write_bytes(content)
    name_templates()
