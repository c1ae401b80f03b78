"""The account by which the peers are asked."""

USERNAME, PASSWORD = "clerk", "clerk-pass-1"
