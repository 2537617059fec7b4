-- What does each RFM group buy more of than everybody else?
-- index is the category's share of the group's revenue over its share of all revenue: 1.5 is half as much again.
-- The three strongest categories of each group; categories under 0.2 % of all revenue are left out as noise.
WITH spent AS (
    SELECT p.rfm_group, coalesce(r.item_category, i.item_category) AS item_category, sum(i.net_sales)::DOUBLE AS revenue
    FROM orders.order_items AS i JOIN order_values AS o USING (order_id) JOIN profiles.profiles AS p USING (person_id)
    LEFT JOIN ingest.raw_items AS r ON r.item_id = i.item_id
    WHERE coalesce(r.item_category, i.item_category) <> ''
    GROUP BY ALL
),
shares AS (
    SELECT rfm_group, item_category, revenue,
           revenue / sum(revenue) OVER (PARTITION BY rfm_group) AS group_share,
           sum(revenue) OVER (PARTITION BY item_category) / sum(revenue) OVER () AS overall_share
    FROM spent
)
SELECT rfm_group, item_category, round(revenue, 2) AS revenue, round(group_share, 4) AS group_share_rate,
       round(group_share / overall_share, 2) AS index
FROM shares
WHERE overall_share >= 0.002
QUALIFY row_number() OVER (PARTITION BY rfm_group ORDER BY group_share / overall_share DESC, item_category) <= 3
ORDER BY rfm_group, index DESC, item_category;
