-- Every model stands beside the popularity baseline on the same people and days.
-- model: Model without a baseline beside it.
SELECT DISTINCT m.model FROM recommendations.recommendation_metrics AS m
WHERE NOT EXISTS (
    SELECT 1 FROM recommendations.recommendation_metrics AS b
    WHERE b.model = 'popularity' AND b.metric = m.metric AND b.k = m.k AND b.people = m.people)
