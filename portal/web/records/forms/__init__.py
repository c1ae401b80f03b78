"""What the forms of records post, upload and look up."""
