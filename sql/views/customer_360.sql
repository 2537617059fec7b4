-- One row per person: who they are, what they bought, which groups they are in and what to offer next.
-- person_id: The person.
-- user_id: The person's account; null for people without one.
-- email: E-mail address seen last with the person.
-- as_of_date: Day that the row describes.
-- rfm_group: Group by recency, frequency and money.
-- rfm_score: The three scores side by side, 5 best.
-- cluster_name: Cluster by k-means; null where there was not enough data.
-- first_order_date: Day of the first order.
-- last_order_date: Day of the last order.
-- recency_days: Days since the last order.
-- orders: Orders that count, those taken back later among them.
-- revenue: Net sales of the orders less what was taken back, base currency.
-- average_order_value: Revenue per order, base currency.
-- discount_rate: Share of the price before discounts that was saved, 0..1.
-- top_category: Category with the largest decayed revenue.
-- top_categories: Up to five categories, largest first.
-- age_range: Age band, from the CRM.
-- income_range: Income band, from the CRM.
-- household_size: Persons in the household, from the CRM.
-- campaigns_received: Campaigns whose audience the person was in.
-- coupons_redeemed: Coupon redemptions.
-- next_item_id: First recommendation of what the person never bought.
-- next_item_name: display_name of item_catalogue.
-- next_item_category: Its category, from item_catalogue.
-- next_item_reason: Why it is offered.
-- buy_again_item_id: First of what the person will buy next, items bought before among them.
-- buy_again_item_name: display_name of item_catalogue.
-- buy_again_item_category: Its category, from item_catalogue.
-- next_in_session_item_id: First of what the person will touch next in a sitting; null where no model knows.
-- next_in_session_item_name: display_name of item_catalogue.
-- next_in_session_item_category: Its category, from item_catalogue.
WITH clusters AS (
    SELECT m.person_id, s.segment_name AS cluster_name
    FROM segments.memberships AS m JOIN segments.segments AS s USING (segment_id) WHERE m.kind = 'cluster'
),
received AS (
    SELECT user_id, count(*) AS campaigns_received FROM ingest.raw_campaign_audiences GROUP BY user_id
),
redeemed AS (
    SELECT person_id, sum(events)::BIGINT AS coupons_redeemed
    FROM activity_of_persons WHERE event_name = 'coupon_redemption' GROUP BY person_id
),
next_item AS (
    SELECT r.person_id, r.item_id AS next_item_id, i.display_name AS next_item_name,
           i.item_category AS next_item_category, r.reason AS next_item_reason
    FROM recommendations.recommendations AS r LEFT JOIN item_catalogue AS i USING (item_id)
    WHERE r.rank = 1 AND r.task = 'discover'
),
buy_again AS (
    SELECT r.person_id, r.item_id AS buy_again_item_id, i.display_name AS buy_again_item_name,
           i.item_category AS buy_again_item_category
    FROM recommendations.recommendations AS r LEFT JOIN item_catalogue AS i USING (item_id)
    WHERE r.rank = 1 AND r.task = 'repeat'
),
next_in_session AS (
    SELECT r.person_id, r.item_id AS next_in_session_item_id, i.display_name AS next_in_session_item_name,
           i.item_category AS next_in_session_item_category
    FROM recommendations.recommendations AS r LEFT JOIN item_catalogue AS i USING (item_id)
    WHERE r.rank = 1 AND r.task = 'next'
)
SELECT p.person_id, persons.user_id, persons.email, p.as_of_date, p.rfm_group, p.rfm_score, clusters.cluster_name,
       p.first_order_date, p.last_order_date, p.recency_days, p.orders,
       p.revenue::DECIMAL(38, 2) AS revenue, p.average_order_value::DECIMAL(38, 2) AS average_order_value,
       round(p.discount_rate, 4) AS discount_rate, p.top_category, p.top_categories,
       p.age_range, p.income_range, p.household_size,
       coalesce(campaigns_received, 0) AS campaigns_received, coalesce(coupons_redeemed, 0) AS coupons_redeemed,
       next_item_id, next_item_name, next_item_category, next_item_reason, buy_again_item_id, buy_again_item_name,
       buy_again_item_category, next_in_session_item_id, next_in_session_item_name, next_in_session_item_category
FROM profiles.profiles AS p
LEFT JOIN identity.persons AS persons USING (person_id)
LEFT JOIN clusters USING (person_id) LEFT JOIN received ON received.user_id = persons.user_id
LEFT JOIN redeemed USING (person_id) LEFT JOIN next_item USING (person_id)
LEFT JOIN buy_again USING (person_id) LEFT JOIN next_in_session USING (person_id)
ORDER BY p.person_id
