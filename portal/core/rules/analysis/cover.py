"""Whether boxes cover a box, and a point that they leave out: splitting along the axes, remembering what was covered.

At each step the boxes that are still possible are bits of one number. The regions of an axis fall into few classes by
the boxes that hold them; only classes with the fewest boxes matter, since what they leave covered is covered in the
others too. What was found to be covered is remembered by the boxes and axes that were left.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from portal.core.rules.analysis.space import Box, Point, TooMuch

MAX_STEPS = 12_000_000


class Budget:
    """Steps that a whole analysis may take."""

    def __init__(self, steps: int = MAX_STEPS) -> None:
        self.steps = self.left = steps

    def renew(self) -> None:
        """Give a new search all of its steps."""
        self.left = self.steps

    @contextmanager
    def share(self, part: int) -> Iterator[None]:
        """Let a question take only so many of the steps, so that a hard one leaves some for the others."""
        before = self.left
        self.left = given = min(before, self.steps // part)
        try:
            yield
        finally:
            self.left = before - given + max(self.left, 0)

    def spend(self, steps: int) -> None:
        """Take steps; raise ``TooMuch`` where there are none left."""
        self.left -= steps
        if self.left < 0:
            raise TooMuch


class Cover:
    """Boxes over the regions of a space, by number; sets of boxes are bits of one number."""

    def __init__(self, full: Box, boxes: Sequence[Box], budget: Budget) -> None:
        self.full, self.budget = full, budget
        # After the last question that found nothing outside: boxes that are enough for that.
        self.enough = 0
        self.boxes: list[Box] = []
        # For each axis and each of its regions the boxes that hold it.
        self.columns = [[0] * mask.bit_length() for mask in full]
        self._touching: dict[tuple[int, int], int] = {}
        by_mask: list[dict[int, int]] = [{} for _ in full]
        for number, box in enumerate(boxes):
            for known, mask in zip(by_mask, box, strict=True):
                known[mask] = known.get(mask, 0) | 1 << number
        self.boxes = list(boxes)
        for columns, known in zip(self.columns, by_mask, strict=True):
            for mask, members in known.items():
                for region in bits(mask):
                    columns[region] |= members

    def add(self, box: Box) -> int:
        """Take in one more box; return it as a bit."""
        bit = 1 << len(self.boxes)
        self.boxes.append(box)
        self._touching.clear()
        for columns, mask in zip(self.columns, box, strict=True):
            for region in bits(mask):
                columns[region] |= bit
        return bit

    def touching(self, box: Box) -> int:
        """Return the boxes that have a point in common with one."""
        found = (1 << len(self.boxes)) - 1
        for axis, mask in enumerate(box):
            if mask == self.full[axis]:
                continue
            key = (axis, mask)
            if key not in self._touching:
                members = 0
                for region in bits(mask):
                    members |= self.columns[axis][region]
                self._touching[key] = members
            found &= self._touching[key]
        return found

    def outside(self, box: Box, covering: int) -> Point | None:
        """Return a point of a box that none of the boxes ``covering`` holds; None where they cover it."""
        if not all(box):
            return None
        splitting = _Splitting(self, box)
        point = splitting.point(covering & self.touching(box))
        self.enough = splitting.enough
        return point

    def widened(self, point: Point, covering: int, within: Box) -> Box:
        """Return a box around a point that the boxes ``covering`` leave out, as wide as it goes axis by axis."""
        box = tuple(1 << region for region in point)
        for axis, allowed in enumerate(within):
            others = (*box[:axis], allowed, *box[axis + 1 :])
            near = covering & self.touching(others)
            mask = sum(1 << region for region in bits(allowed) if not self.columns[axis][region] & near)
            box = (*box[:axis], mask, *box[axis + 1 :])
        return box


class _Splitting:
    """One search for a point of a box."""

    def __init__(self, cover: Cover, box: Box) -> None:
        self.cover, self.box = cover, box
        self.allowed = [list(bits(mask)) for mask in box]
        # For each axis the boxes that hold all of its allowed regions: for them it does not matter.
        self.free = [_all(cover.columns[axis], allowed) for axis, allowed in enumerate(self.allowed)]
        self.covered: set[tuple[int, int]] = set()
        self.enough = 0

    def point(self, active: int) -> Point | None:
        chosen: dict[int, int] = {}
        if not self._search(active, (1 << len(self.box)) - 1, chosen):
            return None
        return tuple(chosen.get(axis, allowed[0]) for axis, allowed in enumerate(self.allowed))

    def _search(self, active: int, axes: int, chosen: dict[int, int]) -> bool:
        """Choose regions that leave all boxes out; tell whether there are such."""
        if not active:
            return True
        asked = {axis: boxes for axis in bits(axes) if (boxes := active & ~self.free[axis])}
        once = twice = left = 0
        for axis, boxes in asked.items():
            twice |= once & boxes
            once |= boxes
            left |= 1 << axis
        sure = active & ~once
        if sure:
            if not sure & self.enough:
                self.enough |= sure & -sure
            return False
        if (left, active) in self.covered:
            return False
        self.covered.add((left, active))
        self.cover.budget.spend(20 + len(asked))
        axis, regions = self._narrowest(asked, once & ~twice)
        if not regions:
            return False
        columns = self.cover.columns[axis]
        self.cover.budget.spend(len(regions))
        classes: dict[int, int] = {}
        for region in regions:
            classes.setdefault(columns[region] & active, region)
        for members in _fewest(classes):
            if self._search(members, left & ~(1 << axis), chosen):
                chosen[axis] = classes[members]
                return True
        return False

    def _narrowest(self, asked: dict[int, int], single: int) -> tuple[int, list[int]]:
        """Return the axis on which the search goes on, and the regions that are still open on it.

        Boxes that only one axis still asks about hold their regions of it for certain.
        """
        best: tuple[float, int, int] | None = None
        for axis, boxes in asked.items():
            held, ours = 0, single & boxes
            for number in bits(ours):
                held |= self.cover.boxes[number][axis]
            open_regions = self.box[axis] & ~held
            if not open_regions:
                self.enough |= ours
                return axis, []
            # Few branches, and many boxes decided by each: measured to be the best of six ways to choose.
            weight = (open_regions.bit_count() + 2).bit_length() / (boxes.bit_count() + 1)
            if best is None or weight < best[0]:
                best = (weight, axis, open_regions)
        assert best is not None
        _, axis, open_regions = best
        for number in bits(single & asked[axis]):
            self.enough |= 1 << number
        return axis, bits(open_regions)


def _fewest(classes: dict[int, int]) -> list[int]:
    """Return the sets that hold no other one of them, small ones first."""
    kept: list[int] = []
    for members in sorted(classes, key=int.bit_count):
        if not any(small & members == small for small in kept):
            kept.append(members)
    return kept


def _all(columns: Sequence[int], regions: Sequence[int]) -> int:
    found = -1
    for region in regions:
        found &= columns[region]
    return found


def bits(mask: int) -> list[int]:
    """Return the places of the bits that are set, low ones first."""
    found = []
    while mask:
        low = mask & -mask
        found.append(low.bit_length() - 1)
        mask ^= low
    return found
