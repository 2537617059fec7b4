-- Every order that counts and has a person, up to the profiles' day, has one row, numbered by its place among theirs.
-- missing: Orders without a row of their person and amount.
-- unfounded: Rows without such an order.
-- misnumbered: Rows whose number is not the order's place among the person's, 1 to n.
WITH day AS (SELECT max(as_of_date) AS as_of_date FROM profiles.profiles),
ordered AS (
    SELECT o.order_id, v.person_id, o.net_sales
    FROM day JOIN orders.orders AS o ON o.order_date <= day.as_of_date AND o.counts
    JOIN identity.visitors AS v
      ON v.visitor_id = o.visitor_id AND o.ordered_at >= coalesce(v.effective_at, '-infinity')
     AND o.ordered_at < coalesce(v.superseded_at, 'infinity')),
numbered AS (
    SELECT *, row_number() OVER (PARTITION BY person_id ORDER BY ordered_at, order_id) AS place
    FROM profiles.orders_of_persons)
SELECT count(*) FILTER (n.order_id IS NULL OR n.person_id <> o.person_id OR n.net_sales <> o.net_sales) AS missing,
       count(*) FILTER (o.order_id IS NULL) AS unfounded,
       count(*) FILTER (n.order_number <> n.place OR n.is_first_order <> (n.place = 1)) AS misnumbered
FROM ordered AS o FULL JOIN numbered AS n ON n.order_id = o.order_id
HAVING missing > 0 OR unfounded > 0 OR misnumbered > 0
