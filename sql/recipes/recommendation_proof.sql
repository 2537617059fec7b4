-- Are the recommendations better than a list of best sellers?
-- Both were made from the days before the holdout and judged on it. standard_errors is the difference over the
-- standard errors of the two means, taken as independent: under 2 is not a difference to rely on.
SELECT i.metric, i.k, round(i.value, 4) AS item_item, round(p.value, 4) AS popularity,
       round(i.value - p.value, 4) AS difference,
       round((i.value - p.value) / sqrt(i.standard_error ** 2 + p.standard_error ** 2), 1) AS standard_errors,
       i.people, i.holdout_first_date, i.holdout_last_date, i.status
FROM recommendations.recommendation_metrics AS i
JOIN recommendations.recommendation_metrics AS p USING (metric, k)
WHERE i.model = 'item_item' AND p.model = 'popularity'
ORDER BY i.metric, i.k;
