"""Accounts on screen: signing in, users with their roles at units, roles as a matrix."""
