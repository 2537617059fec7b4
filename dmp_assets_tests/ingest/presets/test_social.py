"""Words of social platforms become GA4's or the field's own."""

import json

import pytest

from dmp_assets.foundation.settings.settings import Source
from dmp_assets.ingest.records.mapping import MappingError
from dmp_assets_tests.ingest.support.landing import Landing

COLUMNS = {"event_at": "at", "event_name": "action", "user_id": "account"}
SOCIAL = Source(kind="events", preset="social", columns=COLUMNS)


def test_the_words_of_a_platform_are_translated(landing: Landing) -> None:
    words = ["Liked", "retweet", "SUBSCRIBED", "reply", "Poll Answered", None]
    lines = [json.dumps({"at": "2024-05-01", "action": word, "account": 7}) for word in words]
    _, staged = landing.read(landing.put("actions.ndjson", lines), SOCIAL)
    assert staged["event_name"].to_list() == ["like", "share", "follow", "comment", "poll_answered", None]
    assert staged["violation_code"].to_list() == [None] * 5 + ["Required-Missing"]
    assert staged["user_id"].to_list() == ["7"] * 6


def test_a_constant_and_another_preset_keep_their_words(landing: Landing) -> None:
    file = landing.put("actions.csv", ["at,action,account", "2024-05-01,Liked,7"])
    constant = SOCIAL.model_copy(
        update={"columns": {"event_at": "at", "user_id": "account"}, "constants": {"event_name": "mention"}}
    )
    assert landing.read(file, constant)[1]["event_name"].to_list() == ["mention"]
    plain = SOCIAL.model_copy(update={"preset": "columns"})
    assert landing.read(file, plain)[1]["event_name"].to_list() == ["Liked"]


def test_the_source_must_map_the_event(landing: Landing) -> None:
    lacking = Source(kind="events", preset="social", columns={"event_at": "at"})
    with pytest.raises(MappingError, match="'event_name' is required and not mapped"):
        landing.read(landing.put("actions.csv", ["at", "2024-05-01"]), lacking)
