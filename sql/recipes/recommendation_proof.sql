-- Are the recommendations better than best sellers, and than what people buy anyway?
-- Every list was made from the days before the holdout, by models chosen before it, and judged on what people bought in
-- it. A difference whose interval (low to high) holds 0 is none to rely on. is_served marks what people get.
SELECT task, model, is_served, round(value, 4) AS ndcg_10, round(standard_error, 4) AS standard_error,
       round(difference_to_popularity, 4) AS to_popularity, round(popularity_low, 4) AS popularity_low,
       round(popularity_high, 4) AS popularity_high,
       round(difference_to_personal, 4) AS to_personal, round(personal_low, 4) AS personal_low,
       round(personal_high, 4) AS personal_high,
       people, holdout_first_date, holdout_last_date, status
FROM recommendations.recommendation_metrics
WHERE metric = 'ndcg' AND k = 10
ORDER BY task, value DESC NULLS LAST, model;
