"""What the portal costs: CPU per request and rates, on both databases."""
