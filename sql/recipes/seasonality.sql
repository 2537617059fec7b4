-- Which months of the year are strong, and which are weak?
-- Revenue per day of each calendar month over all years, beside an average day. With less than two years of data, growth and
-- season cannot be told apart: years says how many are behind a row.
-- Also: seasonality; seasonal pattern of sales; best time of the year; Christmas business, summer slump
-- Empty: Not enough data: no day with data.
-- month_of_year: 1 January to 12 December.
-- years: Years with a day of this month.
-- days: Days with data.
-- orders_per_day: Orders on an average day.
-- revenue_per_day: Revenue on an average day, base currency.
-- index: revenue_per_day / that of an average day of all data; 1.2 is a fifth above.
SELECT month(event_date) AS month_of_year, count(DISTINCT year(event_date)) AS years, count(*) AS days,
       round(sum(orders) / count(*), 1) AS orders_per_day, round(sum(revenue) / count(*), 2) AS revenue_per_day,
       round((sum(revenue) / count(*) / nullif(sum(sum(revenue)) OVER () / sum(count(*)) OVER (), 0))::DOUBLE, 2) AS index
FROM daily_kpis
WHERE has_data
GROUP BY month_of_year
ORDER BY month_of_year;
