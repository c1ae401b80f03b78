"""OpenAPI 3.1 of the portal, made from the release in force where a person works."""
