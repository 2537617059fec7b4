"""Steps of orders: what is reported of them by day, and the orders made of all reports."""

from dmp_assets.events.schema import CleanedEvents, EventItems, OrderDetails, Sessions
from dmp_assets.foundation.warehouse.steps import Step
from dmp_assets.ingest.schema.events import RawEvents
from dmp_assets.ingest.schema.orders import RawOrderLines
from dmp_assets.orders.schema import (
    FoldedReports,
    OrderInputs,
    OrderItems,
    OrderReports,
    Orders,
    OrderVisitors,
    Reversals,
)

REPORT_ORDERS = Step(
    name="report_orders",
    makes=(OrderReports,),
    reads=(RawEvents, CleanedEvents, EventItems, OrderDetails, Sessions),
)
MAKE_ORDERS = Step(
    name="make_orders",
    makes=(Orders, OrderItems, Reversals, OrderVisitors, FoldedReports, OrderInputs),
    reads=(OrderReports, EventItems, RawOrderLines),
    settings=("order_match_days", "order_number_reused_after_days"),
    internal=(OrderVisitors, FoldedReports, OrderInputs),
    is_split=False,
)

STEPS = (REPORT_ORDERS, MAKE_ORDERS)
