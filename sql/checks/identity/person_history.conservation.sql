-- Every identifier of a person has exactly one period that lasts until now, and it is of the same person.
-- wrong: Identifiers with no such period, with several, or with another person's.
SELECT count(*) AS wrong
FROM (SELECT i.identifier_type, i.identifier
      FROM identity.identifiers AS i LEFT JOIN identity.person_history AS h
        ON h.identifier_type = i.identifier_type AND h.identifier = i.identifier AND h.is_current
      WHERE i.person_id IS NOT NULL
      GROUP BY ALL HAVING count(*) <> 1 OR count(h.person_id) <> 1 OR max(h.person_id) <> max(i.person_id))
HAVING count(*) > 0
