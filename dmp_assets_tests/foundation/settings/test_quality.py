"""Thresholds in the configuration: defaults, and what is refused."""

from typing import Any

import pytest
from pydantic import ValidationError

from dmp_assets.foundation.settings.quality import QualityThresholds


def test_the_defaults_hold_together_and_every_one_says_its_unit() -> None:
    assert QualityThresholds.model_validate(QualityThresholds().model_dump()) == QualityThresholds()
    assert [name for name, field in QualityThresholds.model_fields.items() if not field.description] == []


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"late_warn": 0.5}, "must not be below late_warn, which is 0.5"),
        ({"late_warn": 0.5, "late_error": 0.4}, "must not be below late_warn, which is 0.5"),
        ({"volume_weeks": 3}, "must not be above volume_weeks, which is 3"),
        ({"late_warn": "0.5"}, "valid number"),
        ({"late_warn": 1.5}, "less than or equal to 1"),
        ({"recent_days": 0}, "greater than or equal to 1"),
        ({"psi_warn": float("nan")}, "finite"),
        ({"new_columns": "warning"}, "'ok', 'warn' or 'error'"),
        ({"completeness_min": {"email": 2}}, "less than or equal to 1"),
        ({"late": 0.5}, "Extra inputs"),
    ],
)
def test_what_cannot_be_meant_is_refused(values: dict[str, Any], words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        QualityThresholds.model_validate(values)


def test_a_threshold_may_be_the_same_for_warning_and_error() -> None:
    assert QualityThresholds.model_validate({"late_warn": 0.25}).late_error == 0.25
