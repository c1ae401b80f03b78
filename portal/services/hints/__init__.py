"""Hints by outer channels: how many matters wait for a role at a unit, and a link; never content of a matter.

``counting`` counts and writes the text, ``sending`` is what the jobs do.
"""
