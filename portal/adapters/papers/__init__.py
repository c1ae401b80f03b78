"""Papers made from templates in a process with limits; turned into PDF, and volumes bound, where that goes."""

from portal.adapters.papers.binding import Bound, bind, can_bind
from portal.adapters.papers.filling import Filled, fill_template
from portal.adapters.papers.printing import can_print, to_pdf

__all__ = ["Bound", "Filled", "bind", "can_bind", "can_print", "fill_template", "to_pdf"]
