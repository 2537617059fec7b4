"""Who is who: identifiers seen together become persons, with history and the reasons."""
