"""The rules are asked, and what they propose is resolved to a place on duty."""
