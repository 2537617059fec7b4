-- One row per campaign: reach, redemptions, credited revenue, costs and return, best first. Not incremental: see roi_rate.
-- campaign_id: Campaign.
-- campaign_name: Name that people use, or the id.
-- campaign_type: Type of campaign.
-- start_date: First day.
-- end_date: Last day, inclusive.
-- reached: People in the audience.
-- redeemed: People who redeemed a coupon of the campaign.
-- redemption_rate: Redeeming people of the audience / reached, 0..1.
-- orders: Orders on a day on which the person redeemed a coupon of the campaign.
-- revenue: Net sales of these orders less what was taken back, shared between campaigns on one order, base currency.
-- discount_cost: Coupon discounts of these orders, base currency.
-- contact_cost: reached x cost of one contact from dmp.yaml: an assumption.
-- cost: discount_cost + contact_cost.
-- roi_rate: (revenue - cost) / cost. No holdout, no margin, no halo: these people might have bought anyway.
-- status: ok, or why there is nothing to judge.
-- as_of_date: Day that it describes.
SELECT campaign_id, coalesce(campaign_name, 'Campaign ' || campaign_id) AS campaign_name, campaign_type,
       start_date, end_date, reached, redeemed, round(redemption_rate, 4) AS redemption_rate, orders,
       revenue::DECIMAL(38, 2) AS revenue, discount_cost::DECIMAL(38, 2) AS discount_cost,
       contact_cost::DECIMAL(38, 2) AS contact_cost, cost::DECIMAL(38, 2) AS cost, round(roi_rate, 4) AS roi_rate,
       status, as_of_date
FROM campaigns.campaign_roi
ORDER BY roi_rate DESC NULLS LAST, campaign_id
