"""Possible same matters, asked for while the form of a new record is filled in."""

from __future__ import annotations

from typing import Any

from flask import render_template

from portal.web.records.forms.posted import environment
from portal.web.records.pages.add_page import AddPage


class SamePage(AddPage):
    """One request for what stands beside the form of a new record."""

    def submit(self) -> Any:
        """Answer with what may be the same matter as what was sent so far."""
        read = self.made.read(self.original, environment(self.now, self.screen))
        return render_template("records/same.html", same=self.aside(read.parsed.data, quiet=False))
