"""The list of a type: filters, columns, pages."""
