"""Steps of identity: pairs of identifiers by day, the persons made of them, and suggested pairs."""

from dmp_assets.events.schema import CleanedEvents, Sessions
from dmp_assets.foundation.warehouse.steps import Step
from dmp_assets.identity.schema.persons import (
    DailyEdges,
    Edges,
    Merges,
    PersonHistory,
    PersonIdentifiers,
    Persons,
    Visitors,
)
from dmp_assets.identity.schema.resolution import Inputs, Moves, SuggestedEdges, Verdicts
from dmp_assets.ingest.schema.people import RawCustomers
from dmp_assets.orders.schema import OrderVisitors

RULES = (
    "identity.limits",
    "identity.super_node_users",
    "identity.super_node_stronger",
    "identity.blocked_patterns",
    "identity.blocked",
)

DAILY_EDGES = Step(name="daily_edges", makes=(DailyEdges,), reads=(CleanedEvents, Sessions), internal=(DailyEdges,))
RESOLVE_PERSONS = Step(
    name="resolve_persons",
    makes=(Edges, PersonIdentifiers, Persons, PersonHistory, Merges, Verdicts, Visitors, Inputs, Moves),
    reads=(DailyEdges, OrderVisitors, RawCustomers),
    settings=(*RULES, "start_date"),
    internal=(Inputs,),
)
SUGGESTED_EDGES = Step(
    name="suggested_edges",
    makes=(SuggestedEdges,),
    reads=(RawCustomers,),
    settings=(*RULES, "identity.suggestions"),
)

STEPS = (DAILY_EDGES, RESOLVE_PERSONS, SUGGESTED_EDGES)
