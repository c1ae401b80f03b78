"""Tables, sessions, row scope, queries and migrations."""
