-- How many people may we contact, by purpose of their consent?
-- No record is no consent. Also those who may be contacted may have asked elsewhere not to be.
-- Also: consent coverage; opt-in rate; GDPR permission; who agreed to advertising
-- Empty: Not enough data: nobody has decided on any purpose, so nobody has consented.
-- purpose: What it is about.
-- granted: Persons whose newest choice is granted.
-- denied: Persons whose newest choice is denied.
-- no_record: Persons who have not decided.
-- granted_rate: granted / all persons, 0..1.
-- granted_buyers_rate: Share of persons with an order whose newest choice is granted, 0..1.
WITH purposes AS (SELECT DISTINCT purpose FROM profiles.consent)
SELECT purpose, count(*) FILTER (c.status = 'granted') AS granted, count(*) FILTER (c.status = 'denied') AS denied,
       count(*) FILTER (c.status IS NULL) AS no_record, round(granted / count(*), 4) AS granted_rate,
       round(count(*) FILTER (c.status = 'granted' AND p.orders > 0) / nullif(count(*) FILTER (p.orders > 0), 0), 4)
           AS granted_buyers_rate
FROM profiles.profiles AS p CROSS JOIN purposes LEFT JOIN profiles.consent AS c USING (person_id, purpose)
GROUP BY purpose
ORDER BY purpose;
