"""Records come in and change: checked by their form, numbered, stored with their history."""
