"""The pages of one record."""
