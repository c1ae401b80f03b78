"""A city in which twelve roles do at random what the portal offers them, and what has to hold whatever they do."""
