"""Clocks: periods that start, stand still, are extended and end by what happens to a record.

``concern`` is what each act does for them, ``working_out`` maps happenings to the clocks of one record (``running``),
``by_steps`` are the effects of steps, ``rows`` are facts in the table, ``recorded`` the events that persons recorded.
"""
