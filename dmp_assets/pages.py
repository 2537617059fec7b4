"""The pages of the report, in the order in which a reader finds them."""

from dmp_assets.campaigns.page import CAMPAIGNS_PAGE
from dmp_assets.events.page import ACQUISITION
from dmp_assets.foundation.pages.page import Page, file_of
from dmp_assets.orders.pages.overview import OVERVIEW
from dmp_assets.orders.pages.products import PRODUCTS
from dmp_assets.profiles.pages.customers import CUSTOMERS
from dmp_assets.quality.pages.data_quality import DATA_QUALITY
from dmp_assets.recommendations.page import RECOMMENDATIONS
from dmp_assets.report.how_to_read import HOW_TO_READ
from dmp_assets.segments.page import SEGMENTS

PAGES: tuple[Page, ...] = (
    OVERVIEW,
    CUSTOMERS,
    ACQUISITION,
    PRODUCTS,
    RECOMMENDATIONS,
    SEGMENTS,
    CAMPAIGNS_PAGE,
    DATA_QUALITY,
    HOW_TO_READ,
)

FIRST_PAGES = {page.build.__module__.split(".")[1]: file_of(page) for page in reversed(PAGES)}
"""Domain -> the file of the page that opens what the report says of it."""
