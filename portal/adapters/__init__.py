"""The outside world behind plain functions: rule engine, pack files, clock."""
