"""Forms: a JSON Schema and a ui part, compiled once, shown, read back and validated."""

from portal.core.forms.build import build_view
from portal.core.forms.compile import FULL, CompiledForm, Profile, check_form, compile_form
from portal.core.forms.fields import FieldInfo, fields_of, list_fields
from portal.core.forms.parse import Parsed, parse_body
from portal.core.forms.state import FormState
from portal.core.forms.validate import FieldError, is_valid, validate

__all__ = [
    "FULL",
    "CompiledForm",
    "FieldError",
    "FieldInfo",
    "FormState",
    "Parsed",
    "Profile",
    "build_view",
    "check_form",
    "compile_form",
    "fields_of",
    "is_valid",
    "list_fields",
    "parse_body",
    "validate",
]
