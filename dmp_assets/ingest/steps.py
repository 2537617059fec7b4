"""Steps of ingest: the ledger of landing files, the records of each day, and the reference tables."""

from dmp_assets.foundation.warehouse.steps import Step
from dmp_assets.foundation.warehouse.tables import Table
from dmp_assets.ingest.kinds import REFERENCE_TABLES
from dmp_assets.ingest.schema.events import RawEvents
from dmp_assets.ingest.schema.landing import LandingDays, LandingFiles, RejectedRecords, RepeatedStatements
from dmp_assets.ingest.schema.rates import RawExchangeRates

READ_LANDING = Step(
    name="read_landing",
    makes=(LandingFiles, LandingDays, RepeatedStatements),
    settings=("order_number_reused_after_days",),
    internal=(LandingDays, RepeatedStatements),
)
RAW_EVENTS = Step(
    name="raw_events",
    makes=(RawEvents,),
    reads=(LandingFiles, LandingDays, RepeatedStatements, RawExchangeRates),
    settings=("base_currency", "rate_max_age_days"),
)
REJECTED_RECORDS = Step(name="rejected_records", makes=(RejectedRecords,), reads=(LandingFiles,))
REFERENCES = {
    kind: Step(name=Table(contract).name, makes=(contract,), reads=(LandingFiles,))
    for kind, contract in REFERENCE_TABLES.items()
}
"""Kind of source -> the step that makes its table."""

_RATES = next(step for step in REFERENCES.values() if step.makes == (RawExchangeRates,))
STEPS = (
    READ_LANDING,
    _RATES,
    RAW_EVENTS,
    *(step for step in REFERENCES.values() if step is not _RATES),
    REJECTED_RECORDS,
)
