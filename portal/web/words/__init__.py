"""Records, decisions, history and lists in words: what pages and API both show."""
