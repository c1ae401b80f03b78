"""What people may see of a record, and how its values are encrypted and destroyed."""
