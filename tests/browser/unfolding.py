"""Everything in a form at once: what is folded, and what is preset in one line."""

from __future__ import annotations

from typing import Any

UNFOLD = "document.querySelectorAll('.portal-form details').forEach(fold => { fold.open = true; })"


def unfold(page: Any) -> None:
    """Open all that is folded in the forms of a page; a page that is still coming is waited for."""
    page.locator(".portal-form").first.wait_for()
    page.wait_for_load_state()
    page.evaluate(UNFOLD)
