-- What are the top categories of Champions, or of another RFM group?
-- Categories that blocked_categories of dmp.yaml keeps out of the recommendations, such as coupons, are left out.
-- Also: favourite categories of our best customers, what they spend on; what do Champions like; departments by segment
-- Empty: Not enough data: nobody of this group has bought an item with a category; segment_sizes has the groups.
-- $rfm_group: RFM group, as segment_sizes names it; Champions where it is not set.
-- rfm_group: The group.
-- item_category: Category.
-- buyers: Persons of the group who bought in it.
-- revenue: Net sales of its lines, before what was taken back, base currency.
-- revenue_share_rate: Share of the group's revenue, 0..1.
-- index: That share / the category's share of everybody's revenue: 1.5 is half as much again.
WITH blocked AS (
    SELECT DISTINCT item_category FROM recommendations.recommendation_candidates
    WHERE excluded_by = 'blocked_category' AND item_category IS NOT NULL
),
sold AS (
    SELECT p.rfm_group, c.item_category, count(DISTINCT o.person_id) AS buyers, sum(i.net_sales) AS revenue
    FROM orders.order_items AS i JOIN profiles.orders_of_persons AS o USING (order_id) JOIN profiles.profiles AS p USING (person_id)
    JOIN item_catalogue AS c USING (item_id)
    WHERE c.item_category <> '' AND c.item_category NOT IN (FROM blocked) GROUP BY ALL
),
shares AS (
    SELECT *, (revenue / nullif(sum(revenue) OVER (PARTITION BY rfm_group), 0))::DOUBLE AS share,
           (sum(revenue) OVER (PARTITION BY item_category) / nullif(sum(revenue) OVER (), 0))::DOUBLE AS overall
    FROM sold
)
SELECT rfm_group, item_category, buyers, revenue::DECIMAL(38, 2) AS revenue, round(share, 4) AS revenue_share_rate,
       round(share / nullif(overall, 0), 2) AS index
FROM shares
WHERE rfm_group = coalesce(getvariable('rfm_group'), 'Champions')
ORDER BY revenue DESC, item_category
LIMIT 20;
