-- The models hold nearly everything that people lately touched. What they leave out is never recommended.
-- warns
-- items_left_out: Items that somebody touched and no model holds.
-- touches_left_out_rate: Share of the lines of the last holdout_days that name one of them; at most 1 % is allowed.
SELECT DISTINCT items_left_out, touches_left_out_rate
FROM recommendations.model_choice WHERE is_chosen AND touches_left_out_rate > 0.01
