-- Nobody who was merged into an older person is still there.
-- wrong: Merged persons among the persons.
SELECT count(*) AS wrong FROM identity.merges SEMI JOIN identity.persons USING (person_id) HAVING count(*) > 0
