"""Values that all domains share: columns, money, persons, purposes of consent."""
