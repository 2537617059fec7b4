"""Step of the ledger of audiences."""

from dmp_assets.activation.schema import DeliveredPeople, Deliveries, HeldIdentifiers
from dmp_assets.foundation.warehouse.steps import Step

KEEP_LEDGER = Step(
    name="keep_ledger", makes=(Deliveries, DeliveredPeople, HeldIdentifiers), internal=(HeldIdentifiers,)
)

STEPS = (KEEP_LEDGER,)
