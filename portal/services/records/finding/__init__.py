"""Records are found and read: filters, order, pages, titles, history."""
