"""Matters are handed over, answered, and walked through their stages."""
