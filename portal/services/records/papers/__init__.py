"""Papers of records: what they state, how they are numbered, made, served and kept."""
