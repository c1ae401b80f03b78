"""Use cases: each a small module that knows nothing of the web."""
