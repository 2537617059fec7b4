-- One row per month and move between RFM groups: how many people went from one group to another, or stayed.
-- from_date: End of the month before.
-- to_date: End of the month.
-- from_group: RFM group before; 'No orders' for people whose first order came in the month.
-- to_group: RFM group after.
-- people: People who made this move.
-- share_rate: people / all people of from_group, 0..1.
WITH months AS (
    SELECT DISTINCT as_of_date AS to_date, lag(as_of_date) OVER (ORDER BY as_of_date) AS from_date
    FROM (SELECT DISTINCT as_of_date FROM profiles.profile_history)
),
moves AS (
    SELECT m.from_date, m.to_date, coalesce(before.rfm_group, 'No orders') AS from_group,
           after.rfm_group AS to_group, count(*) AS people
    FROM months AS m JOIN profiles.profile_history AS after ON after.as_of_date = m.to_date
    LEFT JOIN profiles.profile_history AS before
        ON before.as_of_date = m.from_date AND before.person_id = after.person_id
    WHERE m.from_date IS NOT NULL
    GROUP BY ALL
)
SELECT from_date, to_date, from_group, to_group, people,
       round(people / sum(people) OVER (PARTITION BY to_date, from_group), 6) AS share_rate
FROM moves
ORDER BY to_date, from_group, to_group
