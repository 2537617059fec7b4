-- No more is taken back of an order's sales than it sold; the order of a reversal is there; and the sums of it hold.
-- order_date: Day of the orders; null where it is not known.
-- orders: Known orders of which more is taken back than they sold.
-- strangers: Reversals of an order that is not there, or of another day.
-- wrong_sums: Reversals whose total is not sales_reversals + shipping + taxes.
SELECT order_date, count(*) FILTER (reversed > net_sales) AS orders, sum(strangers)::BIGINT AS strangers,
       sum(wrong_sums)::BIGINT AS wrong_sums
FROM (SELECT r.order_id, r.order_date, any_value(o.net_sales) AS net_sales, sum(r.sales_reversals) AS reversed,
             count(*) FILTER (r.order_id IS NOT NULL AND o.order_date IS DISTINCT FROM r.order_date) AS strangers,
             count(*) FILTER (r.total_reversals <> r.sales_reversals + r.shipping + r.taxes) AS wrong_sums
      FROM orders.reversals AS r LEFT JOIN orders.orders AS o USING (order_id) GROUP BY r.order_id, r.order_date)
GROUP BY order_date
HAVING orders + sum(strangers) + sum(wrong_sums) > 0
