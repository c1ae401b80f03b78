"""Figures of indicators, counted in the database: ``counting`` asks, ``columns`` and ``courses`` say where facts lie.

``levels`` adds up what was counted for a unit and the units right below it, ``board`` puts a board together.
"""
