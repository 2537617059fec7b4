"""The files that are written once, with the truth of their records."""

from dataclasses import dataclass
from datetime import date
from pathlib import Path

import polars as pl

from dmp_assets.simulation.bots import BOT_NAMES
from dmp_assets.simulation.campaigns import Campaigns
from dmp_assets.simulation.catalogue import Catalogue
from dmp_assets.simulation.files.faults import BROKEN, FATES, GOOD, MALFORMED, NONE, VIOLATIONS, ragged
from dmp_assets.simulation.files.json_pieces import chosen
from dmp_assets.simulation.files.reference_files import (
    audience_rows,
    campaign_rows,
    consent_rows,
    crm_rows,
    item_rows,
    survey_rows,
)
from dmp_assets.simulation.files.spend_files import (
    PAID,
    AdActivity,
    ecb_file,
    exchange_rates,
    facebook_report,
    google_report,
    spend_rows,
)
from dmp_assets.simulation.parameters import Faults
from dmp_assets.simulation.randomness import stream
from dmp_assets.simulation.world import World


@dataclass(frozen=True)
class References:
    """Truth of the files that are written once."""

    totals: pl.DataFrame
    tables: dict[str, pl.DataFrame]


def write_references(
    world: World, catalogue: Catalogue, campaigns: Campaigns, activity: AdActivity, out: Path, start: date
) -> References:
    """Write the files about people, items, campaigns, spend and rates; return their truth."""
    days = activity.clicks.shape[0]
    spend = {source: spend_rows(activity, source, world.seed, start) for source in PAID}
    rates = exchange_rates(world.seed, start, days)
    files = [("crm", name, rows) for name, rows in crm_rows(world, start, days)]
    files += [
        ("consents", "consents.csv", consent_rows(world, start, days)),
        ("survey", "answers.csv", survey_rows(world, start, days)),
        ("items", "catalogue.csv", item_rows(catalogue)),
        ("campaigns", "campaigns.csv", campaign_rows(campaigns, start, days)),
        ("campaign_audiences", "audiences.csv", audience_rows(campaigns)),
        ("ads_google", "ad_report.csv", google_report(spend["ads_google"])),
        ("ads_facebook", "insights.csv", facebook_report(spend["ads_facebook"])),
    ]
    totals = [_write(out, source, name, rows, world.seed) for source, name, rows in files]
    (out / "landing" / "rates").mkdir()
    (out / "landing" / "rates" / "eurofxref-hist.csv").write_text(ecb_file(rates), encoding="utf-8")
    whole = pl.Series([NONE], dtype=pl.UInt8).new_from_index(0, rates.height)
    totals.append(_truth(out, "rates", "eurofxref-hist.csv", whole))
    paid = pl.concat([rows.select(pl.lit(source).alias("source"), pl.all()) for source, rows in spend.items()])
    counts = pl.concat(totals).group_by("source", "fate", "violation", "bot", "late").agg(pl.col("records").sum())
    return References(counts, {"spend": paid, "rates": rates})


def _write(out: Path, source: str, name: str, rows: pl.DataFrame, seed: int) -> pl.DataFrame:
    """Write one file, ragged at the known rate where it is the CRM's; return its totals."""
    target = out / "landing" / source / name
    target.parent.mkdir(parents=True, exist_ok=True)
    if source != "crm":
        rows.write_csv(target)
        return _truth(out, source, name, pl.Series([NONE], dtype=pl.UInt8).new_from_index(0, rows.height))
    broken = stream(seed, f"faults {source}/{name}").random(rows.height) < Faults().malformed
    violation = pl.Series(broken.astype("uint8") * BROKEN)
    # No value of the CRM has a comma or a quote, so joining is all that CSV asks for.
    lines = rows.select(pl.concat_str(pl.all(), separator=","))[:, 0]
    ragged(lines, violation, ",").to_frame(",".join(rows.columns)).write_csv(target, quote_style="never")
    return _truth(out, source, name, violation)


def _truth(out: Path, source: str, name: str, violation: pl.Series) -> pl.DataFrame:
    """Write the truth of a file's records and return its totals."""
    truth = pl.DataFrame({"violation": violation}).select(
        path=pl.lit(f"{source}/{name}"),
        line_number=pl.int_range(2, pl.len() + 2, dtype=pl.Int64),
        fate=pl.when(pl.col("violation") == NONE).then(pl.lit(FATES[GOOD])).otherwise(pl.lit(FATES[MALFORMED])),
        violation=chosen((None, *VIOLATIONS), pl.col("violation")),
        days_late=pl.lit(0, dtype=pl.Int64),
        bot=pl.lit(BOT_NAMES[0]),
        person_id=pl.lit(None, dtype=pl.String),
        event_id=pl.lit(None, dtype=pl.String),
        event_name=pl.lit(None, dtype=pl.String),
        event_at=pl.lit(None, dtype=pl.Datetime("us")),
        session_id=pl.lit(None, dtype=pl.Int64),
        browser=pl.lit(None, dtype=pl.String),
        account=pl.lit(None, dtype=pl.String),
        lands=pl.lit(value=False),
        landing_campaign=pl.lit(None, dtype=pl.String),
    )
    records = out / "truth" / "records" / source / f"{Path(name).stem}.parquet"
    records.parent.mkdir(parents=True, exist_ok=True)
    truth.write_parquet(records, compression="zstd", compression_level=1)
    counted = truth.group_by("fate", "violation", "bot", late=pl.col("days_late") > 0)
    return counted.agg(records=pl.len().cast(pl.Int64)).select(pl.lit(source).alias("source"), pl.all())
