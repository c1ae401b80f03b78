"""Templates of papers: what may be in their files, which places they have, and what stands there."""

from portal.core.papers.package import Part, look, parts_of
from portal.core.papers.template import Place, Template, read_template, template_of

__all__ = ["Part", "Place", "Template", "look", "parts_of", "read_template", "template_of"]
