"""What relations and lists were made of."""

import pandera.polars as pa

from dmp_assets.foundation.incremental.inputs import DAY, RULES, InputRows
from dmp_assets.recommendations.schema.tasks import AS_OF, AS_OF_INPUT, CATALOGUE, CHOICE, REFUSED, RULES_INPUT, SOURCES


class RelationInputs(
    InputRows, table="recommendations.relation_inputs", key=("input", "event_date"), subject="aggregate"
):
    """Internal: what neighbours and pairs of products were made of.

    One row per input of neighbours and pairs of items; they are kept while little of it changed.
    """

    input: str = pa.Field(
        isin=(DAY, AS_OF, REFUSED, CATALOGUE, RULES),
        description="day: of events.event_items and orders.order_items; "
        f"{AS_OF_INPUT}; refused: what people who refused did; raw_items: the catalogue; {RULES_INPUT}",
    )


class ServingInputs(
    InputRows, table="recommendations.serving_inputs", key=("input", "event_date"), subject="aggregate"
):
    """Internal: what the lists were made of.

    One row per input of the lists; they are kept where none has changed.
    """

    input: str = pa.Field(
        isin=(*SOURCES, CHOICE, AS_OF, RULES),
        description=f"The table of that name; choice: what is served; {AS_OF_INPUT}; {RULES_INPUT}",
    )
