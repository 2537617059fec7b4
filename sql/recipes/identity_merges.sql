-- How many persons turned out to be the same one, and what showed it?
-- By the month in which the pair was seen first; identity.merges has each of them, identity.edges the evidence.
-- Also: identity merges; duplicate customers; profiles that were unified; matched accounts and devices
-- Empty: Nobody has turned out to be somebody else.
-- month: First day of the month (UTC).
-- source: Source in dmp.yaml that showed the pair.
-- type_a: Type of the stronger identifier of the pair.
-- type_b: Type of the other one.
-- merges: Persons who turned out to be an older one.
-- into_people: How many older ones they are.
SELECT date_trunc('month', merged_at)::DATE AS month, source, type_a, type_b, count(*) AS merges,
       count(DISTINCT into_person_id) AS into_people
FROM identity.merges
GROUP BY ALL
ORDER BY month DESC, merges DESC, source, type_a, type_b;
