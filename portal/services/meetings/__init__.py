"""Meetings about figures: what is laid before one is made by a job and frozen, what is decided becomes a task sheet."""
