"""Figures kept by changes: acts add ``deltas`` by the ``axes`` that records are counted by; ``folding`` adds them up.

``kept`` reads them, ``proof`` counts the records themselves and compares.
"""
