-- Who moved between RFM groups in the last month?
-- Moves from the end of the month before the last one to its end; the view rfm_migration has every month.
-- Also: RFM migration; which segments grow and shrink; customers who slip from Champions; up and down between groups
-- Empty: Not enough data: it takes the ends of two months.
-- from_date: End of the month before.
-- to_date: End of the last month.
-- from_group: RFM group before; 'No orders' for people whose first order came in the month.
-- to_group: RFM group after.
-- people: People who made this move.
-- share_rate: people / all people of from_group, 0..1.
SELECT from_date, to_date, from_group, to_group, people, round(share_rate, 4) AS share_rate
FROM rfm_migration
WHERE to_date = (SELECT max(to_date) FROM rfm_migration) AND from_group <> to_group
ORDER BY people DESC, from_group, to_group;
