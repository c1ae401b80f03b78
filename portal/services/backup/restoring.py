"""A backup is put into an empty database: verified first, then all or nothing."""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from portal.adapters.encrypted_file import Secret
from portal.adapters.keyring import Keyring
from portal.core.access import Access, Origin
from portal.core.acts import RESTORE
from portal.core.errors import PortalError, msg
from portal.persistence import migrate
from portal.persistence.database import Database
from portal.persistence.snapshot import fill, require_empty, target
from portal.services.backup.contents import Backup, Manifest, reading
from portal.services.backup.verifying import verify
from portal.services.portal import Portal


@dataclass(frozen=True, slots=True)
class Restored:
    """The result of restoring: the manifest, rows by table, tables left out, and the revision reached by upgrading."""

    manifest: Manifest
    rows: Mapping[str, int]
    left_out: tuple[str, ...]
    revision: str


def restore(path: Path, secret: Secret, url: str, keys: Keyring) -> Restored:
    """Put a backup into the empty database at ``url`` and upgrade it to this version.

    Before anything is written the whole file is verified and the data keys here are those that its values need. A
    restore that is stopped may be run again.
    """
    manifest = verify(path, secret)
    _require_keys(manifest, keys)
    if manifest.revision not in migrate.ancestors(migrate.head()):
        raise PortalError(
            "backup.version", msg("This backup was written by a newer version; restore it with that version")
        )
    require_empty(url, manifest.revision)
    with target(url) as engine:
        with reading(path) as file:
            backup = Backup(file, secret)
            rows, left_out = fill(
                engine,
                manifest.revision,
                backup.tables(),
                manifest.sequences,
                same_kind=engine.dialect.name == manifest.dialect,
            )
        revision = migrate.upgrade(engine)
        _note(engine.url.render_as_string(hide_password=False), manifest, keys)
    return Restored(manifest, rows, tuple(left_out), revision)


def _require_keys(manifest: Manifest, keys: Keyring) -> None:
    """Raise PortalError unless each data key that sealed a value is here, but those that were lost before."""
    here = keys.proofs(manifest.id)
    for name, proof in manifest.keys.items():
        if proof and not hmac.compare_digest(proof, here.get(name, "")):
            raise PortalError(
                "restore.data_key",
                msg(
                    "The data key here is not the one that sealed this backup's personal data; set PORTAL_DATA_KEY, "
                    "or PORTAL_DATA_KEYS_OLD, to the key whose short name is %(key)s"
                ),
                {"key": name},
            )


def _note(url: str, manifest: Manifest, keys: Keyring) -> None:
    """Leave an audit entry in what was restored."""
    portal = Portal(Database.connect(url), keys=keys)
    try:
        with portal.writing(Access.system("restore"), Origin(channel="cli")) as uow:
            detail = {"taken_at": manifest.at, "version": manifest.product, "rows": manifest.rows}
            uow.audit_event(RESTORE.action, kind=RESTORE.of, object_id=manifest.id, after=detail)
            uow.commit()
    finally:
        portal.database.dispose()
