"""Build the view of a form for given data."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import TYPE_CHECKING, Any

from portal.core import pointer as pointers
from portal.core.conditions import Env
from portal.core.errors import msg
from portal.core.forms.choosers import chosen_before, selector
from portal.core.forms.codec import fits_multiple, multiple
from portal.core.forms.compile import CompiledForm
from portal.core.forms.controls import (
    FormPlace,
    choice_control,
    json_control,
    masked_control,
    scalar_control,
    ticks_control,
)
from portal.core.forms.entering import stays
from portal.core.forms.entries import entry_rows
from portal.core.forms.folding import fold_row, fold_sections
from portal.core.forms.nodes import Node
from portal.core.forms.sections import arrange
from portal.core.forms.state import NO_STATE, FormState
from portal.core.forms.values import ABSENT, dump, more_than, writable
from portal.core.forms.view import (
    Closed,
    Control,
    Group,
    Hidden,
    Item,
    Pairs,
    Row,
    Rows,
    SectionView,
    View,
    dom_id,
)
from portal.core.forms.visibility import Resolved, offered, resolve, shown_properties, triggers
from portal.core.forms.when import shown_by_ui

if TYPE_CHECKING:
    from portal.core.forms.validate import FieldError

MAX_CONTROLS = 1_500
_DEPTH = 14
_DEEP = 24
_MOST_VALUES = 300
_STARTER_ROWS = 5
_NOTATION = msg('Write a text as it is, several entries as ["one", "two"], named entries as {"name": "text"}')


def build_view(
    form: CompiledForm,
    data: Any,
    errors: Iterable[FieldError] = (),
    *,
    state: FormState = NO_STATE,
    env: Env | None = None,
    carry: bool = False,
    translate: Any = str,
    filled: bool = False,
) -> View:
    """Return what to show for ``data``.

    ``carry`` makes values that no control shows travel in hidden controls; leave it off where the parser is
    given the stored data, so that they never reach the page. ``filled`` leaves out what the data does not
    hold: enough for a page that is only read.
    """
    return _Builder(form, data, errors, state, env, carry, translate, filled).view()


class _Builder:
    def __init__(
        self,
        form: CompiledForm,
        data: Any,
        errors: Iterable[FieldError],
        state: FormState,
        env: Env | None,
        carry: bool,
        translate: Any,
        filled: bool = False,
    ) -> None:
        self.form = form
        self.forge = form.forge
        self.ui = form.ui
        self.data = data
        self.state = state
        self.env = env or Env(today=date.min)
        self.carry = carry
        self.errors: dict[str, list[str]] = {}
        for error in errors:
            self.errors.setdefault(error.pointer, []).append(error.text(translate))
        self.translate = translate
        self.filled = filled
        self.targets: dict[str, str] = {}
        self.count = 0

    # -- the page ------------------------------------------------------------------------------

    def view(self) -> View:
        data = self.data
        hidden: Pairs = list(self.state.leftover)
        top = FormPlace("", "", "", self.form.title or "", required=True, value=data, node=self.form.root)
        if self.form.root.kind != "object" or not isinstance(data, dict):
            whole = self.place(self.form.root, data, top)
            return View(self.form.title, [SectionView("s-all", "", whole)], hidden, self.targets)
        resolved = self._resolved(self.form.root, data, top)
        pairs, selectors = self._frame(resolved, data, top)
        if resolved.node.kind != "object":
            pairs.append(("~group", "1"))
        items = [
            (name, self._property(resolved.node, data, top, name))
            for name in self.form.ordered(resolved.node, "")
        ]
        for name, begun in offered(self.forge, self.form.root, resolved.node, data):
            items.append((name, self._property(begun, {}, top, name, asked=False)))
        sections = arrange(self.form, selectors, items)
        if self.ui.first and not self.filled:
            sections = fold_sections(self.form, sections, items, data, self.translate)
        waits = not data and resolved.open_choice and resolved.node.anything
        entries = None if waits else self._entries(resolved.node, data, top)
        if entries:
            sections.append(SectionView("s-entries", "", [entries]))
        self.targets.setdefault("", sections[0].id if sections else "")
        return View(self.form.title, sections, hidden + pairs, self.targets)

    # -- one place -----------------------------------------------------------------------------

    def place(self, node: Node, value: Any, at: FormPlace) -> list[Item]:
        """Return what is shown at one place."""
        resolved = self._resolved(node, value, at)
        kind = resolved.node.kind
        at.errors = self.errors.get(at.pointer, [])
        self.count += 1
        if at.ui.widget == "json" or self._too_large(node, value, at):
            return [self._json(resolved.node, value, at)]
        if kind == "object" and (value is ABSENT or value is None or isinstance(value, dict)):
            return self._object(node, resolved, value, at)
        selectors = self._selectors(resolved, at)
        if resolved.taken:
            selectors.append(Hidden([(at.name + "~shape", resolved.mark)]))
        if value is ABSENT and resolved.open_choice and (kind == "json" or resolved.node.anything):
            return selectors  # first comes the choice
        if kind == "array" and (value is ABSENT or value is None or isinstance(value, list)):
            item = multiple(self.forge, resolved.node)
            if item is not None and (value is ABSENT or fits_multiple(item, value)):
                return [*selectors, self._mark(ticks_control(self.form, item, value, at), at)]
            if item is None or isinstance(value, list):
                return [*selectors, self._array(node, resolved.node, value, at)]
        if value is ABSENT and kind in ("variants", "never"):
            return selectors
        if kind == "choice":
            return [*selectors, self._mark(choice_control(self.form, resolved.node, value, at), at)]
        if kind == "text":
            control = scalar_control(self.form, resolved.node, value, at)
            if self.carry and not stays(self.form, resolved.node, at.pattern, value):
                control.hidden.append((at.name + "~was", dump(value)))
            return [*selectors, self._mark(control, at)]
        return [*selectors, self._json(resolved.node, value, at)]

    def _json(self, node: Node, value: Any, at: FormPlace) -> Control:
        return self._mark(json_control(self.form, node, value, at), at)

    def _too_large(self, node: Node, value: Any, at: FormPlace) -> bool:
        """Tell whether a value would make more controls than a page can send, or deeper ones than a body may hold."""
        if not isinstance(value, dict | list):
            return False
        if at.depth > _DEEP:
            return True
        if at.open_ended or not (node.anything or any(choice.by_type for choice in node.choices)):
            return False
        at.open_ended = True
        return more_than(value, _MOST_VALUES)

    def _resolved(self, node: Node, value: Any, at: FormPlace) -> Resolved:
        if not node.dynamic:
            return Resolved(node)
        return resolve(self.forge, node, value, chosen_before(self.form, at, self.state.variants))

    def _mark(self, control: Control, at: FormPlace) -> Control:
        self.targets[at.pointer] = control.id
        if control.kind == "json" and not control.help:
            control.help = self.translate(_NOTATION)
        return control

    def _selectors(self, resolved: Resolved, at: FormPlace) -> list[Item]:
        controls: list[Item] = []
        for number, (choice, index) in enumerate(resolved.picks):
            suffix = f"~variant{number or ''}"
            if choice.discriminator:
                if index is not None and not (
                    isinstance(at.value, dict) and choice.discriminator in at.value
                ):
                    controls.append(Hidden([(at.name + suffix, str(index))]))
                continue
            control = selector(self.form, choice, index, at, suffix, self.translate)
            if index is None:
                control.errors = at.errors
            self.targets.setdefault(at.pointer, control.id)
            controls.append(control)
        return controls

    # -- objects -------------------------------------------------------------------------------

    def _object(self, node: Node, resolved: Resolved, value: Any, at: FormPlace) -> list[Item]:
        opened = at.pointer in self.state.opened
        absent = value is ABSENT or value is None
        recursive = node.key in at.ancestors
        if (
            absent
            and not opened
            and (recursive or at.depth > _DEPTH or (self.count > MAX_CONTROLS and not at.required))
        ):
            closed = Closed(at.pointer, dom_id(at.name), at.label, f"_open:{at.name}", at.help)
            self.targets[at.pointer] = closed.id
            items: list[Item] = [closed]
            return [*items, Hidden([(at.name + "~empty", "null")])] if value is None else items
        pairs, selectors = self._frame(resolved, value, at)
        if opened and absent:
            pairs.append((at.name + "~open", "1"))
        if value is None:
            pairs.append((at.name + "~empty", "null"))
        inner = at.under(node.key)
        items = list(selectors)
        for name in self.form.ordered(resolved.node, at.pattern):
            items += self._property(resolved.node, {} if absent else value, inner, name)
        for name, begun in offered(self.forge, node, resolved.node, value):
            items += self._property(begun, {}, inner, name, asked=False)
        waits = absent and resolved.open_choice and resolved.node.anything
        entries = None if waits else self._entries(resolved.node, {} if absent else value, inner)
        if entries:
            items.append(entries)
        if at.bare:
            return [*items, Hidden(pairs)]
        closable = (opened or recursive) and not at.required
        group = Group(
            at.pointer,
            dom_id(at.name),
            at.label,
            items,
            at.help,
            at.required,
            at.errors,
            pairs,
            f"_close:{at.name}" if closable else "",
        )
        self.targets[at.pointer] = group.id
        return [group]

    def _frame(self, resolved: Resolved, value: Any, at: FormPlace) -> tuple[Pairs, list[Item]]:
        """Return the hidden values of an object and the controls that choose its variants."""
        pairs: Pairs = []
        if value == {} and at.pointer:
            pairs.append((at.name + "~present", "1"))
        if resolved.taken:
            pairs.append((at.name + "~shape", resolved.mark))
        if self.carry and isinstance(value, dict):
            rest = self._rest(resolved.node, value)
            if rest:
                pairs.append((at.name + "~rest", dump(rest)))
        label = at.label
        at.label = self.translate(msg("Variant")) if at.bare or not at.pointer else label
        selectors = self._selectors(resolved, at)
        at.label = label
        return pairs, selectors

    def _rest(self, node: Node, value: Mapping[str, Any]) -> dict[str, Any]:
        shown = set(shown_properties(self.forge, node))
        free = bool(node.entries or node.entry_patterns)
        return {k: v for k, v in value.items() if k not in shown and not (free and writable(k))}

    def _property(
        self, node: Node, data: Mapping[str, Any], parent: FormPlace, name: str, asked: bool = True
    ) -> list[Item]:
        value = data.get(name, ABSENT) if isinstance(data, Mapping) else ABSENT
        if self.filled and value is ABSENT:
            return []
        token = "/" + pointers.escape(name)
        pattern = parent.pattern + token
        where = parent.pointer + token
        ui = self.ui.of(pattern)
        profile = self.form.profile
        base = parent.name + token
        if profile.covers(profile.hidden, pattern):
            return []
        child = self.forge.node(node.properties[name])
        label = self.form.label_of(pattern, child, name)
        if profile.covers(profile.masked, pattern):
            return [masked_control(child, ui, value, where, label)]
        if ui.hidden or ui.widget == "hidden":
            return [Hidden([(base + "~json", dump(value))])] if value is not ABSENT else []
        if ui.when is not None and not shown_by_ui(ui.when, where, self.data, self.env):
            policy = ui.hidden_policy or self.ui.hidden_policy
            carried = value is not ABSENT and (policy == "submit" or (self.carry and policy != "clear"))
            return [Hidden([(base + "~kept", dump(value))])] if carried else []
        at = FormPlace(
            base,
            where,
            pattern,
            label,
            required=asked and name in node.required,
            help=self.form.text(ui.help) or self.form.text(child.notes.get("description")),
            readonly=parent.readonly
            or ui.readonly
            or child.notes.get("readOnly") is True
            or profile.covers(profile.readonly, pattern),
            trigger=parent.trigger
            or name in triggers(self.forge, parent.node or node)
            or pattern in self.ui.controlling,
            depth=parent.depth + 1,
            ancestors=parent.ancestors,
            ui=ui,
            open_ended=parent.open_ended,
            subs=node.properties[name],
            value=value,
        )
        at.node = child
        return self.place(child, value, at)

    # -- lists ---------------------------------------------------------------------------------

    def _array(self, node: Node, settled: Node, value: Any, at: FormPlace) -> Rows:
        values = value if isinstance(value, list) else []
        recursive = node.key in at.ancestors
        blank = self.state.rows.get(at.pointer, 0)
        if not values and not blank and not recursive and at.depth < 6 and self.count < MAX_CONTROLS:
            least = settled.keywords.get("minItems", 0)
            least = max(at.ui.blank_rows, least if isinstance(least, int) else 0)
            blank = min(max(int(at.required), least), _STARTER_ROWS)
            blank = 0 if value is not ABSENT else blank
        count = max(len(values) + blank, len(settled.prefix) if not recursive else 0)
        grows = bool(settled.items) and not at.readonly
        rows = Rows(
            at.pointer,
            dom_id(at.name),
            at.label,
            help=at.help,
            required=at.required,
            errors=at.errors,
            add=f"_add:{at.name}" if grows else "",
            add_label=self.form.text(at.ui.add_label),
        )
        self.targets[at.pointer] = rows.id
        if value == []:
            rows.hidden.append((at.name + "~present", "1"))
        if value is None:
            rows.hidden.append((at.name + "~empty", "null"))
        for index in range(count):
            item = values[index] if index < len(values) else ABSENT
            rows.rows.append(self._row(node, settled, item, index, count, at))
        return rows

    def _row(self, node: Node, settled: Node, value: Any, index: int, count: int, at: FormPlace) -> Row:
        base = f"{at.name}/{index}"
        pattern = at.pattern + "/*"
        child = self.forge.item(settled, index)
        ui = self.ui.of(pattern)
        own = self.form.text(child.notes.get("title"))
        title = self.form.text(ui.item_label or at.ui.item_label) or own or at.label
        if own and index < len(settled.prefix):
            title = own
        named = index < len(settled.prefix) and bool(self.form.text(child.notes.get("title")))
        label = title if named else f"{title} {index + 1}"
        inner = FormPlace(
            base,
            f"{at.pointer}/{index}",
            pattern,
            label,
            required=False,
            readonly=at.readonly,
            trigger=at.trigger,
            depth=at.depth + 1,
            ancestors=(*at.ancestors, node.key),
            ui=ui,
            bare=True,
            open_ended=at.open_ended,
            subs=settled.prefix[index] if index < len(settled.prefix) else settled.items,
            value=value,
        )
        inner.node = child
        items = self.place(child, value, inner)
        if self.ui.first and not self.filled:
            items = fold_row(self.form, pattern, dom_id(base) + "-more", items, self.data)
        for item in items:
            if isinstance(item, Control):
                item.label_hidden = not named and sum(not isinstance(i, Hidden) for i in items) == 1
        movable = index >= len(settled.prefix) and not at.readonly
        row = Row(label, items, [(base + "~row", "1"), (base + "~origin", str(index))])
        visible = [item for item in items if not isinstance(item, Hidden)]
        row.single = len(visible) == 1 and isinstance(visible[0], Control)
        self.targets.setdefault(f"{at.pointer}/{index}", dom_id(base))
        if movable:
            row.remove = f"_remove:{base}"
            row.up = f"_up:{base}" if index > len(settled.prefix) else ""
            row.down = f"_down:{base}" if index < count - 1 else ""
        return row

    def _entries(self, node: Node, data: Mapping[str, Any], at: FormPlace) -> Rows | None:
        blank = self.state.rows.get(at.pointer + "/~e", 0)
        return entry_rows(self.form, node, data, at, blank, self.place, self.translate)


__all__ = ["build_view"]
