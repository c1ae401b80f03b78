"""Worklists on screen: what waits for a person, at home, with what can be done from each row."""
