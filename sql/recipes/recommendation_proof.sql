-- Are the recommendations better than best sellers, and than what people buy anyway?
-- Every list was made from the days before the holdout, by models chosen before it, and judged on what people bought in
-- it. A difference whose interval (low to high) holds 0 is none to rely on.
-- Also: proof of the recommendations; how good are the models; beat popularity and personal frequency
-- Empty: Not enough data: nothing was judged.
-- task: repeat: what people will buy next; discover: what they never bought.
-- model: Model, or one of the baselines popularity and personal.
-- is_served: Whether it is what people get.
-- ndcg_10: Share of the person's items that ten places named, weighted by rank, mean over people.
-- standard_error: Of ndcg_10, over people.
-- to_popularity: ndcg_10 less that of best sellers.
-- popularity_low: Lower end of the 95 % interval of it.
-- popularity_high: Upper end of the 95 % interval of it.
-- to_personal: ndcg_10 less that of what people buy anyway.
-- personal_low: Lower end of the 95 % interval of it.
-- personal_high: Upper end of the 95 % interval of it.
-- people: People judged.
-- holdout_first_date: First judged day.
-- holdout_last_date: Last judged day.
-- status: ok, or not_enough_data.
SELECT task, model, is_served, round(value, 4) AS ndcg_10, round(standard_error, 4) AS standard_error,
       round(difference_to_popularity, 4) AS to_popularity, round(popularity_low, 4) AS popularity_low,
       round(popularity_high, 4) AS popularity_high,
       round(difference_to_personal, 4) AS to_personal, round(personal_low, 4) AS personal_low,
       round(personal_high, 4) AS personal_high,
       people, holdout_first_date, holdout_last_date, status
FROM recommendations.recommendation_metrics
WHERE metric = 'ndcg' AND k = 10
ORDER BY task, value DESC NULLS LAST, model;
