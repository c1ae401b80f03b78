"""QR codes as part of a page: nothing is fetched, and no picture of a secret is stored."""

from __future__ import annotations

import segno
from markupsafe import Markup


def qr_code(text: str) -> Markup:
    """Return a QR code as inline SVG; it is drawn dark on white in every theme, as cameras need it."""
    code = segno.make(text, error="m", micro=False)
    return Markup(code.svg_inline(omitsize=True, svgclass="qr", lineclass=None, light="#fff", border=3))
