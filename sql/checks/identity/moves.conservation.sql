-- Every identifier that moved is of the person that it moved to last.
-- wrong: Identifiers of another person than that.
SELECT count(*) AS wrong
FROM (SELECT identifier_type, identifier, arg_max(coalesce(to_person_id, ''), moved_at) AS person_id
      FROM identity.moves GROUP BY ALL) AS moved
LEFT JOIN identity.identifiers AS i USING (identifier_type, identifier)
WHERE coalesce(i.person_id, '') <> moved.person_id OR i.identifier IS NULL
HAVING count(*) > 0
