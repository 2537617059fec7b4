-- Every person of an identifier is in persons, every person has identifiers, and no account has two persons.
-- wrong: What is broken.
-- rows: How many rows.
SELECT 'identifier of no person' AS wrong, count(*) AS rows
FROM identity.identifiers AS i LEFT JOIN identity.persons AS p USING (person_id)
WHERE i.person_id IS NOT NULL AND p.person_id IS NULL HAVING count(*) > 0
UNION ALL
SELECT 'person without identifiers', count(*)
FROM identity.persons AS p LEFT JOIN identity.identifiers AS i USING (person_id)
WHERE i.person_id IS NULL HAVING count(*) > 0
UNION ALL
SELECT 'account of two persons', count(*)
FROM (SELECT user_id FROM identity.persons WHERE user_id IS NOT NULL GROUP BY user_id HAVING count(*) > 1)
HAVING count(*) > 0
