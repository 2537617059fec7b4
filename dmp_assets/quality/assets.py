"""Dagster assets of the quality report: column profiles by day, checks as of a day, page, asset checks."""

import os
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import dagster as dg
import polars as pl

from dmp_assets.foundation.publishing.as_of import AsOf
from dmp_assets.foundation.publishing.publish import Frames, PublishEvents, publish, publish_days, run_days
from dmp_assets.foundation.publishing.table_assets import Assets, Site, table_asset
from dmp_assets.foundation.settings.quality import QualityThresholds
from dmp_assets.foundation.warehouse.read import StoredTable
from dmp_assets.foundation.warehouse.tables import Table
from dmp_assets.foundation.warehouse.write import Days
from dmp_assets.quality.charts import drift_svg, late_svg, volume_svg
from dmp_assets.quality.column_profiles import EVENT_COLUMNS, RECORD_COLUMNS, REPORT_COLUMNS, build_column_profiles
from dmp_assets.quality.judgement import Window
from dmp_assets.quality.page import QUESTIONS, quality_page, verdict
from dmp_assets.quality.quality import QualityInputs, build_quality
from dmp_assets.quality.schema import DIMENSIONS, DISTRIBUTION_DRIFT, TIMELINESS, VOLUME, ColumnProfiles, Quality
from dmp_assets.quality.steps import COLUMN_PROFILES, QUALITY

MAX_SHOWN = 10
EVER = Days(date(1970, 1, 1), date(9999, 12, 31))


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
        yield from publish_days(context, COLUMN_PROFILES.makes, build, raw_events.inputs(run_days(context)))

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
        measured_date = _measured_date(config, event_ledger)
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
            built_days=sorted(event_ledger.inputs(counted)),
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
        charts = {
            VOLUME: volume_svg(inputs.ledger, window, weeks),
            TIMELINESS: late_svg(inputs.late(thresholds), window),
            DISTRIBUTION_DRIFT: drift_svg(table),
        }
        write_page(page_path, quality_page(table, measured_date, charts))
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
                **({"messages": dg.MetadataValue.json(bad["message"].head(MAX_SHOWN).to_list())} if bad.height else {}),
            },
        )


def write_page(path: Path, html: str) -> None:
    """Replace the page as a whole: a reader sees the old page or the new one, never a part."""
    path.parent.mkdir(parents=True, exist_ok=True)
    aside = path.with_name(f".{path.name}.{os.getpid()}.new")
    try:
        with aside.open("w", encoding="utf-8") as stream:
            stream.write(html)
            stream.flush()
            os.fsync(stream.fileno())
        aside.replace(path)
    finally:
        aside.unlink(missing_ok=True)


def _dimension_check(dimension: str) -> dg.AssetCheckSpec:
    title, question = QUESTIONS[dimension]
    return dg.AssetCheckSpec(
        dimension, asset=Table(Quality).asset_key, description=f"{title}: {question} By the thresholds in dmp.yaml."
    )


def _measured_date(config: AsOf, ledger: StoredTable) -> date:
    """Return the configured day, else the day before the newest built one, which may not be over.

    Days that were built count, not days with records: a source that stopped delivering must not hold back the day on
    which it is missed.
    """
    if config.as_of_date:
        return config.day(ledger)
    newest = max(ledger.inputs(EVER), default=date(1970, 1, 2))
    return newest - timedelta(days=1)
