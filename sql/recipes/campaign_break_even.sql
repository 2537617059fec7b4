-- How dear may one contact be before a campaign costs more than the revenue credited to it?
-- Compare break_even_contact_cost with what your printer or mailing house charges. Like roi_rate it is not incremental:
-- people with a coupon might have bought without it.
-- Also: campaigns' break-even; return on investment of mailings; which campaign paid off; cost per contact
-- Empty: Not enough data: no campaign is known.
-- campaign_name: Name that people use, or the id.
-- campaign_type: Type of campaign.
-- reached: People in the audience.
-- redemption_rate: Redeeming people of the audience / reached, 0..1.
-- revenue: Net sales of the credited orders less what was taken back, base currency.
-- discount_cost: Coupon discounts of these orders, base currency.
-- contact_cost_assumed: Cost of one contact that dmp.yaml assumes, base currency.
-- break_even_contact_cost: (revenue - discount_cost) / reached, base currency.
-- roi_rate: (revenue - cost) / cost.
-- status: ok, or why there is nothing to judge.
SELECT campaign_name, campaign_type, reached, redemption_rate, revenue, discount_cost,
       round(contact_cost / nullif(reached, 0), 2) AS contact_cost_assumed,
       round((revenue - discount_cost) / nullif(reached, 0), 2) AS break_even_contact_cost,
       roi_rate, status
FROM campaign_roi
ORDER BY break_even_contact_cost DESC NULLS LAST, campaign_id;
