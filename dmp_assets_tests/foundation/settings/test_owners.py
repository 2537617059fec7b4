"""Owners: an address or a team, of a domain that there is."""

import pytest

from dmp_assets.foundation.settings.owners import check_owners
from dmp_assets.foundation.settings.settings import load_settings
from dmp_assets.foundation.settings.strict_yaml import ConfigurationError


@pytest.mark.parametrize("owner", ["ana", "team:", "ana@shop", "a b@shop.example", "team:a b"])
def test_an_owner_that_dagster_would_refuse_stops_the_load_with_its_line(tmp_path, owner: str) -> None:
    file = tmp_path / "dmp.yaml"
    file.write_text(f'start_date: 2024-05-01\nsources: {{}}\nowners:\n  segments: "{owner}"\n', encoding="utf-8")
    with pytest.raises(ConfigurationError, match=r"dmp\.yaml:4: key 'owners\.segments'.*allowed: an e-mail address"):
        load_settings(file)


def test_a_domain_that_there_is_not_is_refused_with_those_that_there_are() -> None:
    check_owners({"default": "team:data", "orders": "team:shop"}, {"orders", "events"})
    with pytest.raises(ConfigurationError, match="'ordres' is no domain; allowed: default, events, orders"):
        check_owners({"ordres": "team:shop"}, {"orders", "events"})
