-- Every visitor of an order is one of two or more that its reports name, and the order is there.
-- order_date: Day of the order.
-- alone: Orders with one visitor only.
-- strangers: Visitors of an order that is not there, or of another day.
SELECT order_date, count(*) FILTER (visitors = 1) AS alone, sum(strangers)::BIGINT AS strangers
FROM (SELECT v.order_id, v.order_date, count(*) AS visitors,
             count(*) FILTER (o.order_date IS DISTINCT FROM v.order_date) AS strangers
      FROM orders.order_visitors AS v LEFT JOIN orders.orders AS o USING (order_id) GROUP BY ALL)
GROUP BY order_date
HAVING alone > 0 OR sum(strangers) > 0
