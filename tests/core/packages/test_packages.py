"""Packages: the same content makes the same bytes, and what is not wholly right is refused whole."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from portal.adapters.package_keys import TrustFolder
from portal.core.errors import DefinitionError, InvalidInput
from portal.core.packages import Seen, build, inspect, verify
from portal.core.packages.archive import write
from portal.core.packages.trust import covers, is_prefix
from portal.core.packs import resolve
from portal.core.packs.layer import load_layer
from portal.core.packs.versions import version_key
from tests.core.packages import forging
from tests.core.packages.forging import KEY, PACK, Hostile, good, members_of, receiver

HOSTILE = list(forging.hostile())


def test_a_good_package_is_taken_with_all_that_it_says() -> None:
    package = verify(good(), receiver())
    assert (package.manifest.reference, package.manifest.changelog) == ("city/kunming@1.1.0", "新增。")
    assert (package.signer, package.publisher, package.warnings) == (KEY.trusted.id, "昆明市", ())
    assert [one.reference for one in package.manifest.dependencies] == ["base@1.0.0"]
    assert load_layer(package.source).digest == resolve(PACK, forging.library()).chain[-1].digest
    assert inspect(good(key=None)).signer == ""


def test_equal_content_gives_equal_bytes_whatever_the_order_of_reading() -> None:
    library = forging.library()
    turned = type(library)({pack: dict(reversed(list(one.items()))) for pack, one in library.packs.items()})
    packages = {
        build(resolve(PACK, one), portal="0.1.0", sign=KEY.sign)
        for one in (library, turned, forging.library())
    }
    assert len(packages) == 1
    assert build(resolve(PACK, library), portal="0.1.0", changelog="x", sign=KEY.sign) not in packages


def test_the_bytes_are_those_of_every_machine() -> None:
    """A change of Python or of the writer that changes the bytes breaks every signature over what was built before."""
    digest = hashlib.sha256(write({"b/c": b"2", "a": "一".encode()})).hexdigest()
    assert digest == "ddaee63f628cdf65cb714f4ca11fcfe96706d56fed411b8aabdba838d9027b1c"


def test_a_pack_with_errors_is_not_built() -> None:
    library = forging.library(**{f"seed/{PACK}/settings.json": "{"})
    with pytest.raises(DefinitionError, match=r"package\.broken"):
        build(resolve(PACK, library), portal="0.1.0")


@pytest.mark.parametrize("words", [{"portal": "newest"}, {"portal": "0.1.0", "changelog": "长" * 20_001}])
def test_what_no_portal_would_take_is_not_built(words: dict[str, str]) -> None:
    with pytest.raises(DefinitionError, match=r"package\.unbuilt"):
        build(resolve(PACK, forging.library()), **words)


@pytest.mark.parametrize("case", HOSTILE, ids=lambda case: case.name)
def test_a_hostile_package_is_refused(case: Hostile) -> None:
    with pytest.raises(InvalidInput) as refused:
        verify(case.content, case.receiver)
    assert refused.value.code == "package.refused"
    problems = {one.code: one for one in refused.value.problems}
    assert case.code in problems
    assert problems[case.code].text()


def test_there_are_enough_of_them_and_none_twice() -> None:
    assert len(HOSTILE) >= 60
    assert len({case.name for case in HOSTILE}) == len(HOSTILE)
    # Five are the good package, given to five portals that must not take it.
    assert len({case.content for case in HOSTILE}) == len(HOSTILE) - 4


def test_all_problems_are_told_at_once() -> None:
    parts = members_of(forging.described(lambda one: one.update(portal="9.0.0", digest="0" * 64)))
    parts["files/seed/city/kunming/settings.json"] = b'{"colour": 1, "values": 5}'
    parts["files/seed/city/kunming/run.json"] = b"{}"
    with pytest.raises(InvalidInput) as refused:
        verify(write(parts), receiver(seen=Seen({("昆明市", PACK): ("2.0.0", "")})))
    assert {one.code for one in refused.value.problems} >= {
        "package.portal",
        "package.changed",
        "package.unlisted",
        "package.digest",
        "package.replayed",
        "pack.unknown_file",
        "schema.unknown_key",
        "schema.type",
    }


def test_nothing_is_parsed_before_the_signature_holds(monkeypatch: pytest.MonkeyPatch) -> None:
    parsed: list[bytes] = []
    monkeypatch.setattr("portal.core.packages.manifest.parse", lambda text: parsed.append(text) or (None, []))
    monkeypatch.setattr("portal.core.packages.opening.load_layer", lambda source: parsed.append(b"layer"))
    for name in ("not signed", "signed by a stranger", "a manifest that was changed"):
        case = next(one for one in HOSTILE if one.name == name)
        with pytest.raises(InvalidInput):
            verify(case.content, case.receiver)
    assert parsed == []


def test_a_parent_that_is_not_here_yet_is_a_warning() -> None:
    empty = type(forging.library())({})
    package = verify(good(), receiver(library=empty))
    assert [one.code for one in package.warnings] == ["package.parent"]


def test_the_highest_version_is_remembered() -> None:
    first = verify(good(), receiver())
    seen = Seen({}).with_seen(first.publisher, first.manifest)
    assert seen.versions == {("昆明市", PACK): ("1.1.0", first.manifest.digest)}
    verify(good(), receiver(seen=seen))
    newer = verify(good("1.10.0"), receiver(seen=seen))
    later = seen.with_seen(newer.publisher, newer.manifest)
    with pytest.raises(InvalidInput):
        verify(good("1.9.0"), receiver(seen=later))
    assert later.with_seen(first.publisher, first.manifest) == later


@pytest.mark.parametrize(
    ("prefix", "pack", "covered"),
    [
        ("city/kunming", "city/kunming", True),
        ("city/kunming", "city/kunming/x", False),
        ("city/kunming/*", "city/kunming", True),
        ("city/kunming/*", "city/kunming/x", True),
        ("city/kunming/*", "city/kunming2", False),
        ("city/*", "city/kunming", True),
        ("city/*", "county/xishan", False),
    ],
)
def test_a_prefix_covers_packs_by_whole_names(prefix: str, pack: str, covered: bool) -> None:
    assert covers(prefix, pack) is covered
    assert is_prefix(prefix)


@pytest.mark.parametrize("text", ["", "*", "/*", "city/", "city/**", "City", "../x", "a//b"])
def test_what_is_no_prefix(text: str) -> None:
    assert not is_prefix(text)


def test_nobody_forgets_what_another_one_has_seen_at_the_same_moment(tmp_path: Path) -> None:
    from concurrent.futures import ThreadPoolExecutor

    folder = TrustFolder(tmp_path)
    manifest = verify(good(), receiver()).manifest
    with ThreadPoolExecutor(8) as many:
        list(many.map(lambda number: folder.remember_version(f"某市{number}", manifest), range(40)))
    assert len(folder.seen().versions) == 40


def test_every_text_that_the_schema_calls_a_version_has_its_place() -> None:
    versions = ["1.2.0-rc.1", "1.2.0", "1.10.0", "2.0.0-+x", "99.0.0.1+a+b", "999999999.0.0"]
    assert [version_key(one) for one in versions] == sorted(version_key(one) for one in versions)
    assert version_key("1.2.0+a") == version_key("1.2.0+b") == version_key("01.2.0")
