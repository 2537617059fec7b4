"""Exchange rates as the European Central Bank writes them: a line per day, a column per currency, per euro."""

from dmp_assets.ingest.presets.preset import Preset
from dmp_assets.ingest.rates.rate_files import RATES, with_rates

ECB = Preset(
    kind="rates",
    columns={name: f"{RATES}.{name}" for name in ("rate_date", "currency", "rate")},
    constants={"reference_currency": "EUR"},
    time_formats=("%d %B %Y",),
    reads_all=True,
    prepare=with_rates,
    explode=RATES,
)
