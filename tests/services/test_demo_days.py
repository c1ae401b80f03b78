"""Days in the answers of the demo go along with the day of their step."""

from __future__ import annotations

import datetime as dt

from portal.services.demo.walking import days_moved


def test_days_of_answers_move_with_their_step_and_nothing_else_does():
    made = {"sent_on": "2024-12-02", "note": "2024-12-02以前", "rows": [{"until": "2024-12-31", "n": 3}]}
    moved = days_moved(made, dt.timedelta(days=365))
    assert moved == {
        "sent_on": "2025-12-02",
        "note": "2024-12-02以前",
        "rows": [{"until": "2025-12-31", "n": 3}],
    }
    assert days_moved(moved, dt.timedelta(days=-365)) == made
