"""Sealed secrets open with the same key, purpose and holder only."""

from __future__ import annotations

from portal.adapters.encryption import Encrypter


def test_what_is_sealed_opens_for_its_holder_only() -> None:
    encrypter = Encrypter("k" * 40, "second factor")
    sealed = encrypter.encrypt(b"secret of somebody", "user 1")
    assert encrypter.open(sealed, "user 1") == b"secret of somebody"
    assert encrypter.encrypt(b"secret of somebody", "user 1") != sealed
    assert encrypter.open(sealed, "user 2") is None
    assert Encrypter("x" * 40, "second factor").open(sealed, "user 1") is None
    assert Encrypter("k" * 40, "another").open(sealed, "user 1") is None
    for broken in ("", "AAAA", "*", sealed[:-4], "A" + sealed[1:] if sealed[0] != "A" else "B" + sealed[1:]):
        assert encrypter.open(broken, "user 1") is None
