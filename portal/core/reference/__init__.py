"""The reference of a pack: everything that it offers, as a page of Markdown in one language."""

from portal.core.reference.page import PAGES, page_of

__all__ = ["PAGES", "page_of"]
