"""All checks of the data's quality, as of a day."""

from dataclasses import dataclass
from datetime import date

import polars as pl

from dmp_assets.foundation.settings.quality import QualityThresholds
from dmp_assets.quality.completeness import check_completeness
from dmp_assets.quality.distribution_drift import check_distribution_drift
from dmp_assets.quality.judgement import Window
from dmp_assets.quality.ledger_checks import check_uniqueness, check_validity, check_volume
from dmp_assets.quality.schema import Quality
from dmp_assets.quality.schema_drift import check_schema_drift
from dmp_assets.quality.timeliness import check_timeliness, late_records


@dataclass(frozen=True)
class QualityInputs:
    """What the checks look at: counts by day, and the ledger of files."""

    ledger: pl.DataFrame
    """``EventLedger`` of the judged days and the ``volume_weeks`` before them."""
    built_days: set[date]
    """Days of that time whose ledger has been built: others that a file touches are still to be."""
    quarantined: pl.DataFrame
    """event_date, source, violation_code and rows of the judged days."""
    profiles: pl.DataFrame
    """``ColumnProfiles`` of the judged days and the ``reference_days`` before them."""
    landing_files: pl.DataFrame
    """``LandingFiles``."""
    landing_days: pl.DataFrame
    """``LandingDays`` of the judged days and the ``reference_days`` before them."""
    time_zone: str = "UTC"
    """Zone of the business's days."""

    @property
    def waiting_days(self) -> set[date]:
        """Days that a file touches and whose ledger is still to be built: their counts are not known."""
        return set(self.landing_days["event_date"]) - self.built_days

    def late(self, thresholds: QualityThresholds) -> pl.DataFrame:
        """Return ``late_records`` of these days."""
        return late_records(self.profiles, self.landing_files, self.landing_days, thresholds, self.time_zone)


def build_quality(inputs: QualityInputs, measured_date: date, thresholds: QualityThresholds) -> pl.DataFrame:
    """Return every check with its outcome (``Quality``), sorted by ``check_id``.

    Args:
        inputs: Counts of the days that the windows need; other days do not matter.
        measured_date: Last day that is judged.
        thresholds: Windows and thresholds.
    """
    window = Window(measured_date, thresholds.recent_days, thresholds.reference_days)
    checks = [
        check_completeness(inputs.profiles, window, thresholds),
        check_uniqueness(inputs.ledger, window, thresholds),
        check_validity(inputs.ledger, inputs.quarantined, window, thresholds),
        check_timeliness(inputs.late(thresholds), window, thresholds),
        check_volume(inputs.ledger, inputs.waiting_days, measured_date, thresholds),
        check_distribution_drift(inputs.profiles, window, thresholds),
    ]
    # Older ledgers do not have the columns of files, so their drift cannot be measured.
    if "columns" in inputs.landing_files.columns:
        files, recent = inputs.landing_files, thresholds.recent_days
        checks.append(check_schema_drift(files, recent, thresholds, inputs.time_zone))
    return (
        pl.concat(checks)
        .with_columns(measured_date=pl.lit(measured_date, pl.Date))
        .select(*Quality.to_schema().columns)
        .sort("check_id")
    )
