"""Dagster assets of the quality report: column profiles by day, checks as of a day, asset checks."""

from collections.abc import Iterator
from datetime import date, timedelta

import dagster as dg
import polars as pl

from dmp_assets.foundation.publishing.as_of import AsOf
from dmp_assets.foundation.publishing.publish import Frames, PublishEvents, publish, publish_days, run_days
from dmp_assets.foundation.publishing.table_assets import Assets, Site, table_asset
from dmp_assets.foundation.settings.quality import QualityThresholds
from dmp_assets.foundation.settings.settings import Settings
from dmp_assets.foundation.values.calendar import today
from dmp_assets.foundation.values.days import Days
from dmp_assets.foundation.warehouse.read import StoredTable
from dmp_assets.foundation.warehouse.tables import Table
from dmp_assets.quality.column_profiles import EVENT_COLUMNS, RECORD_COLUMNS, REPORT_COLUMNS, build_column_profiles
from dmp_assets.quality.judgement import Window, last_day_over
from dmp_assets.quality.pages.verdict import verdict
from dmp_assets.quality.quality import QualityInputs, build_quality
from dmp_assets.quality.schema import (
    COMPLETENESS,
    DIMENSIONS,
    DISTRIBUTION_DRIFT,
    SCHEMA_DRIFT,
    TIMELINESS,
    UNIQUENESS,
    VALIDITY,
    VOLUME,
    ColumnProfiles,
    Quality,
)
from dmp_assets.quality.steps import COLUMN_PROFILES, QUALITY

QUESTIONS = {
    COMPLETENESS: "Do the columns hold as many values as before?",
    UNIQUENESS: "Do sources deliver the same record twice? Copies are counted once.",
    VALIDITY: "How many records could not be used? They wait in quarantine.",
    TIMELINESS: "Do records arrive in time?",
    VOLUME: "Did as many records come as on the same weekday of the weeks before?",
    SCHEMA_DRIFT: "Did columns come, go, or change their type?",
    DISTRIBUTION_DRIFT: "Are the values spread as before? 0 is no difference; chance is allowed for.",
}
MAX_SHOWN = 10


def assets(site: Site) -> Assets:
    """Return the assets of this domain."""
    thresholds: QualityThresholds = site.settings.quality
    page_path = site.settings.data_dir / "reports" / "quality.html"

    @table_asset(COLUMN_PROFILES, site)
    def column_profiles(
        context: dg.AssetExecutionContext,
        cleaned_events: StoredTable,
        order_reports: StoredTable,
        raw_events: StoredTable,
    ) -> PublishEvents:
        def build(days: Days) -> Frames:
            events, reports = cleaned_events.lazy(days, EVENT_COLUMNS), order_reports.lazy(days, REPORT_COLUMNS)
            return {ColumnProfiles: build_column_profiles(events, reports, raw_events.lazy(days, RECORD_COLUMNS))}

        # Records cut the windows: an order of many lines is one event.
        yield from publish_days(context, COLUMN_PROFILES, build, raw_events.inputs(run_days(context)))

    @table_asset(QUALITY, site, checks=[*map(_dimension_check, DIMENSIONS)])
    def quality(
        context: dg.AssetExecutionContext,
        config: AsOf,
        column_profiles: StoredTable,
        event_ledger: StoredTable,
        quarantined_events: StoredTable,
        landing_files: pl.DataFrame,
        landing_days: StoredTable,
    ) -> Iterator[dg.AssetCheckResult | dg.MaterializeResult]:
        measured_date = config.day(event_ledger) if config.as_of_date else _last_day_over(event_ledger, site.settings)
        window = Window(measured_date, thresholds.recent_days, thresholds.reference_days)
        weeks = thresholds.volume_weeks
        counted = Days(
            min(window.first_date, measured_date - timedelta(days=thresholds.volume_days - 1)) - timedelta(weeks=weeks),
            measured_date,
        )
        profiled = Days(window.reference_first_date, measured_date)
        codes = quarantined_events.lazy(
            Days(window.first_date, measured_date), ("event_date", "source", "violation_code")
        )
        inputs = QualityInputs(
            ledger=event_ledger.lazy(counted).collect(),
            built_days=set(event_ledger.inputs(counted)),
            quarantined=codes.group_by("event_date", "source", "violation_code").agg(rows=pl.len()).collect(),
            profiles=column_profiles.lazy(profiled).collect(),
            landing_files=landing_files,
            landing_days=landing_days.lazy().filter(window.is_recent() | window.is_reference()).collect(),
            time_zone=site.settings.time_zone,
        )
        table = build_quality(inputs, measured_date, thresholds)
        status, sentence = verdict(table, measured_date)
        words = {"verdict": sentence, "status": status, "page": dg.MetadataValue.path(str(page_path))}
        yield from publish(context, Quality, table, words)
        yield from judge_dimensions(table)

    return [column_profiles, quality]


def judge_dimensions(quality: pl.DataFrame) -> Iterator[dg.AssetCheckResult]:
    """Yield one result per dimension: ERROR where a check is an error, WARN where the worst is a warning.

    Args:
        quality: ``Quality``.
    """
    for dimension in DIMENSIONS:
        rows = quality.filter(pl.col("dimension") == dimension)
        counts = dict(rows.group_by("status").len().sort("status").iter_rows())
        worst = "error" if counts.get("error") else "warn"
        bad = rows.filter(pl.col("status").is_in(["error", "warn"])).sort("status", "check_id")
        yield dg.AssetCheckResult(
            asset_key=Table(Quality).asset_key,
            check_name=dimension,
            passed=bad.is_empty(),
            severity=dg.AssetCheckSeverity.ERROR if worst == "error" else dg.AssetCheckSeverity.WARN,
            metadata={
                "checks": rows.height,
                **counts,
                **_of_bad(dimension, bad),
            },
        )


def _of_bad(dimension: str, bad: pl.DataFrame) -> dict[str, dg.MetadataValue]:
    """Return what the check says of its rows: their messages, or the query for those that name columns of files.

    Such a name may be a value: keys of JSON are made of data, and a file may have no header.
    """
    if bad.is_empty():
        return {}
    if dimension == SCHEMA_DRIFT:
        query = (
            f"SELECT message FROM {Table(Quality).qualified_name} WHERE dimension = '{dimension}' AND status <> 'ok'"  # noqa: S608 - is shown
        )
        sources = {
            f"changed columns of {source}": columns for source, columns in bad.group_by("source").len().iter_rows()
        }
        return {"query": dg.MetadataValue.text(query)} | {name: dg.MetadataValue.int(n) for name, n in sources.items()}
    return {"messages": dg.MetadataValue.json(bad["message"].head(MAX_SHOWN).to_list())}


def _dimension_check(dimension: str) -> dg.AssetCheckSpec:
    question = QUESTIONS[dimension]
    return dg.AssetCheckSpec(
        dimension, asset=Table(Quality).asset_key, description=f"{question} By the thresholds in dmp.yaml."
    )


def _last_day_over(ledger: StoredTable, settings: Settings) -> date:
    """Return the day that is judged where none is asked for; records and calendar say which (:func:`last_day_over`)."""
    days = ledger.lazy(columns=("event_date", "records", "quarantined")).collect()
    yesterday = today(settings.time_zone) - timedelta(days=1)
    return last_day_over(days, yesterday, settings.end_date, settings.quality.reference_days)
