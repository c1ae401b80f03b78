"""The process that works outside of requests."""
