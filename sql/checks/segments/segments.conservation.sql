-- Every segment says as many people as it has members.
-- segment_id: Segment.
-- people: People by the segment.
-- members: Rows of memberships.
SELECT s.segment_id, s.people, count(m.person_id) AS members
FROM segments.segments AS s LEFT JOIN segments.memberships AS m USING (segment_id)
WHERE s.status = 'ok'
GROUP BY ALL HAVING s.people <> count(m.person_id)
