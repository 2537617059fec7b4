-- How much time passes between two orders of a person?
-- People who have not bought again yet are in no gap: next_order_rate says how many there are of the others.
-- Also: days between purchases; how often do customers come back; repurchase interval; ordering frequency and rhythm
-- Empty: Not enough data: nobody has ordered twice.
-- from_order: all, or the place of the order that the gap begins with: 1 to 9, or 10 and more.
-- orders: Orders at this place.
-- gaps: Orders that another one followed.
-- next_order_rate: gaps / orders, 0..1.
-- p25_days: A quarter of the gaps are at most so many days.
-- median_days: Half of the gaps are at most so many days.
-- p75_days: Three quarters of the gaps are at most so many days.
-- mean_days: Mean days to the next order.
-- within_30d_rate: Share of gaps of at most 30 days, 0..1.
SELECT from_order, orders, gaps, next_order_rate, p25_days, median_days, p75_days, mean_days, within_30d_rate
FROM time_between_orders
WHERE gaps > 0
ORDER BY from_order <> 'all', length(from_order), from_order;
