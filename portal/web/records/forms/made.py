"""The form that a page was made from: what is sent is read by it, and what it holds that counts no more is named.

Between opening and sending, another release may come into force, or the time may end for which personal data were
shown. A page carries a sealed note of what it was made from, so that neither drops anything without a word.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from flask import current_app, render_template, request
from itsdangerous import BadSignature, URLSafeSerializer
from markupsafe import Markup

from portal.core import pointer
from portal.core.conditions import Env
from portal.core.errors import NotFound, msg
from portal.core.forms import CompiledForm, Parsed, Profile
from portal.core.forms.controls import NO, YES
from portal.services.bundles import Bundle
from portal.web.language import translate
from portal.web.records.forms.picked import Picking
from portal.web.records.forms.posted import file_name, read_body
from portal.web.words.cells import place_names
from portal.web.words.here import Here

MADE, WITHOUT = "made", "without"
_NOTHING: Any = object()
_SETS = ("hidden", "masked", "readonly")


@dataclass(frozen=True, slots=True)
class Lost:
    """One field that was filled in and counts no more: where it lies, what it is called, what was entered."""

    pointer: str
    label: str
    text: str


@dataclass(frozen=True, slots=True)
class Read:
    """A form that was sent: its data, what cannot be taken over, and the form to go on with."""

    parsed: Parsed
    lost: tuple[Lost, ...]
    form: CompiledForm
    note: str

    @property
    def stops(self) -> bool:
        """Return whether the person has to be asked: something is lost, and nobody said to go on without it."""
        return bool(self.lost) and WITHOUT not in request.form


class Made:
    """The form of one page: of a release, for eyes that see so much, about one record or about a new one."""

    def __init__(self, now: Here, bundle: Bundle, form_id: str, form: CompiledForm, about: str = "") -> None:
        self.now, self.bundle, self.form_id, self.form, self.about = now, bundle, form_id, form, about

    def note(self) -> str:
        """Return the sealed note that the page carries."""
        profile = self.form.profile
        seen = [sorted(getattr(profile, name)) for name in _SETS]
        return _sealer().dumps([self.now.user_id, self.about, self.form_id, self.bundle.release_id, seen])

    def fresh(self) -> Read:
        """Return the form as it is now, with nothing sent."""
        return Read(Parsed({}, []), (), self.form, self.note())

    def read(self, original: Any, env: Env) -> Read:
        """Read what was sent by the form that the page was made from, and compare with what counts now."""
        earlier = self._earlier()
        if earlier is None:
            return Read(self._body(self.form, original, env, self.bundle), (), self.form, self.note())
        bundle, profile = earlier
        own = self.form.profile
        both = _joined(profile, own)
        form = self.form if both is own else self.bundle.form(self.form_id, self.now.lang, both)
        parsed = self._body(form, original, env, self.bundle)
        made_from = bundle.form(self.form_id, self.now.lang, profile)
        if made_from is form:
            return Read(parsed, (), self.form, self.note())
        before = self._body(made_from, original, Env(today=env.today, taxonomies=bundle.taxonomies), bundle)
        start = made_from.initial() if original is None else original
        told = {error.pointer for error in parsed.errors}
        lost = tuple(
            Lost(where, made_from.label(where), self._words(bundle, where, value))
            for where, value in _dropped(before.data, parsed.data, start)
            if where not in told
        )
        return (
            Read(parsed, lost, form, request.form[MADE]) if lost else Read(parsed, (), self.form, self.note())
        )

    def _body(self, form: CompiledForm, original: Any, env: Env, bundle: Bundle) -> Parsed:
        return read_body(form, original, env, Picking(self.now, bundle, self.form_id))

    def _earlier(self) -> tuple[Bundle, Profile] | None:
        """Return release and profile that the page was made from; None where they are those of now, or not known."""
        try:
            user, about, form_id, release, seen = _sealer().loads(request.form.get(MADE, ""))
            if (user, about, form_id) != (self.now.user_id, self.about, self.form_id):
                return None
            bundle = self.now.release(release)
            bundle.form(form_id)
        except (BadSignature, ValueError, TypeError, NotFound, KeyError):
            return None
        profile = profile_of(*(frozenset(part) for part in seen))
        own = self.form.profile
        same = all(getattr(profile, name) == getattr(own, name) for name in _SETS)
        return None if same and release == self.bundle.release_id else (bundle, own if same else profile)

    def _words(self, bundle: Bundle, where: str, value: Any) -> str:
        """Return a value as its field names it; sensitive or not, the person has just entered it."""
        if value is _NOTHING:
            return translate(msg("(emptied)"))
        info = bundle.fields(self.form_id, self.now.lang).get(pointer.pattern_of(where))
        values = value if isinstance(value, list) else [value]
        options = {str(key): label for key, label in info.options} if info else {}
        said = []
        for one in values:
            text = str(one)
            if isinstance(one, bool):
                text = translate(YES if one else NO)
            elif info is not None and info.taxonomy and one in bundle.taxonomies[info.taxonomy]:
                texts = bundle.texts(self.now.lang)
                text = bundle.taxonomies[info.taxonomy].label(text, texts)
            elif info is not None and info.type == "unit":
                text = place_names(self.now, [text]).get(text, text)
            elif info is not None and info.widget == "file":
                text = file_name(self.now, text) or text
            said.append(options.get(text, text))
        return translate(msg(", ")).join(said)


def head(read: Read) -> Markup:
    """Return what stands first in a form's body: the note of what it was made from, and what cannot be taken over."""
    return Markup(render_template("records/made.html", note=read.note, lost=read.lost))


def _dropped(before: Any, after: Any, start: Any) -> Iterator[tuple[str, Any]]:
    """Yield what a person changed by the form they had and what is not as they left it by the one of now."""
    for where, value in pointer.scalars(before):
        if pointer.get(start, where, _NOTHING) != value and pointer.get(after, where, _NOTHING) != value:
            yield where, value
    for where, _ in pointer.scalars(start):
        emptied = pointer.get(before, where, _NOTHING) is _NOTHING
        if emptied and pointer.get(after, where, _NOTHING) is not _NOTHING:
            yield where, _NOTHING


def _joined(one: Profile, other: Profile) -> Profile:
    """Return the profile under which only what both allow can be seen and set."""
    sets = [getattr(one, name) | getattr(other, name) for name in _SETS]
    if all(found == getattr(other, name) for found, name in zip(sets, _SETS, strict=True)):
        return other
    return profile_of(*sets)


def profile_of(hidden: frozenset[str], masked: frozenset[str], readonly: frozenset[str]) -> Profile:
    """Return the field profile with these pointers hidden, masked and read-only."""
    named = "|".join(",".join(sorted(one)) for one in (hidden, masked, readonly))
    digest = hashlib.sha256(named.encode()).hexdigest()[:16]
    return Profile(f"made:{digest}", hidden, masked, readonly)


def _sealer() -> URLSafeSerializer:
    return URLSafeSerializer(str(current_app.secret_key), salt="form.made")
