"""Forms on the web: WTForms fields and Jinja templates over the view of ``portal.core.forms``."""

from portal.web.forms.context import FormContext
from portal.web.forms.render import render_body, render_form
from portal.web.forms.values import render_told, render_values

__all__ = ["FormContext", "render_body", "render_form", "render_told", "render_values"]
