-- Why is this person in these segments?
-- One row per segment of one person, with the reason in words.
-- Also: reason for the membership of a customer; to which segments does an account belong
-- Empty: Nobody has this account or person id.
-- $person: Account or person id; the first account with a segment where it is not set.
-- person_id: The person.
-- kind: rfm or cluster.
-- segment_name: Name of the segment.
-- reason: Why the person is in it, in the person's own numbers.
-- people: People in the segment.
-- as_of_date: Day that it describes.
WITH asked AS (
    SELECT person_id FROM identity.persons SEMI JOIN segments.memberships USING (person_id)
    WHERE coalesce(getvariable('person') IN (person_id, user_id), true)
    ORDER BY user_id NULLS LAST, person_id LIMIT 1
)
SELECT m.person_id, s.kind, s.segment_name, m.reason, s.people, m.as_of_date
FROM segments.memberships AS m JOIN asked USING (person_id) JOIN segments.segments AS s USING (segment_id)
ORDER BY s.kind DESC;
