-- Whom should we try to win back first, and with what?
-- Good buyers who have stopped coming, most valuable first, with the category they spend most on and the first item to show
-- them. The list knows nothing of consent: strike out who must not be contacted before you use it.
-- Also: win-back list; reactivate dormant, lapsed, inactive good customers; which customers are late; whom are we losing
-- Empty: Not enough data: nobody is in these groups.
-- $rfm_group: RFM group to win back; At Risk and Cannot Lose Them where it is not set.
-- person_id: The person.
-- user_id: The person's account.
-- email: E-mail address seen last with the person.
-- rfm_group: RFM group.
-- orders: Orders that count.
-- revenue: Net sales of these less what was taken back, base currency.
-- recency_days: Days since the last order.
-- last_order_date: Day of the last order.
-- top_category: Category with the largest decayed revenue.
-- next_item_id: First recommendation of what the person never bought.
-- next_item_category: Its category.
-- next_item_reason: Why it is offered.
SELECT person_id, user_id, email, rfm_group, orders, revenue, recency_days, last_order_date, top_category,
       next_item_id, next_item_category, next_item_reason
FROM customer_360
WHERE coalesce(rfm_group = getvariable('rfm_group'), rfm_group IN ('At Risk', 'Cannot Lose Them'))
ORDER BY revenue DESC, person_id
LIMIT 200;
