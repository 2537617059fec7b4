"""What web addresses and user agents say of an event: page, campaign, channel, bot."""

from dmp_assets.ingest.web.context import add_web_context

__all__ = ["add_web_context"]
