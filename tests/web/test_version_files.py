"""Versions as files on screen: read before anything is kept, refused with all that is wrong, taken in, carried away."""

from __future__ import annotations

import io
import json
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import func, select

import portal
from portal.adapters.pack_files import PackFiles, shipped_root
from portal.adapters.package_keys import SigningKey, TrustFolder
from portal.core import packages
from portal.core.access import Access
from portal.core.packs import MemoryLibrary, resolve
from portal.persistence.models import AuditEntry, Layer
from portal.services import users
from portal.services.rollout.carrying import FOLDER, SIGNING
from tests.web.records.conftest import site
from tests.web.records.seeded_site import PASSWORD, Browser, Site

__all__ = ["site"]
SYSTEM = Access.system("test")
CITY, COUNTY, PACK = "530100", "530115", "city/kunming"
KEY = SigningKey.new("昆明市委政法委", [PACK, f"{PACK}/*"])


@pytest.fixture(scope="module")
def folder(site: Site, tmp_path_factory: pytest.TempPathFactory) -> Path:
    instance = tmp_path_factory.mktemp("instance")
    site.app.extensions["portal"] = replace(site.portal, instance=instance)
    return instance / FOLDER


@pytest.fixture(scope="module")
def owner(site: Site, folder: Path) -> Browser:
    with site.portal.writing(SYSTEM) as uow:
        user = users.create(uow, "zhoumin", PASSWORD, "敏", "周")
        users.assign(uow, user.id, "template_owner", CITY, audited=False)
        uow.commit()
    return site.login("zhoumin")


def package(version: str, key: SigningKey = KEY) -> bytes:
    """Return the city's pack in a later version, its stage renamed."""
    files = PackFiles([shipped_root()], samples=True)
    packs = {name: dict(files.source(name).files) for name in ("base", PACK)}  # type: ignore[union-attr]
    manifest = f"seed/{PACK}/pack.json"
    packs[PACK][manifest] = json.dumps({**json.loads(packs[PACK][manifest]), "version": version}).encode()
    stages = f"seed/{PACK}/lifecycles/case.json"
    case = json.loads(packs[PACK][stages])
    case["stages"]["mediate"]["title"] = "多元调解"
    packs[PACK][stages] = json.dumps(case, ensure_ascii=False).encode()
    return packages.build(
        resolve(PACK, MemoryLibrary(packs)), portal=portal.__version__, changelog="统一叫法", sign=key.sign
    )


def send(browser: Browser, content: bytes, **more: str) -> tuple[int, str]:
    data = {"csrf_token": browser.token(), "file": (io.BytesIO(content), "版本.package"), **more}
    answer = browser.client.post(
        "/rollout/files/read", data=data, content_type="multipart/form-data", follow_redirects=True
    )
    return answer.status_code, answer.get_data(as_text=True)


def counted(site: Site) -> int:
    with site.portal.reading(SYSTEM) as session:
        return session.scalar(select(func.count()).select_from(Layer)) or 0


def test_a_file_is_read_taken_in_and_never_an_older_one_again(
    site: Site, owner: Browser, folder: Path
) -> None:
    before = counted(site)
    assert "还没有信任任何签名" in owner.get("/rollout/files/").text
    status, page = send(owner, package("1.9.0"))
    assert (status, counted(site)) == (400, before)
    assert "这个文件不能收入" in page
    TrustFolder(folder).trust(KEY.trusted)
    assert "昆明市委政法委" in owner.get("/rollout/files/").text
    status, page = send(owner, package("1.9.0"))
    assert status == 200
    for said in ("1.9.0", "昆明市委政法委", "统一叫法", "多元调解", "流程阶段 1"):
        assert said in page
    assert counted(site) == before
    status, page = send(owner, package("1.9.0"), take="1")
    assert "已收入" in page
    assert counted(site) == before + 1
    with site.portal.reading(SYSTEM) as session:
        entries = select(func.count()).select_from(AuditEntry)
        assert session.scalar(entries.where(AuditEntry.object_id == f"{PACK}@1.9.0")) == 1
    assert "已经有了" in send(owner, package("1.9.0"), take="1")[1]
    status, page = send(owner, package("1.8.0"), take="1")
    assert (status, counted(site)) == (400, before + 1)
    assert "这个文件不能收入" in page


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", "一个文本".encode(), b"\0" * 5000])
def test_what_is_no_package_is_refused_in_words(owner: Browser, content: bytes) -> None:
    status, page = send(owner, content)
    assert status == 400
    assert "Traceback" not in page


def test_only_who_may_bring_a_version_in_does(site: Site, owner: Browser, folder: Path) -> None:
    with site.portal.writing(SYSTEM) as uow:
        user = users.create(uow, "yang", PASSWORD, "某", "杨")
        users.assign(uow, user.id, "config_admin", COUNTY, audited=False)
        uow.commit()
    before = counted(site)
    status, _ = send(site.login("yang"), package("2.0.0"), take="1")
    assert (status, counted(site)) == (403, before)
    assert site.login("clerk").get("/rollout/files/").status_code == 403


def test_a_version_is_carried_away_signed_where_the_key_may(site: Site, owner: Browser, folder: Path) -> None:
    with site.portal.reading(SYSTEM) as session:
        query = select(Layer.version, Layer.digest).where(Layer.pack == PACK).order_by(Layer.id)
        version, digest = session.execute(query).first() or ("", "")
    url = f"/rollout/files/carry/{digest}"
    answer = owner.post(url, {"csrf_token": owner.token()})
    assert answer.status_code == 200
    assert packages.inspect(answer.get_data()).signer == ""
    written = KEY.write(folder, "signing")[0]
    assert written.name == SIGNING
    found = packages.inspect(owner.post(url, {"csrf_token": owner.token()}).get_data())
    assert (found.manifest.pack, found.manifest.version, found.signer) == (PACK, version, KEY.trusted.id)
    with site.portal.reading(SYSTEM) as session:
        entries = select(func.count()).select_from(AuditEntry).where(AuditEntry.action == "take_out_package")
        assert session.scalar(entries) == 2
