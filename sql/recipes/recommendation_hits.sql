-- How many people bought what their recommendations named?
-- Of people with a purchase in the judged days: lists of ten were made from the days before these, so nobody had seen them.
-- What is shown, clicked and bought on the site is not known to the platform unless events say so.
-- Also: are recommendations clicked and bought; recommendations served; hit rate; do suggestions work
-- Empty: Not enough data: nothing was judged.
-- task: repeat: what people will buy next; discover: what they never bought.
-- model: Model, or one of the baselines popularity and personal.
-- is_served: Whether people get it.
-- hit_rate: Share of people who bought at least one of their ten, 0..1; null for too little data.
-- recall: Share of what people bought that their ten named, 0..1.
-- people: People judged.
-- holdout_first_date: First judged day.
-- holdout_last_date: Last judged day.
-- status: ok, or not_enough_data.
SELECT task, model, is_served, round(max(value) FILTER (metric = 'hit_rate'), 4) AS hit_rate,
       round(max(value) FILTER (metric = 'recall'), 4) AS recall, any_value(people) AS people,
       any_value(holdout_first_date) AS holdout_first_date, any_value(holdout_last_date) AS holdout_last_date, status
FROM recommendations.recommendation_metrics
WHERE k = 10 AND metric IN ('hit_rate', 'recall') AND (is_served OR model IN ('popularity', 'personal'))
GROUP BY ALL
ORDER BY task, is_served DESC, hit_rate DESC NULLS LAST, model;
