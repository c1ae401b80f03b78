"""One form for a new account: who it is, and which role it holds at which unit, stored together."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import g
from flask_babel import lazy_gettext
from wtforms import SelectField, StringField, ValidationError
from wtforms.validators import Length, Optional

from portal.core.errors import PortalError, msg
from portal.core.widgets import UNITS
from portal.persistence.models import Unit
from portal.services import units, users
from portal.web import access
from portal.web.forms.picker import picker_words
from portal.web.language import translate

SHOWN = 5
# What an account without an address of its own has in its place: nothing is ever sent there.
NO_ADDRESS = "@portal.invalid"


class _Words:
    """The words of pickers, in the language of the page that shows them."""

    def __str__(self) -> str:
        return picker_words(translate)


def unit_named(text: str) -> Unit:
    """Return the unit that a person means by its code or its name; ValidationError in words where it is not one."""
    session = access.session()
    index = access.portal().choices.at(session, g.get("stamp")).index(UNITS)
    hits = index.named(text) or [one.choice for one in index.search(text, SHOWN + 1)]
    if len(hits) == 1:
        return units.by_code(session, hits[0].code)
    if not hits:
        raise ValidationError(translate(msg("There is no unit of this name or code")))
    named = [f"{hit.label} {hit.code} ({hit.path})" for hit in hits[:SHOWN]]
    more = translate(msg(" and others")) if len(hits) > SHOWN else ""
    raise ValidationError(
        translate(
            msg("Several units are meant: %(units)s. Enter the code of one."), units="; ".join(named) + more
        )
    )


def may_be_given(role: str, unit: Unit) -> None:
    """Raise ValidationError unless the person may give a role at a unit."""
    try:
        users.require_may_give(access.portal(), access.session(), access.current(), role, unit)
    except PortalError as refused:
        raise ValidationError(refused.text(translate)) from refused


def known_role(form: Any, field: Any) -> None:
    """Validate that role and unit are given together, and that the role may be given."""
    if field.data and not (form.unit.data or "").strip():
        raise ValidationError(translate(msg("Say at which unit the role is held")))
    if field.data and field.data not in {key for key, _ in field.choices}:
        raise ValidationError(
            translate(msg("You do not hold this role there, and it is not one that you may give"))
        )


def known_unit(form: Any, field: Any) -> None:
    """Validate that the unit is one, and that the role may be given there."""
    if not (field.data or "").strip():
        return
    if not form.role.data:
        raise ValidationError(translate(msg("Say which role the person holds at this unit")))
    may_be_given(form.role.data, unit_named(field.data))


def fields(choices: Callable[[], list[tuple[str, str]]]) -> dict[str, Any]:
    """Return the fields of role, unit and e-mail, as the form of a new account has them."""
    return {
        "role": SelectField(
            lazy_gettext("Role"),
            description=lazy_gettext("Without a role at a unit a person sees nothing but this account."),
            choices=choices,
            validate_choice=False,
            validators=[known_role],
        ),
        "unit": StringField(
            lazy_gettext("Unit"),
            description=lazy_gettext("Name, pinyin or code of the unit"),
            validators=[known_unit],
            render_kw={"data-lookup": "/lookup/units", "data-words": _Words(), "autocomplete": "off"},
        ),
        "email": email_field(),
    }


def email_field() -> StringField:
    """Return the field of an e-mail address that may be left empty."""
    return StringField(
        lazy_gettext("Email"),
        description=lazy_gettext("May be left empty"),
        validators=[Optional(), Length(max=320)],
    )


def shown_email(email: str | None) -> str:
    """Return the address as people gave it: empty for an account without one."""
    return "" if not email or email.endswith(NO_ADDRESS) else email


def stored_email(typed: str | None, username: str) -> str:
    """Return the address as accounts hold it: the column takes no empty one."""
    return (typed or "").strip() or f"{username}{NO_ADDRESS}"


def make(form: Any) -> None:
    """Make the account with its role in one transaction, and one entry in the audit log."""
    role, typed = form.role.data or "", (form.unit.data or "").strip()
    code = unit_named(typed).code if role and typed else ""
    username, email = (form.username.data or "").strip(), (form.email.data or "").strip()
    name = (form.last_name.data or "").strip()
    with access.portal().writing(access.current(), access.origin()) as uow:
        user = users.create(uow, username, form.password.data, "", name, email, audited=False)
        user.active = bool(form.active.data)
        place = users.home_path(uow)
        if role:
            users.assign(uow, user.id, role, code, audited=False)
            place = units.by_code(uow.session, code).path
        after = {"username": username, "last_name": name, "email": user.email, "active": user.active}
        after |= {"password": "***", **({"role": role, "unit": code} if role else {})}
        uow.audit("add", user, kind="user", object_id=username, unit_path=place, after=after)
        uow.commit()
