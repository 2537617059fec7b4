-- The profile tables in one script of plain SQL: what the platform's transforms are measured against.
-- Reads daily_activity, sessions, event_items, cleaned_events, orders, order_items, reversals, items, visitors;
-- $as_of, $half_life, $window_days.
CREATE TEMP TABLE activity AS
SELECT v.person_id, a.event_date, a.event_name, a.item_category, a.events, a.items, a.first_event_at, a.last_event_at
FROM daily_activity AS a JOIN visitors AS v
  ON v.visitor_id = a.visitor_id AND a.first_event_at >= coalesce(v.effective_at, '-infinity')
 AND a.first_event_at < coalesce(v.superseded_at, 'infinity')
WHERE a.event_date <= $as_of;

CREATE TEMP TABLE ordered AS
SELECT v.person_id, o.order_date AS event_date, o.ordered_at, o.order_id, o.items, o.net_sales, o.discounts
FROM orders AS o JOIN visitors AS v
  ON v.visitor_id = o.visitor_id AND o.ordered_at >= coalesce(v.effective_at, '-infinity')
 AND o.ordered_at < coalesce(v.superseded_at, 'infinity')
WHERE o.counts AND o.order_date <= $as_of;

CREATE TEMP TABLE taken_back AS
SELECT v.person_id, r.reversal_date AS event_date, r.sales_reversals
FROM reversals AS r JOIN visitors AS v
  ON v.visitor_id = r.visitor_id AND r.reversed_at >= coalesce(v.effective_at, '-infinity')
 AND r.reversed_at < coalesce(v.superseded_at, 'infinity')
WHERE r.reversal_date <= $as_of;

CREATE TABLE orders_of_persons AS
SELECT order_id, person_id, event_date AS order_date, ordered_at, row_number() OVER person AS order_number,
       row_number() OVER person = 1 AS is_first_order, event_date - lag(event_date) OVER person AS days_since_last_order,
       items, discounts, net_sales
FROM ordered WINDOW person AS (PARTITION BY person_id ORDER BY ordered_at, order_id);

CREATE TEMP TABLE visits AS
SELECT v.person_id, s.event_date, s.session_id, s.kind, s.is_server_side, s.started_at, s.events, s.page_views,
       s.channel_group, s.platform,
       s.mkt_source, s.mkt_medium, s.mkt_campaign
FROM sessions AS s JOIN visitors AS v
  ON v.visitor_id = s.visitor_id AND s.started_at >= coalesce(v.effective_at, '-infinity')
 AND s.started_at < coalesce(v.superseded_at, 'infinity')
WHERE s.event_date <= $as_of;

CREATE TEMP TABLE said AS
WITH event_weights AS (
  SELECT * FROM (VALUES ('page_view', 1), ('screen_view', 1), ('view_item', 1), ('select_item', 1),
    ('add_to_wishlist', 2), ('add_to_cart', 3), ('begin_checkout', 4)) AS weights (event_name, weight)
), lines AS (
  SELECT v.person_id, l.event_date, w.weight, coalesce(i.item_brand, l.item_brand) AS brand,
         coalesce(l.price::DOUBLE, l.item_revenue::DOUBLE / nullif(l.quantity, 0)) AS price
  FROM event_items AS l JOIN event_weights AS w USING (event_name) LEFT JOIN items AS i USING (item_id)
  JOIN visitors AS v
    ON v.visitor_id = l.visitor_id AND l.event_at >= coalesce(v.effective_at, '-infinity')
   AND l.event_at < coalesce(v.superseded_at, 'infinity')
  WHERE l.event_date <= $as_of
), bought AS (
  SELECT v.person_id, l.order_date AS event_date, l.net_sales, coalesce(i.item_category, l.item_category) AS item_category,
         coalesce(i.item_brand, l.item_brand) AS brand,
         coalesce(l.price::DOUBLE, l.net_sales::DOUBLE / nullif(l.quantity, 0)) AS price
  FROM order_items AS l LEFT JOIN items AS i USING (item_id) JOIN visitors AS v
    ON v.visitor_id = l.visitor_id AND l.ordered_at >= coalesce(v.effective_at, '-infinity')
   AND l.ordered_at < coalesce(v.superseded_at, 'infinity')
  WHERE l.order_date <= $as_of
), products AS (
  SELECT person_id, event_date, weight, brand, price FROM lines
  UNION ALL SELECT person_id, event_date, 5, brand, price FROM bought
), contents AS (
  SELECT v.person_id, e.event_date, w.weight, e.content_group
  FROM cleaned_events AS e JOIN event_weights AS w USING (event_name) JOIN visitors AS v
    ON v.visitor_id = e.visitor_id AND e.event_at >= coalesce(v.effective_at, '-infinity')
   AND e.event_at < coalesce(v.superseded_at, 'infinity')
  WHERE e.event_date <= $as_of AND e.content_group IS NOT NULL
), by_value AS (
  SELECT person_id, event_date, 'item_category' AS attribute, item_category AS value, weight * items AS weighted
  FROM activity JOIN event_weights USING (event_name)
  UNION ALL
  SELECT person_id, event_date, 'item_category', item_category, 5 FROM bought
  UNION ALL
  SELECT person_id, event_date, 'spend_category', item_category, (net_sales * 10000)::BIGINT FROM bought
  UNION ALL
  SELECT person_id, event_date, 'brand', brand, weight FROM products
  UNION ALL
  SELECT person_id, event_date, 'price_band',
         CASE WHEN price <= 0 THEN NULL WHEN price < 1 THEN 'under 1' WHEN price < 2 THEN '1 to 2'
              WHEN price < 5 THEN '2 to 5' WHEN price < 10 THEN '5 to 10' WHEN price < 20 THEN '10 to 20'
              WHEN price < 50 THEN '20 to 50' WHEN price < 100 THEN '50 to 100' WHEN price < 200 THEN '100 to 200'
              WHEN price < 500 THEN '200 to 500' WHEN price >= 500 THEN '500 and more' END, weight FROM products
  UNION ALL
  SELECT person_id, event_date, 'content_group', content_group, weight FROM contents
  UNION ALL
  SELECT person_id, event_date, 'channel_group', channel_group, events FROM visits
  UNION ALL
  SELECT person_id, event_date, 'platform', platform, events FROM visits
  UNION ALL
  SELECT person_id, event_date, 'day_part',
         ['night', 'morning', 'afternoon', 'evening'][hour(started_at) // 6 + 1], events FROM visits
)
SELECT person_id, attribute, value,
       CASE WHEN attribute IN ('item_category', 'brand', 'content_group')
            THEN (event_date - DATE '1970-01-01') // $window_days END AS time_window,
       sum(weighted)::BIGINT AS weighted, sum(weighted * 0.5 ** (($as_of - event_date) / $half_life)) AS amount
FROM by_value WHERE value <> '' AND weighted > 0
GROUP BY ALL;

CREATE TABLE affinities AS
WITH shares AS (
  SELECT person_id, attribute, value,
         0.5 ** (((($as_of - DATE '1970-01-01') // $window_days) - time_window) * $window_days / $half_life)
           * weighted / sum(weighted) OVER (PARTITION BY person_id, attribute, time_window) AS interest
  FROM said WHERE attribute IN ('item_category', 'brand', 'content_group')
), interests AS (
  SELECT person_id, attribute, value, sum(interest) AS interest FROM shares GROUP BY ALL
), divided AS (
  SELECT person_id, attribute, value,
         round(interest / sum(interest) OVER (PARTITION BY person_id, attribute), 9) AS affinity
  FROM interests
)
SELECT *, row_number() OVER (PARTITION BY person_id, attribute ORDER BY affinity DESC, value) AS rank FROM divided
QUALIFY rank <= 20;

CREATE TEMP TABLE favourites AS
WITH amounts AS (
  SELECT person_id, attribute, value, sum(amount) AS amount FROM said
  WHERE attribute NOT IN ('item_category', 'content_group') GROUP BY ALL
), shares AS (
  SELECT person_id, attribute, value, round(amount / sum(amount) OVER (PARTITION BY person_id, attribute), 9) AS share
  FROM amounts
)
SELECT *, row_number() OVER (PARTITION BY person_id, attribute ORDER BY share DESC, value) AS place FROM shares
WHERE share > 0 QUALIFY place <= 5;

CREATE TABLE preferences AS
WITH favourite AS (
  SELECT person_id,
         max(value) FILTER (attribute = 'brand') AS favourite_brand,
         max(share) FILTER (attribute = 'brand') AS favourite_brand_share,
         max(value) FILTER (attribute = 'price_band') AS favourite_price_band,
         max(share) FILTER (attribute = 'price_band') AS favourite_price_band_share,
         max(value) FILTER (attribute = 'channel_group') AS favourite_channel_group,
         max(share) FILTER (attribute = 'channel_group') AS favourite_channel_group_share,
         max(value) FILTER (attribute = 'day_part') AS favourite_day_part,
         max(share) FILTER (attribute = 'day_part') AS favourite_day_part_share,
         max(value) FILTER (attribute = 'platform') AS favourite_platform,
         max(share) FILTER (attribute = 'platform') AS favourite_platform_share
  FROM favourites WHERE attribute <> 'spend_category' AND place = 1 GROUP BY person_id
)
SELECT *, round((0.3 * coalesce(favourite_brand_share, 0) + 0.2 * coalesce(favourite_price_band_share, 0)
         + 0.2 * coalesce(favourite_channel_group_share, 0) + 0.15 * coalesce(favourite_day_part_share, 0)
         + 0.15 * coalesce(favourite_platform_share, 0))
       / (0.3 * (favourite_brand IS NOT NULL)::INT + 0.2 * (favourite_price_band IS NOT NULL)::INT
         + 0.2 * (favourite_channel_group IS NOT NULL)::INT + 0.15 * (favourite_day_part IS NOT NULL)::INT
         + 0.15 * (favourite_platform IS NOT NULL)::INT), 9) AS preference_strength
FROM favourite;

CREATE TEMP TABLE person_days AS
WITH did AS (
  SELECT person_id, event_date, sum(events) AS events, min(first_event_at) AS first_seen_at,
         max(last_event_at) AS last_seen_at, 1 AS active_days,
         coalesce(sum(events) FILTER (event_name IN ('review', 'comment', 'like', 'share', 'follow', 'reply', 'sign_up',
           'survey_answer')), 0) AS social_events
  FROM activity GROUP BY ALL
), bought AS (
  SELECT person_id, event_date, count(*) AS orders, sum(items) AS items, sum(net_sales) AS net_sales,
         sum(discounts) AS discount
  FROM ordered GROUP BY ALL
), returned AS (
  SELECT person_id, event_date, count(*) AS refunds, sum(sales_reversals) AS sales_reversals FROM taken_back GROUP BY ALL
)
SELECT person_id, event_date, coalesce(events, 0) AS events, first_seen_at, last_seen_at,
       coalesce(active_days, 0) AS active_days, coalesce(social_events, 0) AS social_events,
       orders IS NOT NULL AS is_order_day, coalesce(orders, 0) AS orders, coalesce(items, 0) AS items,
       coalesce(net_sales, 0) - coalesce(sales_reversals, 0) AS revenue, coalesce(discount, 0) AS discount,
       coalesce(refunds, 0) AS refunds
FROM did FULL JOIN bought USING (person_id, event_date) FULL JOIN returned USING (person_id, event_date);

CREATE TEMP TABLE facts AS
WITH gaps AS (
  SELECT person_id, event_date, event_date - lag(event_date) OVER (PARTITION BY person_id ORDER BY event_date) AS gap
  FROM person_days WHERE is_order_day
), typical AS (
  SELECT person_id, count(*) AS order_days, min(event_date) AS first_order_date, max(event_date) AS last_order_date,
         avg(gap) AS average_gap_days, median(gap) AS median_gap_days, arg_max(gap, event_date) AS last_gap_days
  FROM gaps GROUP BY person_id
), counted AS (
  SELECT person_id, min(first_seen_at) AS first_seen_at, max(last_seen_at) AS last_seen_at, sum(active_days)::BIGINT AS active_days,
         sum(events) AS events, sum(orders) AS orders, sum(items) AS items, sum(revenue) AS revenue,
         sum(discount) AS discount, sum(refunds) AS refunds, count(*) FILTER (is_order_day AND discount > 0) AS discounted_days
  FROM person_days GROUP BY person_id
)
SELECT * FROM counted LEFT JOIN typical USING (person_id);

CREATE TEMP TABLE rfm_groups AS
SELECT recency + 1 AS recency, value + 1 AS value, [
  ['Lost', 'Hibernating', 'At Risk', 'At Risk', 'Cannot Lose Them'],
  ['Hibernating', 'Hibernating', 'At Risk', 'At Risk', 'Cannot Lose Them'],
  ['About to Sleep', 'About to Sleep', 'Need Attention', 'Loyal Customers', 'Loyal Customers'],
  ['Promising', 'Potential Loyalists', 'Potential Loyalists', 'Loyal Customers', 'Loyal Customers'],
  ['New Customers', 'Potential Loyalists', 'Potential Loyalists', 'Champions', 'Champions']][recency + 1][value + 1] AS rfm_group
FROM range(5) AS r (recency), range(5) AS v (value);

CREATE TABLE profile_history AS
WITH monthly AS (
  SELECT person_id, last_day(event_date) AS month_end, sum(orders) AS orders, sum(revenue) AS revenue,
         max(event_date) FILTER (is_order_day) AS last_order_date
  FROM person_days WHERE is_order_day OR refunds > 0 GROUP BY ALL
), ends AS (
  SELECT DISTINCT last_day(day::DATE) AS as_of_date
  FROM generate_series((SELECT min(month_end) FROM monthly), $as_of, INTERVAL 1 DAY) AS days (day)
  WHERE last_day(day::DATE) <= $as_of
), people AS (
  SELECT e.as_of_date, m.person_id, sum(m.orders) AS orders, sum(m.revenue) AS revenue,
         e.as_of_date - max(m.last_order_date) AS recency_days
  FROM monthly AS m JOIN ends AS e ON m.month_end <= e.as_of_date GROUP BY e.as_of_date, m.person_id HAVING sum(m.orders) > 0
), ranked AS (
  SELECT *, count(*) OVER month AS buyers,
         rank() OVER (PARTITION BY as_of_date ORDER BY recency_days DESC) - 1 AS worse_recency,
         count(*) OVER (PARTITION BY as_of_date, recency_days) AS equal_recency,
         rank() OVER (PARTITION BY as_of_date ORDER BY orders) - 1 AS worse_frequency,
         count(*) OVER (PARTITION BY as_of_date, orders) AS equal_frequency,
         rank() OVER (PARTITION BY as_of_date ORDER BY revenue) - 1 AS worse_monetary,
         count(*) OVER (PARTITION BY as_of_date, revenue) AS equal_monetary
  FROM people WINDOW month AS (PARTITION BY as_of_date)
), scored AS (
  SELECT *, 1 + (5 * (2 * worse_recency + equal_recency)) // (2 * buyers) AS recency_score,
         1 + (5 * (2 * worse_frequency + equal_frequency)) // (2 * buyers) AS frequency_score,
         1 + (5 * (2 * worse_monetary + equal_monetary)) // (2 * buyers) AS monetary_score
  FROM ranked
)
SELECT s.as_of_date, s.person_id, s.orders::BIGINT AS orders, s.revenue::DECIMAL(18, 4) AS revenue, s.recency_days,
       concat(recency_score, frequency_score, monetary_score) AS rfm_score, g.rfm_group
FROM scored AS s JOIN rfm_groups AS g ON g.recency = recency_score AND g.value = (frequency_score + monetary_score + 1) // 2;

CREATE TABLE profiles AS
WITH people AS (
  SELECT *, $as_of - last_order_date AS recency_days FROM facts
), ranked AS (
  SELECT *, orders > 0 AS is_buyer, count(*) FILTER (orders > 0) OVER () AS buyers,
         rank() OVER (PARTITION BY orders > 0 ORDER BY recency_days DESC) - 1 AS worse_recency,
         count(*) OVER (PARTITION BY orders > 0, recency_days) AS equal_recency,
         rank() OVER (PARTITION BY orders > 0 ORDER BY orders) - 1 AS worse_frequency,
         count(*) OVER (PARTITION BY orders > 0, orders) AS equal_frequency,
         rank() OVER (PARTITION BY orders > 0 ORDER BY revenue) - 1 AS worse_monetary,
         count(*) OVER (PARTITION BY orders > 0, revenue) AS equal_monetary
  FROM people
), scored AS (
  SELECT *, CASE WHEN is_buyer THEN 1 + (5 * (2 * worse_recency + equal_recency)) // (2 * buyers) END AS rfm_recency_score,
         CASE WHEN is_buyer THEN 1 + (5 * (2 * worse_frequency + equal_frequency)) // (2 * buyers) END AS rfm_frequency_score,
         CASE WHEN is_buyer THEN 1 + (5 * (2 * worse_monetary + equal_monetary)) // (2 * buyers) END AS rfm_monetary_score
  FROM ranked
), interests AS (
  SELECT person_id, list(value ORDER BY place) AS top_categories, arg_min(value, place) AS top_category,
         arg_min(share, place) AS top_category_share
  FROM favourites WHERE attribute = 'spend_category' GROUP BY person_id
)
SELECT s.person_id, $as_of AS as_of_date, s.first_seen_at, s.last_seen_at, s.active_days, s.events::BIGINT AS events,
       s.first_order_date, s.last_order_date, s.recency_days, s.orders::BIGINT AS orders,
       s.revenue::DECIMAL(18, 4) AS revenue,
       CASE WHEN s.is_buyer THEN (floor(s.revenue * 10000 / s.orders + 0.5) / 10000)::DECIMAL(18, 4) END AS average_order_value,
       s.items::BIGINT AS items, s.discount::DECIMAL(18, 4) AS discount,
       CASE WHEN s.revenue + s.discount > 0
            THEN greatest(0.0, least(1.0, s.discount::DOUBLE / (s.revenue + s.discount)::DOUBLE)) END AS discount_rate,
       i.top_categories, i.top_category, i.top_category_share, s.rfm_recency_score, s.rfm_frequency_score,
       s.rfm_monetary_score,
       CASE WHEN s.is_buyer THEN concat(rfm_recency_score, rfm_frequency_score, rfm_monetary_score) END AS rfm_score,
       CASE WHEN s.is_buyer THEN g.rfm_group ELSE 'No orders' END AS rfm_group
FROM scored AS s LEFT JOIN interests AS i USING (person_id) LEFT JOIN rfm_groups AS g
  ON g.recency = s.rfm_recency_score AND g.value = (s.rfm_frequency_score + s.rfm_monetary_score + 1) // 2;

CREATE TABLE lifecycle AS
WITH typical AS (
  SELECT *, CASE WHEN order_days >= 3 THEN median_gap_days ELSE (SELECT median(median_gap_days) FROM facts) END AS gap,
         $as_of - last_order_date AS days_since_order
  FROM facts
)
SELECT person_id,
       CASE WHEN order_days IS NULL THEN 'prospect' WHEN gap IS NULL THEN 'not_enough_data'
            WHEN days_since_order > 6 * gap THEN 'lapsed' WHEN days_since_order > 3 * gap THEN 'at_risk'
            WHEN order_days = 1 THEN 'new' WHEN last_gap_days > 6 * gap THEN 'reactivated' ELSE 'active' END AS lifecycle_stage,
       first_order_date, last_order_date, $as_of - first_order_date AS customer_age_days, days_since_order,
       orders::BIGINT AS orders, coalesce(order_days, 0) AS order_days, average_gap_days, median_gap_days,
       CASE WHEN order_days > 0 THEN gap END AS typical_gap_days,
       CASE WHEN order_days >= 3 THEN 'own' WHEN order_days > 0 AND gap IS NOT NULL THEN 'population' END AS gap_source,
       CASE WHEN order_days >= 3 THEN last_order_date + floor(median_gap_days + 0.5)::INT END AS next_expected_order_date,
       CASE WHEN orders > 0 THEN least(1.0, refunds / orders) END AS refund_rate,
       CASE WHEN orders > 0 THEN items / orders END AS basket_size, discounted_days / order_days AS discount_affinity
FROM typical;

CREATE TABLE engagement AS
WITH visited AS (
  SELECT person_id, $as_of - max(event_date) AS days_since_visit,
         count(*) FILTER (event_date > $as_of - 30) AS visits,
         sum(page_views) FILTER (event_date > $as_of - 30) AS page_views,
         sum(events) FILTER (event_date > $as_of - 30) AS events
  FROM visits GROUP BY person_id
), social AS (
  SELECT person_id, coalesce(sum(social_events) FILTER (event_date > $as_of - 30), 0) AS social_events
  FROM person_days WHERE social_events > 0 GROUP BY person_id
), counted AS (
  SELECT person_id, coalesce(visits, 0) AS visits, days_since_visit, page_views / nullif(visits, 0) AS page_views_per_visit,
         events / nullif(visits, 0) AS events_per_visit, coalesce(social_events, 0)::BIGINT AS social_events
  FROM visited FULL JOIN social USING (person_id)
), scored AS (
  SELECT *, 1 - 0.5 ** (visits / 4) AS frequency_score,
         coalesce(0.5 ** (days_since_visit / $half_life), 0) AS recency_score,
         coalesce((1 - 0.5 ** (page_views_per_visit / 3) + 1 - 0.5 ** (events_per_visit / 10)) / 2, 0) AS depth_score,
         1 - 0.5 ** (social_events / 2) AS social_score
  FROM counted
)
SELECT *, round(0.3 * frequency_score + 0.3 * recency_score + 0.2 * depth_score + 0.2 * social_score, 9) AS engagement_score
FROM scored;

CREATE TABLE touches AS
WITH touch AS (
  SELECT person_id, min(struct_pack(started_at, session_id, channel_group, mkt_source, mkt_medium, mkt_campaign)) AS first,
         max(struct_pack(started_at, session_id, channel_group, mkt_source, mkt_medium, mkt_campaign)) AS last
  FROM visits WHERE channel_group IS NOT NULL AND kind = 'session' AND NOT is_server_side GROUP BY person_id
)
SELECT person_id, first.started_at AS first_touch_at, first.channel_group AS first_touch_channel_group,
       first.mkt_source AS first_touch_source, first.mkt_medium AS first_touch_medium,
       first.mkt_campaign AS first_touch_campaign, last.started_at AS last_touch_at,
       last.channel_group AS last_touch_channel_group, last.mkt_source AS last_touch_source,
       last.mkt_medium AS last_touch_medium, last.mkt_campaign AS last_touch_campaign
FROM touch;

CREATE TABLE places AS
WITH seen AS (
  SELECT v.person_id, e.source, e.country, e.city, max(e.event_at) AS observed_at
  FROM cleaned_events AS e JOIN visitors AS v
    ON v.visitor_id = e.visitor_id AND e.event_at >= coalesce(v.effective_at, '-infinity')
   AND e.event_at < coalesce(v.superseded_at, 'infinity')
  WHERE e.event_date <= $as_of AND (e.country IS NOT NULL OR e.city IS NOT NULL)
  GROUP BY ALL
)
SELECT person_id, field, value, source, max(observed_at) AS observed_at
FROM (SELECT person_id, 'country' AS field, country AS value, source, observed_at FROM seen
      UNION ALL SELECT person_id, 'city', city, source, observed_at FROM seen)
WHERE value IS NOT NULL
GROUP BY ALL;
