-- How dear may one contact be before a campaign costs more than the revenue credited to it?
-- break_even_contact_cost is (revenue - discount_cost) / reached: compare it with what your printer or mailing
-- house charges. Like roi_rate it is not incremental: people with a coupon might have bought without it.
SELECT campaign_name, campaign_type, reached, redemption_rate, revenue, discount_cost,
       round(contact_cost / nullif(reached, 0), 2) AS contact_cost_assumed,
       round((revenue - discount_cost) / nullif(reached, 0), 2) AS break_even_contact_cost,
       roi_rate, status
FROM campaign_roi
ORDER BY break_even_contact_cost DESC NULLS LAST, campaign_id;
