"""The reference of the foundation: whole, in both languages, and as the pack stands."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from portal.adapters.pack_files import PackFiles, shipped_root
from portal.cli import main
from portal.core.packs import resolve
from portal.core.reference import PAGES, page_of

DOCS = Path(__file__).parents[2] / "docs"


@pytest.mark.parametrize(("page", "lang"), PAGES.items())
def test_the_page_is_up_to_date(page: str, lang: str) -> None:
    base = resolve("base", PackFiles([shipped_root()]))
    written = page_of(base.bundle, base.manifest.version, lang)
    assert (DOCS / page).read_text(encoding="utf-8") == written, "run: portal docs generate"


@pytest.mark.parametrize("lang", PAGES.values())
def test_everything_that_the_foundation_offers_is_named(lang: str) -> None:
    bundle = resolve("base", PackFiles([shipped_root()])).bundle
    page = page_of(bundle, "1.0.0", lang)
    sections = [
        "departments",
        "roles",
        "forms",
        "routes",
        "deadlines",
        "documents",
        "events",
        "tasks",
        "worklists",
    ]
    keys = [key for section in sections for key in bundle[section]]
    keys += [
        key
        for one in bundle["lifecycles"].values()
        for part in ("stages", "transitions")
        for key in one[part]
    ]
    keys += [f"/{key}" for form in bundle["forms"].values() for key in form["schema"]["properties"]]
    keys += [key for name in ("flags", "modes", "grades") for key in bundle["settings"]["values"][name]]
    keys += [key for part in ("rules", "parameters", "inputs") for key in bundle["rules"]["referral"][part]]
    keys += list(bundle["taxonomies"]["dispute"]["terms"])
    assert len(keys) > 600
    assert [key for key in keys if f"| `{key}` |" not in page] == []


def test_names_and_uses_come_in_the_language_of_the_page() -> None:
    bundle = resolve("base", PackFiles([shipped_root()])).bundle
    chinese, english = (page_of(bundle, "1.0.0", lang) for lang in ("zh_Hans", "en"))
    line = next(line for line in chinese.splitlines() if line.startswith("| `land_arbitration` |"))
    assert "农村土地承包仲裁委员会" in line
    assert "规则：" in line
    other = next(line for line in english.splitlines() if line.startswith("| `land_arbitration` |"))
    assert "rule" in other.lower()
    assert not any("\u4e00" <= sign <= "\u9fff" for sign in other)


def test_a_stale_page_is_told_and_written_anew(tmp_path: Path) -> None:
    (tmp_path / "reference").mkdir()
    stale = tmp_path / "reference" / "base.md"
    stale.write_text("stale", encoding="utf-8")
    shell = CliRunner()
    told = shell.invoke(main, ["docs", "check", "--root", str(tmp_path)])
    assert told.exit_code == 1
    assert "base.md 已过时" in told.output
    shell.invoke(main, ["docs", "generate", "--root", str(tmp_path)])
    assert stale.read_text(encoding="utf-8") == (DOCS / "reference" / "base.md").read_text(encoding="utf-8")
    assert shell.invoke(main, ["docs", "check", "--root", str(tmp_path)]).exit_code == 0
