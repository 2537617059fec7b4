-- Everybody with a profile is in exactly one RFM segment, and in at most one cluster.
-- kind: Kind of segment.
-- wrong: Persons with another number of segments of that kind.
WITH counted AS (
    SELECT p.person_id, count(*) FILTER (m.kind = 'rfm') AS rfm, count(*) FILTER (m.kind = 'cluster') AS cluster
    FROM profiles.profiles AS p LEFT JOIN segments.memberships AS m USING (person_id) GROUP BY p.person_id)
SELECT 'rfm' AS kind, count(*) AS wrong FROM counted WHERE rfm <> 1 HAVING count(*) > 0
UNION ALL SELECT 'cluster', count(*) FROM counted WHERE cluster > 1 HAVING count(*) > 0
