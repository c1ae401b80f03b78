"""Privacy of a record: the fields a person may see, the encryption of values, their destruction."""
