"""The templates of papers: named by their content, kept with the layers of releases."""

from __future__ import annotations

from functools import lru_cache
from importlib import resources

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.core.documents import DocumentType
from portal.persistence.models import Blob, Layer, LayerFile, Release


def template_of(session: Session, release_id: int, document: DocumentType) -> str:
    """Return a document's template by its content; empty where it has none, and the paper is printed plainly.

    The layer nearest to the centre that holds an asset of the name counts.
    """
    if not document.template:
        return ""
    chain = session.scalars(select(Release.chain).where(Release.id == release_id)).one()
    for link in reversed(chain):
        path = f"seed/{link['id']}/{document.template}"
        found: str | None = session.scalar(
            select(LayerFile.blob)
            .join(Layer, Layer.id == LayerFile.layer_id)
            .where(Layer.digest == link["digest"], LayerFile.path == path)
        )
        if found is not None:
            return found
    return ""


def template_content(session: Session, sha256: str) -> bytes:
    """Return a template by its content; the plain one where a paper has none."""
    found: bytes | None = (
        session.scalar(select(Blob.content).where(Blob.sha256 == sha256)) if sha256 else None
    )
    return found if found is not None else plain_template()


@lru_cache(maxsize=1)
def plain_template() -> bytes:
    """Return the template by which papers without one are printed."""
    return resources.files("portal.services.records.papers").joinpath("plain.docx").read_bytes()
