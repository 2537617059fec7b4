-- Why is this person in these segments?
-- One row per segment of one person, with the reason in words. Put another account in the last line but one.
SELECT m.person_id, s.kind, s.segment_name, m.reason, s.people, m.as_of_date
FROM segments.memberships AS m JOIN segments.segments AS s USING (segment_id) JOIN identity.persons USING (person_id)
WHERE user_id = '1'
ORDER BY s.kind DESC;
