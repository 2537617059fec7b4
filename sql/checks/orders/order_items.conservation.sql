-- Every item line is one of an order that counts, on the order's day and of its buyer, numbered from 1 without gaps.
-- order_date: Day of the lines.
-- strangers: Lines of no order, of one that does not count, or of another day, time or buyer.
-- wrong_sums: Lines whose net_sales are not gross_sales - discounts.
-- with_gaps: Orders whose lines are not numbered from 1 without gaps.
SELECT order_date, sum(strangers)::BIGINT AS strangers, sum(wrong_sums)::BIGINT AS wrong_sums,
       count(*) FILTER (first <> 1 OR last <> lines) AS with_gaps
FROM (SELECT i.order_id, i.order_date, count(*) AS lines, min(i.line) AS first, max(i.line) AS last,
             count(*) FILTER (o.counts IS DISTINCT FROM true OR o.order_date <> i.order_date
                           OR o.ordered_at <> i.ordered_at OR o.visitor_id IS DISTINCT FROM i.visitor_id) AS strangers,
             count(*) FILTER (i.net_sales <> i.gross_sales - i.discounts) AS wrong_sums
      FROM orders.order_items AS i LEFT JOIN orders.orders AS o USING (order_id) GROUP BY ALL)
GROUP BY order_date
HAVING strangers + wrong_sums + with_gaps > 0
