"""Papers made from templates, in a process of their own with limits; and turned into PDF where a program for it is."""

from portal.adapters.papers.filling import Filled, fill_template
from portal.adapters.papers.printing import can_print, to_pdf

__all__ = ["Filled", "can_print", "fill_template", "to_pdf"]
