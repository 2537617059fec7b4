"""The Complete Journey: one year of a grocer's orders, coupons and campaigns."""

from dmp_assets.ingest.presets.preset import Preset

COMPLETEJOURNEY = {
    "completejourney_transactions": Preset(
        kind="orders",
        columns={
            "event_at": "transaction_timestamp",
            "transaction_id": "basket_id",
            "user_id": "household_id",
            "store_id": "store_id",
            "item_id": "product_id",
            "quantity": "quantity",
            "item_revenue": "sales_value",
            "retail_discount": "retail_disc",
            "coupon_discount": "coupon_disc",
            "coupon_match_discount": "coupon_match_disc",
        },
    ),
    "completejourney_coupon_redemptions": Preset(
        kind="events",
        columns={
            "event_at": "redemption_date",
            "user_id": "household_id",
            "coupon": "coupon_upc",
            "campaign_id": "campaign_id",
        },
        constants={"event_name": "coupon_redemption"},
    ),
    "completejourney_demographics": Preset(
        kind="customers",
        columns={
            "user_id": "household_id",
            "age_range": "age",
            "income_range": "income",
            "home_ownership": "home_ownership",
            "marital_status": "marital_status",
            "household_size": "household_size",
            "household_composition": "household_comp",
            "children": "kids_count",
        },
    ),
    "completejourney_products": Preset(
        kind="items",
        columns={
            "item_id": "product_id",
            "item_brand": "brand",
            "item_department": "department",
            "item_category": "product_category",
            "item_category2": "product_type",
            "manufacturer_id": "manufacturer_id",
            "package_size": "package_size",
        },
    ),
    "completejourney_campaigns": Preset(
        kind="campaigns",
        columns={
            "campaign_id": "campaign_id",
            "campaign_type": "campaign_type",
            "start_date": "start_date",
            "end_date": "end_date",
        },
    ),
    "completejourney_audiences": Preset(
        kind="campaign_audiences",
        columns={"campaign_id": "campaign_id", "user_id": "household_id"},
    ),
}
