-- Which groups of customers buy at a discount, and how much of the price do they save?
-- Discounts are those of lines and orders, coupons among them.
-- Also: discount share; bargain hunters; share of orders with a rebate; how much margin do we give away in markdowns
-- Empty: Not enough data: no order of a known person.
-- rfm_group: RFM group of the buyer.
-- buyers: Persons with an order that counts.
-- orders: Their orders.
-- discounted_orders_rate: Share of orders with a discount, 0..1.
-- discounts: Discounts, base currency.
-- discount_rate: discounts / gross sales: the share of the price that was saved, 0..1.
-- revenue: Net sales less what was taken back since, base currency.
SELECT coalesce(p.rfm_group, 'unknown') AS rfm_group, count(DISTINCT person_id) AS buyers, count(*) AS orders,
       round(avg((o.discounts > 0)::INT), 4) AS discounted_orders_rate, sum(o.discounts)::DECIMAL(38, 2) AS discounts,
       round((sum(o.discounts) / nullif(sum(o.gross_sales), 0))::DOUBLE, 4) AS discount_rate,
       sum(o.net_sales)::DECIMAL(38, 2) AS revenue
FROM orders_of_persons AS o LEFT JOIN profiles.profiles AS p USING (person_id)
WHERE o.counts AND person_id IS NOT NULL
GROUP BY ALL
ORDER BY discounted_orders_rate DESC, rfm_group;
