"""The ``recommendations`` part of ``dmp.yaml``: how long lists are, and what may be in them."""

from typing import Annotated

from pydantic import AfterValidator, Field

from dmp_assets.foundation.settings.strict_yaml import Frozen
from dmp_assets.foundation.values.consent_purposes import known_purpose

Days = Annotated[int, Field(ge=0, strict=True)]
Factor = Annotated[float, Field(gt=0, strict=True)]
Word = Annotated[str, Field(min_length=1)]
Purpose = Annotated[str, AfterValidator(known_purpose)]


class RecommendationSettings(Frozen):
    """Length and rules of recommendation lists."""

    per_person: Annotated[int, Field(ge=1, le=100, strict=True)] = Field(
        default=10, description="places of each person's list, one list per task"
    )
    exclude_bought_days: Days = Field(
        default=0, description="days for which an item that the person bought is not shown; 0: no such rule"
    )
    out_of_stock: tuple[Word, ...] = Field(default=(), description="items that cannot be sold now")
    blocked_categories: tuple[Word, ...] = Field(
        default=(),
        description="values of item_category or item_department that are never shown and no interest",
    )
    max_per_category: Annotated[int, Field(ge=1, strict=True)] | None = Field(
        default=None, description="places of one list that one item_category may take; empty: any number"
    )
    boosts: dict[Word, Factor] = Field(
        default_factory=dict, description="item_id or item_category -> factor of its score; an item's own one wins"
    )
    new_items: Annotated[int, Field(ge=0, le=100, strict=True)] = Field(
        default=0, description="last places of discover lists kept for items of the catalogue without any event"
    )
    choose_every_days: Annotated[int, Field(ge=1, strict=True)] = Field(
        default=7, description="days that a choice of models is kept before they are compared and proved again"
    )
    rerank: Annotated[bool, Field(strict=True)] = Field(
        default=False,
        description="true: the chosen blends are tried re-ranked by LightGBM too (extra boost); costs as much again",
    )
    segment_field: Word = Field(
        default="age_range", description="field of profiles.demographics by which people without history are grouped"
    )
    consent_purposes: tuple[Purpose, ...] = Field(
        default=("personalisation", "select_personalised_content"),
        description="people who denied one of them are in no model and get no list",
    )
    consent_required: Annotated[bool, Field(strict=True)] = Field(
        default=False, description="true: only people who granted one of them and denied none"
    )
