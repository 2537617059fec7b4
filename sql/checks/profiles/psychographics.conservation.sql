-- Every trait of a person is an answer that somebody gave.
-- unfounded: Rows without an answer to the question.
SELECT count(*) AS unfounded
FROM profiles.psychographics AS p
WHERE (p.trait, p.source) NOT IN (SELECT (question, source) FROM ingest.raw_survey_answers)
HAVING count(*) > 0
