-- Whom should we try to win back first, and with what?
-- Good buyers who have stopped coming (RFM groups At Risk and Cannot Lose Them), most valuable first, with
-- the category they spend most on and the first item to show them. Change the groups or the limit as you like.
-- The list knows nothing of consent: strike out who must not be contacted before you use it.
SELECT user_id, email, rfm_group, orders, revenue, recency_days, last_order_date, top_category,
       next_item_id, next_item_category, next_item_reason
FROM customer_360
WHERE rfm_group IN ('At Risk', 'Cannot Lose Them')
ORDER BY revenue DESC, person_id
LIMIT 200;
