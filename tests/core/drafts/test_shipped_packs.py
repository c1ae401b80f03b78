"""Each shipped pack goes into a draft and out again unchanged, property by property."""

from __future__ import annotations

from functools import cache

import pytest

from portal.adapters.pack_files import PackFiles, shipped_root
from portal.core import strict_json
from portal.core.drafts import Draft, share_of
from portal.core.drafts.share import Share, described
from portal.core.packs import Layers
from portal.core.packs.resolve import put_together
from portal.core.packs.source import canonical_content

LIBRARY = PackFiles([shipped_root()], samples=True)


@cache
def layers() -> Layers:
    return Layers(LIBRARY)


def test_there_are_packs() -> None:
    assert len(LIBRARY.ids()) >= 9


@pytest.mark.parametrize("pack", LIBRARY.ids())
def test_the_export_of_a_shipped_pack_equals_its_source(pack: str) -> None:
    chain, problems = layers().chain(pack)
    assert not problems
    layer = chain[-1]
    parent = put_together(chain[-2].id if len(chain) > 1 else "", chain[:-1])
    # As it is stored and read back.
    draft = Draft.start(pack, parent, Share.from_text(share_of(layer).to_text()))
    assets = {described(one)["sha256"]: one for one in layer.assets.values()}
    files = draft.files(assets)
    assert files.keys() == layer.raw.keys()
    for path, content in layer.raw.items():
        assert canonical_content(path, files[path]) == canonical_content(path, content), path
        if path.endswith(".json"):
            said, source = strict_json.loads(files[path])[0], strict_json.loads(content)[0]
            assert list(said) == list(source), path
    assert draft.resolved(assets).bundle == put_together(pack, chain).bundle
