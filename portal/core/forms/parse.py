"""Read the body a browser sends back into data: the exact inverse of the view."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from portal.core import pointer as pointers
from portal.core.conditions import Condition, Env
from portal.core.errors import msg
from portal.core.forms.body import MAX_VALUES, TOO_MANY, Body, apply_action, split_action
from portal.core.forms.codec import control_name, multiple, read_text, tokens_of
from portal.core.forms.compile import CompiledForm
from portal.core.forms.defaults import initial, row_default
from portal.core.forms.entering import read_at, refusal
from portal.core.forms.gates import Gated, settle_gates
from portal.core.forms.nodes import Node
from portal.core.forms.remembered import At, Found, Remembered
from portal.core.forms.state import FormState
from portal.core.forms.validate import FieldError, validate
from portal.core.forms.values import ABSENT, largest, lines, load, more_than, read_any, same, writable
from portal.core.forms.visibility import Resolved, all_properties, replay, resolve, shown_properties
from portal.core.forms.when import shown_by_ui
from portal.core.ways import Refused

_ROUNDS = 16


@dataclass(frozen=True, slots=True)
class Parsed:
    """The data of a body, what is wrong with it, and what to remember when the page is shown again."""

    data: Any
    errors: list[FieldError]
    action: str | None = None
    state: FormState = field(default_factory=FormState)


def parse_body(
    form: CompiledForm,
    pairs: Iterable[tuple[str, str]],
    original: Any = None,
    *,
    env: Env | None = None,
    carry: bool = False,
) -> Parsed:
    """Return the data of a form body.

    ``original`` is what is stored: values that no control shows, and fields that this reader can't set, stay
    as they are there. With ``carry`` the body itself is trusted to hold them (see ``build_view``).
    ``action`` is set when a row button was pressed or a refresh asked for; nothing is validated then.
    """
    own, action = split_action(pairs)
    if action:
        own = apply_action(own, action)
    reader = _Reader(form, Body(own), original, env or Env(today=date.min), carry)
    data = reader.read()
    state = reader.state(action)
    if action:
        if action.startswith("add:"):
            data, state = reader.add(data, state, action.removeprefix("add:"))
        return Parsed(data, [], action, state)
    if more_than(data, MAX_VALUES) and not more_than(original, MAX_VALUES):
        where = largest(data)
        return Parsed(data, [FieldError(where, "form.size", TOO_MANY, {"limit": MAX_VALUES})], None, state)
    told = {error.pointer for error in reader.errors}
    found = [error for error in validate(form, data) if error.pointer not in told]
    return Parsed(data, [*found, *reader.errors], None, state)


class _Reader:
    def __init__(self, form: CompiledForm, body: Body, original: Any, env: Env, carry: bool) -> None:
        self.form = form
        self.forge = form.forge
        self.body = body
        self.original = original
        self.env = env
        self.carry = carry
        self.gated: list[Gated] = []
        self.found: dict[tuple[int, str, str], Found] = {}
        self.lists: dict[str, str] = {}
        self.remembered = Remembered()
        self.moved: dict[str, int] = {}
        self.errors: list[FieldError] = []

    def read(self) -> Any:
        top = At("", "", "", ABSENT if self.original is None else self.original)
        data = self.value(self.form.root, top)
        if data is ABSENT:
            data = {} if self.form.root.kind == "object" else None
        if self.gated:
            data = settle_gates(self.gated, data, self.env, self.body)
        return data

    def state(self, action: str | None) -> FormState:
        leftover = tuple((self._renamed(n), v) for n, v in self.body.leftover())
        rows = self.remembered.blank if action else {}
        return FormState(rows, frozenset(self.remembered.opened), self.remembered.variants, leftover)

    def add(self, data: Any, state: FormState, base: str) -> tuple[Any, FormState]:
        """Append a row: with the declared defaults if there are any, else a blank one."""
        entries = base.endswith("/~e")
        where = self.lists.get(base.removesuffix("/~e"), self._renamed(base.removesuffix("/~e")))
        node = self.form.node_at(where)
        if node is not None and not entries:
            listed = pointers.get(data, where, [])
            if isinstance(listed, list):
                value = row_default(
                    self.forge, self.forge.item(resolve(self.forge, node, listed).node, len(listed))
                )
                if value is not ABSENT and not state.rows.get(where):
                    return pointers.put(data, where, [*listed, value]), state
        key = where + "/~e" if entries else where
        return data, replace(state, rows={**state.rows, key: state.rows.get(key, 0) + 1})

    def _renamed(self, name: str) -> str:
        """Return a name with the row numbers of the data, from which blank rows are gone."""
        if not self.moved:
            return name
        old = new = ""
        for token in name.split("/")[1:]:
            bare, mark, role = token.partition("~") if token[:1].isdecimal() else (token, "", "")
            old += "/" + bare
            new += f"/{self.moved.get(old, bare)}{mark}{role}"
            old += mark + role
        return new

    # -- one place -----------------------------------------------------------------------------

    def value(self, node: Node, at: At) -> Any:
        """Return the value of a place; ABSENT if nothing was entered. A place is read once for each of its shapes."""
        if at.pointer and at.base not in self.body.touched and not isinstance(at.stored, dict):
            return ABSENT  # a recursive definition ends where the page ended
        key = (id(node), at.base, at.pointer)
        found = self.found.get(key)
        if found is None:
            gates, errors = len(self.gated), len(self.errors)
            value = self._value(node, at)
            found = self.found[key] = Found(value, self.gated[gates:], self.errors[errors:])
            del self.gated[gates:], self.errors[errors:]
        self.gated += found.gated
        self.errors += found.errors
        return found.value

    def _value(self, node: Node, at: At) -> Any:
        """Read what the page showed, then what is shown for what was read, until both are the same."""
        text = self.body.one(at.base + "~json")
        if text is not None and text.strip():
            value = read_any(lines(text))
            self._settle(node, at, value)
            return value
        gates, errors = len(self.gated), len(self.errors)
        settled = self._as_shown(node, at)
        free: dict[str, Any] = {}
        tried: list[Node] = []
        value = ABSENT
        for _ in range(_ROUNDS):
            del self.gated[gates:], self.errors[errors:]
            tried.append(settled)
            value = self._read(node, settled, at, free)
            settled = self._settle(node, at, value)
            if any(settled is one for one in tried):
                break
        names = {name for one in tried[:-1] for name in one.properties}
        self.body.forget_in(at.base, names - set(value if isinstance(value, dict) else ()))
        return value

    def _as_shown(self, node: Node, at: At) -> Node:
        """Return the node as the page had it; where the page does not say, as it is for what is stored."""
        if not node.dynamic:
            return node
        mark = self.body.one(at.base + "~shape")
        shown = replay(self.forge, node, mark) if mark is not None else None
        return shown.node if shown is not None else self._settle(node, at, at.stored)

    def _read(self, node: Node, settled: Node, at: At, free: dict[str, Any]) -> Any:
        """Return the value of a place of which one knows what is shown; ``free`` keeps free entries between rounds."""
        kind = settled.kind if at.pointer or self.body.one("~group") is None else "object"
        if kind == "object":
            value = self._object(node, settled, at, free)
        elif kind == "array":
            item = multiple(self.forge, settled)
            value = self._ticks(item, at) if item is not None else self._array(settled, at)
        elif kind == "choice":
            chosen = self.body.one(control_name(at.base))
            value = ABSENT if chosen is None else tokens_of(settled).read(chosen)
        else:
            entered = self.body.one(control_name(at.base))
            if entered is None:
                value = ABSENT
            elif kind == "text":
                value = self._entered(settled, at, entered)
            else:
                value = read_any(lines(entered)) if entered.strip() else ABSENT
        return self._empty(at, []) if value is ABSENT and kind != "object" else value

    def _entered(self, node: Node, at: At, text: str) -> Any:
        """Return what a person entered as it is stored; what is stored already, or carried, stays as it is."""
        value = read_text(node, text)
        if value is ABSENT or self.carry or same(value, at.stored):
            return value
        entry = read_at(self.form, node, at.pattern)
        if entry is None:
            return value
        found = entry.read(lines(text) if entry.way.numeric else value, self.env.today)
        if isinstance(found, Refused):
            self.errors.append(refusal(self.form, at.pointer, found))
            return value
        return ABSENT if found == "" else found

    def _empty(self, at: At, present: Any) -> Any:
        for role in ("~empty", "~present"):
            text = self.body.one(at.base + role)
            if text is not None:
                return self._json(text) if role == "~empty" else present
        return ABSENT

    def _json(self, text: str | None) -> Any:
        try:
            return ABSENT if text is None else load(text)
        except ValueError:
            return ABSENT

    def _settle(self, node: Node, at: At, value: Any) -> Node:
        """Return what is shown for a value and the variants that were chosen by hand."""
        if not node.dynamic:
            return node
        picks: dict[int, int | None] = {}
        resolved = Resolved(node)
        for _ in range(_ROUNDS):
            resolved = resolve(self.forge, node, value, picks)
            found: dict[int, int | None] = {}
            for number, (choice, _) in enumerate(resolved.picks):
                suffix = f"~variant{number or ''}"
                text = self.body.one(at.base + suffix)
                if text is not None:
                    self.remembered.variants[at.pointer + suffix] = text
                    found[choice.number] = int(text) if text.isdecimal() and len(text) < 5 else None
            if found == picks:
                break
            picks = found
        return resolved.node

    # -- objects -------------------------------------------------------------------------------

    def _object(self, node: Node, settled: Node, at: At, free: dict[str, Any]) -> Any:
        stored = at.stored if isinstance(at.stored, dict) else {}
        rest = {**self._rest(node, at, stored), **free}
        shown = set(shown_properties(self.forge, settled))
        data: dict[str, Any] = {}
        for name in shown_properties(self.forge, settled):
            value = self._property(settled, at, name, stored, rest)
            if value is not ABSENT:
                data[name] = value
        if settled.entries or settled.entry_patterns:
            free |= self._entries(settled, at, data, stored, free)
        self._unshown(node, at, data, shown, rest)
        if data:
            return data
        empty = self._empty(at, {})
        if empty is ABSENT and self.body.one(at.base + "~open") is not None:
            self.remembered.opened.add(at.pointer)
        return {} if empty is ABSENT and not at.pointer else empty

    def _rest(self, node: Node, at: At, stored: Mapping[str, Any]) -> dict[str, Any]:
        """Return what the page could not show of an object."""
        sent = self._json(self.body.one(at.base + "~rest")) if self.carry else ABSENT
        if isinstance(sent, dict):
            return sent
        if not stored:
            return {}
        settled = resolve(self.forge, node, dict(stored)).node
        shown = set(shown_properties(self.forge, settled))
        free = bool(settled.entries or settled.entry_patterns)
        return {k: v for k, v in stored.items() if k not in shown and not (free and writable(k))}

    def _unshown(
        self, node: Node, at: At, data: dict[str, Any], shown: set[str], rest: Mapping[str, Any]
    ) -> None:
        dormant = (
            {n: s for n, s in all_properties(self.forge, node).items() if n not in shown}
            if node.dynamic
            else {}
        )
        for name, subs in dormant.items():
            if self._policy(f"{at.pattern}/{pointers.escape(name)}") == "submit":
                value = self.value(self.forge.node(subs), at.step(name, ABSENT))
                if value is not ABSENT:
                    data.setdefault(name, value)
        for name, value in rest.items():
            clear = name in dormant and self._policy(f"{at.pattern}/{pointers.escape(name)}") == "clear"
            if name not in data and not clear and not self.body.has(f"{at.base}/{pointers.escape(name)}"):
                data[name] = value

    def _policy(self, pattern: str) -> str:
        return self.form.ui.of(pattern).hidden_policy or self.form.ui.hidden_policy

    def _property(
        self, node: Node, parent: At, name: str, stored: Mapping[str, Any], rest: Mapping[str, Any]
    ) -> Any:
        at = parent.step(name, stored.get(name, ABSENT))
        ui = self.form.ui.of(at.pattern)
        profile = self.form.profile
        child = self.forge.node(node.properties[name])
        if profile.covers(profile.hidden | profile.masked, at.pattern):
            return at.stored if self.original is not None or self.carry else _default(self, child)
        fixed = (
            ui.readonly or child.notes.get("readOnly") is True or profile.covers(profile.readonly, at.pattern)
        )
        if fixed and not self.carry:
            return at.stored if self.original is not None else _default(self, child)
        if (ui.hidden or ui.widget == "hidden") and not self.carry and at.stored is not ABSENT:
            return at.stored
        first = len(self.gated)
        value = self.value(child, at)
        if ui.when is None:
            if value is ABSENT and not self.body.has(at.base) and name in rest:
                return rest[name]  # it was not on the page when that was written
            return value
        del self.gated[first:]
        return self._gate(at, ui.when, value)

    def _gate(self, at: At, condition: Condition, typed: Any) -> Any:
        kept = self._json(self.body.one(at.base + "~kept"))
        stored = kept if kept is not ABSENT else at.stored
        was_hidden = kept is not ABSENT
        if not was_hidden and stored is not ABSENT and self.original is not None:
            was_hidden = not shown_by_ui(condition, at.was, self.original, self.env)
        sent = self.body.has(at.base)
        self.gated.append(
            Gated(at.pointer, at.base, condition, self._policy(at.pattern), typed, stored, was_hidden, sent)
        )
        return typed if sent else stored

    # -- lists ---------------------------------------------------------------------------------

    def _ticks(self, item: Node, at: At) -> Any:
        tokens = tokens_of(item)
        chosen = [text for text in dict.fromkeys(self.body.all(control_name(at.base))) if text]
        order = self._json(self.body.one(at.base + "~order"))
        if isinstance(order, list):
            rank = {text: index for index, text in enumerate(order) if isinstance(text, str)}
            chosen.sort(key=lambda text: rank.get(text, len(rank)))
        values = [tokens.read(text) for text in chosen]
        rows = [] if values else self.body.rows(at.base)
        for row in rows:  # a list that ticks could not show comes in rows
            text = self.body.one(f"{at.base}/{row}")
            if text:
                values.append(tokens.read(text))
        return values if values else ABSENT

    def _array(self, node: Node, at: At) -> Any:
        self.lists[at.base] = at.pointer
        stored = at.stored if isinstance(at.stored, list) else []
        result: list[Any] = []
        blank: list[tuple[str, Remembered]] = []
        gaps = 0
        for row in self.body.rows(at.base):
            base = f"{at.base}/{row}"
            index = len(result) + gaps
            place = self._row(at, base, index, stored)
            first = len(self.gated)
            value = self.value(self.forge.item(node, index), place)
            self.body.one(base + "~row")
            if value is ABSENT:
                del self.gated[first:]
                if index < len(node.prefix):
                    gaps += 1
                else:
                    blank.append((place.pointer, self.remembered.taken_out(place.pointer)))
                continue
            result.extend([None] * gaps)
            gaps = 0
            if row != index:
                self.moved[base] = index
            result.append(value)
        for number, (pointer, remembered) in enumerate(blank):
            self.remembered.put_back(remembered, pointer, f"{at.pointer}/{len(result) + number}")
        self.remembered.rows_left_blank(at.pointer, len(blank))
        return result if result else ABSENT

    def _row(self, at: At, base: str, index: int, stored: list[Any]) -> At:
        origin = self.body.one(base + "~origin") or ""
        own = int(origin) if origin.isdecimal() and len(origin) < 7 else -1
        known = stored[own] if 0 <= own < len(stored) else ABSENT
        return At(base, f"{at.pointer}/{index}", at.pattern + "/*", known, f"{at.was}/{own}")

    def _entries(
        self, node: Node, at: At, data: dict[str, Any], stored: Mapping[str, Any], before: Mapping[str, Any]
    ) -> dict[str, Any]:
        """Put the free entries into ``data`` and return them; those read ``before`` may be there already."""
        self.lists[at.base] = at.pointer
        found: dict[str, Any] = {}
        blank = 0
        for token in self.body.entries(at.base):
            base = f"{at.base}/{token}"
            key = self.body.one(base + "~key") or ""
            self.body.one(base + "~row")
            where = f"{at.pointer}/{pointers.escape(key)}"
            place = At(base, where, at.pattern + "/*", stored.get(key, ABSENT), where)
            value = self.value(self.forge.entry(node, key), place)
            if value is ABSENT and not key:
                blank += 1
                continue
            if not key and self.body.one(base + "~keyed") is None:
                self._refuse(at.pointer, "key_missing", msg("Give each entry a name"))
            if key in found or (key in data and key not in before):
                self._refuse(at.pointer, "key_twice", msg("The name “%(key)s” is used twice"), key=key)
                continue
            found[key] = data[key] = "" if value is ABSENT else value
        self.remembered.rows_left_blank(at.pointer + "/~e", blank)
        return found

    def _refuse(self, pointer: str, code: str, message: str, **params: Any) -> None:
        self.errors.append(FieldError(pointer, code, message, params, ""))


def _default(reader: _Reader, node: Node) -> Any:
    value = initial(reader.forge, node)
    return ABSENT if value is None or value == {} else value
