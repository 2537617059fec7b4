-- Every end of an edge is an identifier.
-- missing: Ends that are none.
SELECT count(*) AS missing
FROM (SELECT type_a AS identifier_type, value_a AS identifier FROM identity.edges
      UNION SELECT type_b, value_b FROM identity.edges WHERE type_b <> '') AS ends
ANTI JOIN identity.identifiers USING (identifier_type, identifier)
HAVING count(*) > 0
