"""A sealed file opens by its own secret alone, whole and unchanged."""

from __future__ import annotations

import io
import os
import struct

import pytest

from portal.adapters import encrypted_file
from portal.adapters.encrypted_file import MAGIC, PIECE, EncryptedWriter, Secret, opened
from portal.core.errors import PortalError

KEY = Secret.key(bytes(range(32)))
TAG = encrypted_file.TAG


def written(content: bytes, secret: Secret = KEY) -> bytes:
    file = io.BytesIO()
    writer = EncryptedWriter(file, secret)
    for start in range(0, len(content), 300_000):
        writer.write(content[start : start + 300_000])
    writer.finish()
    return file.getvalue()


def read(raw: bytes, secret: Secret = KEY) -> bytes:
    return b"".join(opened(io.BytesIO(raw), secret))


def refusal(raw: bytes, secret: Secret = KEY) -> str:
    with pytest.raises(PortalError) as caught:
        read(raw, secret)
    return caught.value.code


def start_of(raw: bytes) -> int:
    """Return where the sealed pieces begin."""
    at = len(MAGIC)
    return at + 4 + struct.unpack(">I", raw[at : at + 4])[0] + encrypted_file.CHECK


@pytest.mark.parametrize("size", [0, 1, PIECE - 1, PIECE, PIECE + 1, 2 * PIECE, 2 * PIECE + 70_000])
def test_what_was_written_is_read_and_not_seen(size: int) -> None:
    content = os.urandom(size // 2) + b"name of a person" * (size // 32)
    raw = written(content)
    assert read(raw) == content
    assert b"name of a person" not in raw


def test_two_files_of_one_key_have_nothing_in_common() -> None:
    one, other = written(b"x" * 1000), written(b"x" * 1000)
    assert one[start_of(one) :] != other[start_of(other) :]


def test_a_file_that_was_cut_anywhere_is_refused() -> None:
    raw = written(os.urandom(2 * PIECE + 5_000))
    start = start_of(raw)
    for pieces in (1, 2):
        assert refusal(raw[: start + pieces * (PIECE + TAG)]) == "backup.cut_short"
    for end in (start, start + 1, start + 500, len(raw) - 1, len(raw) - TAG, start + PIECE + TAG + 3):
        assert refusal(raw[:end]) in ("backup.cut_short", "backup.damaged"), end
    for end in (0, 5, len(MAGIC)):
        assert refusal(raw[:end]) in ("backup.other_file", "backup.damaged"), end


def test_a_changed_bit_anywhere_is_refused() -> None:
    raw = written(os.urandom(PIECE + 5_000))
    for at in [*range(0, start_of(raw) + 40, 7), start_of(raw) + PIECE + 3, len(raw) - 1]:
        changed = bytearray(raw)
        changed[at] ^= 1
        assert refusal(bytes(changed)).startswith("backup."), at


def test_pieces_in_another_order_or_more_than_once_are_refused() -> None:
    raw = written(os.urandom(3 * PIECE))
    start, length = start_of(raw), PIECE + TAG
    head, pieces = raw[:start], [raw[start + n * length : start + (n + 1) * length] for n in range(3)]
    for order in ((1, 0, 2), (0, 0, 1, 2), (0, 2), (0, 1, 2, 2)):
        assert refusal(head + b"".join(pieces[n] for n in order)) in ("backup.damaged", "backup.cut_short")


def test_another_secret_is_told_from_damage() -> None:
    raw = written(b"x")
    assert refusal(raw, Secret.key(bytes(32))) == "backup.secret"
    assert refusal(raw, Secret.passphrase("correct horse battery")) == "backup.secret"
    assert refusal(b"PK\3\4" + bytes(100)) == "backup.other_file"


def test_a_passphrase_opens_and_another_does_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(encrypted_file, "COST", 10)
    raw = written(b"content", Secret.passphrase("correct horse battery"))
    assert read(raw, Secret.passphrase("correct horse battery")) == b"content"
    assert refusal(raw, Secret.passphrase("correct horse batterie")) == "backup.secret"
    assert refusal(raw, KEY) == "backup.secret"
    with pytest.raises(PortalError, match="at least 12"):
        Secret.passphrase("too short")


def test_a_header_that_asks_for_too_much_work_is_refused_at_once() -> None:
    raw = written(b"x", KEY)
    for found, put in ((b'"cost": 17', b'"cost": 31'), (b'"cost": 17', b'"cost":"a"')):
        assert refusal(raw.replace(found, put)) == "backup.damaged"
    assert refusal(raw.replace(b'"version": 1', b'"version": 2')) == "backup.version"


def test_the_secret_is_in_no_message() -> None:
    assert "correct" not in repr(Secret.passphrase("correct horse battery"))
