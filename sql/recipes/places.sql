-- Where do our customers live, and what is a place worth?
-- The place of the customer record, else the one that events of the person show last; names are as the sources write them.
-- Also: customers by country and city; revenue per region; which towns; geographic distribution
-- Empty: Not enough data: no place of anybody is known.
-- country: Country.
-- city: City.
-- people: Persons seen or bought there.
-- buyers: Of them, with an order that counts.
-- orders: Their orders.
-- revenue: Net sales of these less what was taken back since, base currency.
-- revenue_share_rate: Share of the revenue of all persons with a place, 0..1.
WITH seen AS (
    SELECT person_id, arg_max(value, (observed_at, value)) FILTER (field = 'country') AS country,
           arg_max(value, (observed_at, value)) FILTER (field = 'city') AS city
    FROM profiles.places GROUP BY person_id
)
SELECT coalesce(p.country, s.country) AS country, coalesce(p.city, s.city) AS city, count(*) AS people,
       count(v.person_id) AS buyers, coalesce(sum(v.orders), 0)::BIGINT AS orders,
       coalesce(sum(v.revenue), 0)::DECIMAL(38, 2) AS revenue,
       round((coalesce(sum(v.revenue), 0) / nullif(sum(sum(v.revenue)) OVER (), 0))::DOUBLE, 4) AS revenue_share_rate
FROM profiles.profiles AS p LEFT JOIN seen AS s USING (person_id) LEFT JOIN customer_value AS v USING (person_id)
WHERE coalesce(p.country, p.city, s.country, s.city) IS NOT NULL
GROUP BY ALL
ORDER BY revenue DESC, people DESC, country, city
LIMIT 100;
