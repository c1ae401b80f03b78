"""``portal package``: from a pack to a signed file, and from the file to what it would change."""

from __future__ import annotations

import json
import stat
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from portal.adapters.pack_files import default_library, shipped_samples
from portal.adapters.package_keys import PRIVATE, PUBLIC, SigningKey, TrustFolder, verifies
from portal.cli.package import command
from portal.core.errors import PortalError
from portal.core.packages import Seen, build, verify
from portal.core.packages.opening import Receiver
from portal.core.packs import resolve
from tests.core.packages import forging

Run = Callable[..., Result]
# Here the foundation has another version, so that its content can not be another one.
HOSTILE = [one for one in forging.hostile() if one.code != "package.parent_differs"]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.setenv("PORTAL_INSTANCE", str(tmp_path / "instance"))
    monkeypatch.delenv("PORTAL_DATABASE_URL", raising=False)
    return lambda *arguments: CliRunner().invoke(command, [str(one) for one in arguments])


@pytest.fixture
def key(run: Run, tmp_path: Path) -> Path:
    made = run("keys", "new", "昆明市", tmp_path / "keys", "--pack", "city/kunming/*", "--lang", "en")
    assert made.exit_code == 0, made.output
    assert "keep it apart" in made.output
    return tmp_path / "keys" / f"packages{PRIVATE}"


def everything(folder: Path) -> dict[str, bytes]:
    return {str(file): file.read_bytes() for file in folder.rglob("*") if file.is_file()}


def changed_root(tmp_path: Path, change: Callable[[dict[str, Any]], None]) -> Path:
    """Write the city's pack in a later version, its settings changed, into a folder of its own."""
    root = tmp_path / "later"
    source = default_library().source("city/kunming")
    assert source is not None
    for path, content in source.files.items():
        target = root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        if path == "seed/city/kunming/pack.json":
            content = json.dumps({**json.loads(content), "version": "1.2.0"}).encode()
        if path == "seed/city/kunming/departments.json":
            value = json.loads(content)
            change(value)
            content = json.dumps(value).encode()
        target.write_bytes(content)
    return root


def later(tmp_path: Path, key: Path, change: Callable[[dict[str, Any]], None]) -> Path:
    """Build a package of the city's later version."""
    from portal.core.packs import MemoryLibrary

    root = changed_root(tmp_path, change)
    library = default_library()
    packs = {one: dict(library.source(one).files) for one in library.ids()}  # type: ignore[union-attr]
    packs["city/kunming"] = {
        str(file.relative_to(root)): file.read_bytes() for file in root.rglob("*") if file.is_file()
    }
    resolved = resolve("city/kunming", MemoryLibrary(packs))
    file = tmp_path / "later.package"
    file.write_bytes(build(resolved, portal="0.1.0", sign=SigningKey.read(key).sign))
    return file


def test_a_package_goes_from_one_portal_to_another(run: Run, key: Path, tmp_path: Path) -> None:
    file = tmp_path / "kunming.package"
    news = tmp_path / "news.txt"
    news.write_text("督导期限改为三十日。", encoding="utf-8")
    built = run("build", "city/kunming", file, "--key", key, "--changelog", news, "--lang", "en")
    assert built.exit_code == 0, built.output
    assert "kunming@1.1.0" in built.output
    again = run("build", "city/kunming", file, "--key", key, "--lang", "en")
    assert (again.exit_code, "is there already" in again.output) == (1, True)

    shown = run("inspect", file, "--lang", "en")
    assert shown.exit_code == 0
    assert "督导期限改为三十日。" in shown.output
    assert "stands on: base@1.1.0" in shown.output

    refused = run("verify", file, "--lang", "zh")
    assert refused.exit_code == 1
    assert "[package.unknown_key] 签名用的密钥" in refused.output
    trusted = run("keys", "trust", key.parent / f"packages{PUBLIC}", "--lang", "en")
    assert "昆明市 may sign city/kunming/*" in trusted.output
    taken = run("verify", file, "--lang", "zh")
    assert taken.exit_code == 0, taken.output
    assert "该包完整，签名成立" in taken.output
    listed = run("keys", "list", "--lang", "en")
    assert "city/kunming 1.1.0" in listed.output


def test_a_package_tells_no_terminal_what_to_do(run: Run, tmp_path: Path) -> None:
    file, news = tmp_path / "a.package", tmp_path / "news.txt"
    news.write_text("line\n\x1b[2Jgone\u202e", encoding="utf-8")
    assert run("build", "city/kunming", file, "--changelog", news).exit_code == 0
    shown = run("inspect", file)
    assert "line\n\ufffd[2Jgone\ufffd" in shown.output
    news.write_bytes(b"\xff\xfe")
    refused = run("build", "city/kunming", tmp_path / "b.package", "--changelog", news, "--lang", "en")
    assert (refused.exit_code, "it is not text" in refused.output) == (1, True)


def test_an_older_version_is_refused_after_a_newer_one(run: Run, key: Path, tmp_path: Path) -> None:
    old, new = tmp_path / "old.package", later(tmp_path, key, lambda value: None)
    assert run("build", "city/kunming", old, "--key", key).exit_code == 0
    assert run("keys", "trust", key.parent / f"packages{PUBLIC}").exit_code == 0
    assert [run("verify", file).exit_code for file in (old, new)] == [0, 0]
    refused = run("verify", old, "--lang", "en")
    assert refused.exit_code == 1
    assert "Version 1.1.0 is older than 1.2.0, which was seen from 昆明市 already" in refused.output


def test_what_a_package_changes_is_shown_before_it_does(run: Run, key: Path, tmp_path: Path) -> None:
    def change(departments: dict[str, Any]) -> None:
        departments["justice"]["name"] = "昆明市司法行政局"
        departments["court"]["short"] = "中院"

    file = later(tmp_path, key, change)
    assert run("keys", "trust", key.parent / f"packages{PUBLIC}").exit_code == 0
    differs = run("diff", file, "--lang", "en")
    assert differs.exit_code == 0, differs.output
    assert "/departments/justice/name: " in differs.output
    assert "2 values differ" in differs.output

    plan = run("plan", file, "county/xishan", "--lang", "en")
    assert plan.exit_code == 1
    assert "For you to decide: 1" in plan.output
    assert "department “西山区司法局”" in plan.output
    assert "Changed in the new version and here, differently" in plan.output
    found = json.loads(run("plan", file, "county/xishan", "--json").output)
    conflict = next(one for one in found["decisions"] if one["conflict"])
    assert (conflict["path"], conflict["base"], conflict["theirs"], conflict["ours"]) == (
        "/departments/justice/name",
        "昆明市司法局",
        "昆明市司法行政局",
        "西山区司法局",
    )
    answers = tmp_path / "answers.json"
    answers.write_text(json.dumps({"decisions": [{**conflict, "action": "ours"}]}), encoding="utf-8")
    decided = run("plan", file, "county/xishan", "--answers", answers, "--json")
    assert decided.exit_code == 0, decided.output
    assert json.loads(decided.output)["layer"]["departments"]["justice"]["name"] == "西山区司法局"
    for broken in ("[1]", json.dumps([{**conflict, "action": "yes"}])):
        answers.write_text(broken, encoding="utf-8")
        refused = run("plan", file, "county/xishan", "--answers", answers, "--lang", "en")
        assert (refused.exit_code, "holds no decisions" in refused.output) == (1, True)
    numbers = run("plan", file, "--lang", "en")
    assert numbers.exit_code == 1
    assert (
        "county/xishan: For you to decide 1, Taken over from the new version 1, Kept as your own 251"
        in numbers.output
    )
    counted = json.loads(run("plan", file, "--json").output)
    assert {"county/xishan", "county/wuhua"} <= set(counted)
    assert all(sum(counts.values()) for counts in counted.values())


def test_a_key_signs_its_packs_only_and_is_read_by_its_owner_alone(
    run: Run, key: Path, tmp_path: Path
) -> None:
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    with pytest.raises(PortalError, match=r"package\.prefix"):
        CliRunner().invoke(
            command,
            ["build", "county/xishan", str(tmp_path / "x"), "--key", str(key)],
            catch_exceptions=False,
        )
    assert not (tmp_path / "x").exists()
    with pytest.raises(PortalError, match=r"package\.key_there"):
        SigningKey.new("昆明市", ["city/kunming"]).write(key.parent, "packages")
    for prefixes in ([], ["*"], ["../x"]):
        with pytest.raises(PortalError, match=r"package\.prefixes"):
            SigningKey.new("昆明市", prefixes)
    key.write_text("{}", encoding="utf-8")
    with pytest.raises(PortalError, match=r"package\.key"):
        SigningKey.read(key)


def test_a_register_that_can_not_be_read_lets_nothing_in(run: Run, key: Path, tmp_path: Path) -> None:
    trust = TrustFolder(tmp_path / "instance/package-keys")
    trust.remember(Seen({("昆明市", "city/kunming"): ("1.0.0", "0" * 64)}))
    assert trust.seen().versions == {("昆明市", "city/kunming"): ("1.0.0", "0" * 64)}
    (trust.folder / "seen.json").write_text('{"x": {}}', encoding="utf-8")
    with pytest.raises(PortalError, match=r"package\.seen"):
        trust.seen()


@pytest.mark.parametrize("case", HOSTILE, ids=lambda case: case.name)
def test_a_hostile_package_writes_nothing(case: forging.Hostile, run: Run, tmp_path: Path) -> None:
    trust = TrustFolder(tmp_path / "trusted")
    for known in case.receiver.keys.values():
        trust.trust(known)
    if case.receiver.seen.versions:
        trust.remember(case.receiver.seen)
    file = tmp_path / "hostile.package"
    file.write_bytes(case.content)
    before = everything(tmp_path)
    shown = run("verify", file, "--keys", trust.folder, "--lang", "en")
    assert shown.exit_code == 1
    assert f"[{case.code}]" in shown.output
    assert everything(tmp_path) == before


def shipped() -> Iterator[tuple[str, Any]]:
    """Yield each shipped pack with the library that it is read from."""
    library = default_library()
    yield from ((pack, library) for pack in library.ids())
    samples, names = shipped_samples()
    yield from ((pack, samples) for pack in names)


@pytest.mark.parametrize(
    ("pack", "library"), list(shipped()), ids=lambda value: value if isinstance(value, str) else ""
)
def test_each_shipped_pack_is_built_and_verified(pack: str, library: Any) -> None:
    signing = SigningKey.new("发布方", [f"{pack}/*"])
    resolved = resolve(pack, library)
    content = build(resolved, portal="0.1.0", sign=signing.sign)
    assert content == build(resolve(pack, library), portal="0.1.0", sign=signing.sign)
    keys = {signing.trusted.id: signing.trusted}
    package = verify(content, Receiver("0.1.0", library, keys, Seen({}), verifies))
    assert package.warnings == ()
    assert package.manifest.digest == resolved.chain[-1].digest
    assert package.source.files == resolved.chain[-1].raw


def test_nothing_that_a_file_says_is_obeyed_by_a_terminal(run: Run, tmp_path: Path) -> None:
    settings = '{"\\u001b[2J\\nsigned by: 昆明市": 1}'.encode()
    file = tmp_path / "loud.package"
    file.write_bytes(forging.with_files(**{f"seed/{forging.PACK}/settings.json": settings}))
    told = run("inspect", file, "--lang", "en")
    assert told.exit_code == 1
    assert "schema.unknown_key" in told.output
    assert "\x1b" not in told.output
    assert not [line for line in told.output.splitlines() if line.startswith("signed by")]
