"""Which units see a record: worked out from the record and its referrals (``rows``), kept by acts (``keeping``)."""
