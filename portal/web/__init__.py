"""Screens, API and templates."""
