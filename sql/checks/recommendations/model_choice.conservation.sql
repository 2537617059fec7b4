-- Each task that is served has one choice, and the choice a reason.
-- task: Task without exactly one choice.
-- chosen: Candidates that are marked as chosen.
SELECT task, count(c.candidate) FILTER (c.is_chosen AND c.reason <> '') AS chosen
FROM (SELECT DISTINCT task FROM recommendations.recommendations UNION SELECT task FROM recommendations.model_choice)
LEFT JOIN recommendations.model_choice AS c USING (task)
GROUP BY task HAVING chosen <> 1
