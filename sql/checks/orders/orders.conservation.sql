-- The sums of every order hold: net and total sales, and its lines in order_items. An order that does not count has nothing.
-- order_date: Day of the orders.
-- wrong_sums: Orders whose net_sales are not gross_sales - discounts, or total_sales not net_sales + shipping + taxes.
-- wrong_lines: Orders with lines lost or added, or whose lines do not add up to the order.
-- counted_in_vain: Orders that do not count, and have an amount, items or a quantity.
SELECT order_date,
       count(*) FILTER (net_sales <> gross_sales - discounts OR total_sales <> net_sales + shipping + taxes) AS wrong_sums,
       count(*) FILTER (items <> coalesce(i.lines, 0)
                     OR i.lines > 0 AND (i.gross <> gross_sales OR i.off <> discounts OR i.net <> net_sales)) AS wrong_lines,
       count(*) FILTER (NOT counts AND (gross_sales, discounts, net_sales, shipping, taxes, total_sales, coupon_discounts,
                                        items, quantity) <> (0, 0, 0, 0, 0, 0, 0, 0, 0)) AS counted_in_vain
FROM orders.orders LEFT JOIN (
    SELECT order_id, count(*) AS lines, sum(gross_sales) AS gross, sum(discounts) AS off, sum(net_sales) AS net
    FROM orders.order_items GROUP BY order_id) AS i USING (order_id)
GROUP BY order_date
HAVING wrong_sums + wrong_lines + counted_in_vain > 0
