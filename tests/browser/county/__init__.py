"""A county's administrator at a real browser: a driver that counts, and a module for each part of a county."""
