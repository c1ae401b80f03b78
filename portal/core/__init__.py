"""The pure core: standard library and jsonschema only; no Flask, no SQLAlchemy, no clock."""
