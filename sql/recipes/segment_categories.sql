-- What does each RFM group buy more of than everybody else?
-- The three categories of each group with the highest index; categories under 0.2 % of all revenue are left out as noise.
-- Also: what makes segments different; typical categories per segment compared with all; over-represented departments
-- Empty: Not enough data: nobody has bought an item with a category.
-- rfm_group: RFM group of the buyer.
-- item_category: Category.
-- revenue: Net sales of its lines, before what was taken back, base currency.
-- group_share_rate: Share of the group's revenue, 0..1.
-- index: The category's share of the group's revenue over its share of all revenue: 1.5 is half as much again.
WITH spent AS (
    SELECT p.rfm_group, c.item_category, sum(i.net_sales)::DOUBLE AS revenue
    FROM orders.order_items AS i JOIN orders_of_persons AS o USING (order_id) JOIN profiles.profiles AS p USING (person_id)
    JOIN item_catalogue AS c USING (item_id)
    WHERE c.item_category <> ''
    GROUP BY ALL
),
shares AS (
    SELECT rfm_group, item_category, revenue,
           revenue / nullif(sum(revenue) OVER (PARTITION BY rfm_group), 0) AS group_share,
           sum(revenue) OVER (PARTITION BY item_category) / nullif(sum(revenue) OVER (), 0) AS overall_share
    FROM spent
)
SELECT rfm_group, item_category, round(revenue, 2) AS revenue, round(group_share, 4) AS group_share_rate,
       round(group_share / overall_share, 2) AS index
FROM shares
WHERE overall_share >= 0.002
QUALIFY row_number() OVER (PARTITION BY rfm_group ORDER BY group_share / overall_share DESC, item_category) <= 3
ORDER BY rfm_group, index DESC, item_category;
