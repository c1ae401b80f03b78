"""What every public page shows around its content, and the centre that it speaks for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import render_template, request, url_for

from portal.core.access import Access
from portal.core.errors import NotFound, msg
from portal.core.lookup import LookupWords
from portal.core.text import Texts
from portal.i18n import LANGUAGES
from portal.services import releases, units
from portal.services.bundles import Bundle
from portal.services.units import CentreRef
from portal.web import access
from portal.web.language import HTML_LANG, current, translate

SYSTEM = Access.system("public pages speak of centres and their halls")
LANGUAGE = "_l_"


@dataclass(frozen=True, slots=True)
class Centre:
    """A centre as citizens read of it: its name, where it is, when it is open, and its telephone."""

    code: str
    name: str
    address: str
    hours: str
    phone: str
    bundle: Bundle
    ref: CentreRef

    @property
    def texts(self) -> Texts:
        """Return the texts of its release in the language of the page."""
        return self.bundle.texts(current())

    @property
    def lost(self) -> str:
        """Return what its release says to those without a slip."""
        return self.texts(LookupWords.of(self.bundle.settings).text("lost"))

    @property
    def dialled(self) -> str:
        """Return the telephone as an address dials it."""
        return "".join(sign for sign in self.phone if sign.isdigit() or sign == "+")


def described(bundle: Bundle, ref: CentreRef) -> Centre:
    """Return a centre as its release describes it."""
    said, texts = bundle.layout.centre, bundle.texts(current())
    return Centre(
        ref.unit_code,
        texts(said.get("name"), ref.name) if said.get("unit") == ref.unit_code else ref.name,
        texts(said.get("address")),
        texts(said.get("hours")),
        str(said.get("phone") or ""),
        bundle,
        ref,
    )


def centre_at(code: str) -> Centre:
    """Return the centre that the unit of a code runs; NotFound for a unit that runs none."""
    portal = access.portal()
    with portal.reading(SYSTEM) as session:
        ref = next((one for one in units.all_centres(session) if one.unit_code == code), None)
        if ref is None:
            raise NotFound("centre.unknown", msg("There is no such centre"))
        return described(releases.pinned(portal, session, ref.release_id), ref)


def centres() -> list[CentreRef]:
    """Return all centres, upper levels first."""
    with access.portal().reading(SYSTEM) as session:
        return units.all_centres(session)


def languages(endpoint: str, **arguments: Any) -> list[tuple[str, str, str]]:
    """Return the other languages of a page: address, name and code."""
    others = [(code, name) for code, name in LANGUAGES.items() if code != current()]
    return [
        (url_for(endpoint, **{**arguments, LANGUAGE: code}), name, HTML_LANG.get(code, code))
        for code, name in others
    ]


def spoken() -> dict[str, str]:
    """Return the argument of an address that keeps the language of this page; none where it is the usual one."""
    return {LANGUAGE: current()} if request.args.get(LANGUAGE) in LANGUAGES else {}


def page(template: str, **shown: Any) -> str:
    """Return a public page."""
    shown.setdefault("centre", None)
    return render_template(f"public/{template}", spoken=spoken(), brand=translate(msg("One Door")), **shown)
