"""Dagster asset of what people, and others, state about people."""

import dagster as dg
import polars as pl

from dmp_assets.foundation.publishing.as_of import AsOf
from dmp_assets.foundation.publishing.publish import PublishEvents, publish_tables
from dmp_assets.foundation.publishing.table_assets import Assets, Site, table_asset
from dmp_assets.foundation.values.persons import named_visitor, of_accounts, of_persons
from dmp_assets.foundation.warehouse.read import StoredTable
from dmp_assets.foundation.warehouse.table_rows import TableRows
from dmp_assets.profiles.schema.statements import ConsentState, Demographics, Psychographics
from dmp_assets.profiles.statements.consent import build_consent
from dmp_assets.profiles.statements.demographics import build_demographics
from dmp_assets.profiles.statements.psychographics import build_psychographics
from dmp_assets.profiles.steps import DESCRIBE_PEOPLE


def assets(site: Site) -> Assets:
    """Return the asset of what people, and others, state about people."""
    time_zone = site.settings.time_zone

    @table_asset(DESCRIBE_PEOPLE, site)
    def describe_people(
        context: dg.AssetExecutionContext,
        config: AsOf,
        cleaned_events: StoredTable,
        places: pl.DataFrame,
        raw_customers: pl.DataFrame,
        raw_third_party_attributes: pl.DataFrame,
        raw_survey_answers: pl.DataFrame,
        raw_consents: pl.DataFrame,
        visitors: pl.DataFrame,
    ) -> PublishEvents:
        day = config.day(cleaned_events)
        bought = raw_third_party_attributes.with_columns(named_visitor("user_id", "email"))
        chosen = raw_consents.with_columns(named_visitor("user_id", "anonymous_id", "email"))
        demographics = build_demographics(
            of_accounts(raw_customers, visitors).lazy(),
            of_persons(bought.lazy(), visitors, "observed_at"),
            places.lazy(),
            day,
            time_zone=time_zone,
        )
        answers = of_accounts(raw_survey_answers, visitors).lazy()
        consent = build_consent(of_persons(chosen.lazy(), visitors, "changed_at"), day, time_zone)
        tables = {
            Demographics: TableRows(demographics),
            Psychographics: TableRows(build_psychographics(answers, day, time_zone)),
            ConsentState: TableRows(consent),
        }
        yield from publish_tables(context, tables)

    return [describe_people]
