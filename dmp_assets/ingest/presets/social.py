"""Exports of social platforms: what people did with a post or an account."""

from dmp_assets.ingest.presets.preset import Preset

SOCIAL = Preset(kind="events", event_names="social")
"""The source maps its own columns; its words for an event (liked, retweet, subscribed) become like, share, follow."""
