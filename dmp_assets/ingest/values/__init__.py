"""Values of records: times, contacts, names of events, consents, answers."""
