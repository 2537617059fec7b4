-- Every model stands beside both baselines on the same people and days.
-- task: Task of the model.
-- model: Model without a baseline beside it.
SELECT DISTINCT m.task, m.model FROM recommendations.recommendation_metrics AS m
CROSS JOIN (VALUES ('popularity'), ('personal')) AS baselines (baseline)
WHERE NOT EXISTS (
    SELECT 1 FROM recommendations.recommendation_metrics AS b
    WHERE b.model = baseline AND b.task = m.task AND b.metric = m.metric AND b.k = m.k AND b.people = m.people)
