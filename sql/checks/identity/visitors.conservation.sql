-- Every identifier of a person has exactly one period without an end in identity.visitors, which events are joined by.
-- wrong: Identifiers with no such period, or with several.
SELECT count(*) AS wrong
FROM (SELECT i.identifier_type, i.identifier
      FROM identity.identifiers AS i LEFT JOIN identity.visitors AS v
        ON v.visitor_id = i.identifier_type || ':' || i.identifier AND v.superseded_at IS NULL
      WHERE i.person_id IS NOT NULL GROUP BY ALL HAVING count(v.person_id) <> 1)
HAVING count(*) > 0
