-- What does each RFM group buy more of than everybody else?
-- index is the category's share of the group's revenue over its share of all revenue: 1.5 is half as much again.
-- The three strongest categories of each group; categories under 0.2 % of all revenue are left out as noise.
WITH spent AS (
    SELECT p.rfm_group, a.item_category, sum(a.revenue)::DOUBLE AS revenue
    FROM activity_of_persons AS a JOIN profiles.profiles AS p USING (person_id)
    WHERE a.event_name = 'purchase' AND a.item_category <> ''
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
