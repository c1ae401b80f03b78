"""The board: figures of a unit and of those below it, for supervisors, and the definitions of these figures."""

from __future__ import annotations

from flask import Flask
from flask_appbuilder import AppBuilder

from portal.core.errors import msg
from portal.core.kept import Kept
from portal.web.board.approving_view import ApprovingView
from portal.web.board.drawn import KEPT, MOST_DRAWN
from portal.web.board.meeting_view import MeetingView
from portal.web.board.parting_view import PartingView
from portal.web.board.view import MOST_BOARDS, BoardView
from portal.web.navigation import NavItem, navigation


def register(app: Flask, appbuilder: AppBuilder) -> None:
    """Give the application the board and its line of the navigation."""
    app.extensions["boards"] = Kept(MOST_BOARDS)
    app.extensions[KEPT] = Kept(MOST_DRAWN)
    appbuilder.add_view_no_menu(BoardView)
    appbuilder.add_view_no_menu(PartingView)
    appbuilder.add_view_no_menu(ApprovingView)
    appbuilder.add_view_no_menu(MeetingView)
    navigation(app).add(
        NavItem("board", msg("Board"), "chart-bar", "/board/", ("can_list", "Entity.board"), "insight", 10)
    )


__all__ = ["register"]
