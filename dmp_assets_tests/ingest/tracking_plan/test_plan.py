"""A tracking plan that cannot be used is refused with file, line, key, value seen and values allowed."""

from pathlib import Path

import pytest

from dmp_assets.foundation.settings.strict_yaml import ConfigurationError
from dmp_assets.ingest.tracking_plan.plan import TrackingPlan, load_tracking_plan

PURCHASE = """\
version: 1
events:
  purchase:
    version: 2
    description: A paid order.
    properties:
      currency: {type: string, allowed: [EUR, USD]}
"""


def load(folder: Path, text: str) -> TrackingPlan:
    file = folder / "tracking_plan.yaml"
    file.write_text(text, encoding="utf-8")
    plan = load_tracking_plan(file, ["web", "shop"])
    assert plan is not None
    return plan


def refusal(folder: Path, text: str) -> str:
    with pytest.raises(ConfigurationError) as caught:
        load(folder, text)
    return str(caught.value)


def test_a_plan_is_read_and_what_it_does_not_say_has_a_default(tmp_path: Path) -> None:
    plan = load(tmp_path, PURCHASE)
    assert plan.events["purchase"].version == 2
    assert plan.events["purchase"].additional_properties
    assert not plan.events["purchase"].properties["currency"].required
    assert plan.policy("web").unplanned_events == "allow"


def test_without_a_file_there_is_no_plan(tmp_path: Path) -> None:
    assert load_tracking_plan(tmp_path / "tracking_plan.yaml") is None


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("      value: {type: money}\n", ":8: key 'events.purchase.properties.value.type' has the value 'money': "),
        ("      value: {type: money}\n", "'string', 'number', 'integer', 'boolean', 'datetime', 'array' or 'object'"),
        ("      value: {required: true}\n", ":8: key 'events.purchase.properties.value.type' is missing."),
        ("      value: {type: number, minimum: 0}\n", "unknown key 'events.purchase.properties.value.minimum'"),
        ("      value: {type: number, minimum: 0}\n", "Allowed here: allowed, description, max, min, required, type."),
        ("      value: {type: number, required: 1}\n", ":8: key 'events.purchase.properties.value.required' has"),
        (
            "      value: {type: number, min: 5, max: 4}\n",
            ":8: key 'events.purchase.properties.value.max' has the value",
        ),
        ("      value: {type: string, min: 5}\n", "a string has no min; allowed for: number, integer"),
        ("      value: {type: boolean, allowed: [true]}\n", "a boolean has no allowed values; allowed for: string"),
        ("      country: {type: string, allowed: [NO, SE]}\n", "False is no string; quote words such as yes"),
        ("      size: {type: integer, allowed: [1, 1.5]}\n", "1.5 is no integer"),
        ("      size: {type: integer, allowed: []}\n", "expected at least one value"),
        ("      currency: {type: string}\n", ":8: the key is given twice (first on line 7)"),
        ("    additional_property: false\n", "did you mean 'additional_properties'? Allowed here: additional_prop"),
        ("sources: {web: {unplanned_events: drop}}\n", "'drop': Input should be 'allow' or 'quarantine'."),
        ("sources: {wob: {}}\n", ":8: key 'sources' has a mapping of 1: "),
        ("sources: {wob: {}}\n", "no such source: wob; allowed: shop, web"),
        ("event: {}\n", "unknown key 'event'; did you mean 'events'? Allowed here: events, sources, version."),
    ],
)
def test_a_wrong_key_or_value_is_named_with_its_line(tmp_path: Path, text: str, message: str) -> None:
    seen = refusal(tmp_path, PURCHASE + text)
    assert seen.startswith("tracking_plan.yaml:8: ")
    assert message in seen


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "tracking_plan.yaml:1: key 'version' is missing."),
        ("version: 2\n", "tracking_plan.yaml:1: key 'version' has the value 2: Input should be 1."),
        ("- purchase\n", "tracking_plan.yaml:1: expected keys such as version and events, saw list"),
        ("version: 1\nevents: {purchase: {version: 0}}\n", "tracking_plan.yaml:2: key 'events.purchase.version'"),
    ],
)
def test_a_file_that_is_no_plan_is_refused(tmp_path: Path, text: str, message: str) -> None:
    assert message in refusal(tmp_path, text)


def test_an_event_called_like_a_key_does_not_confuse_the_allowed_keys(tmp_path: Path) -> None:
    message = refusal(tmp_path, "version: 1\nevents:\n  properties: {propertis: {}}\n")
    assert (
        "did you mean 'properties'? Allowed here: additional_properties, description, properties, version." in message
    )


def test_the_fingerprint_follows_what_a_verdict_depends_on_and_nothing_else(tmp_path: Path) -> None:
    plan = load(tmp_path, PURCHASE)
    web = plan.fingerprint("web")
    assert plan.fingerprint("shop") == web
    assert load(tmp_path, PURCHASE.replace("A paid order.", "Paid.")).fingerprint("web") == web
    for changed in (PURCHASE.replace("USD", "GBP"), PURCHASE.replace("version: 2", "version: 3")):
        assert load(tmp_path, changed).fingerprint("web") != web
    one_source = load(tmp_path, PURCHASE + "sources: {shop: {unplanned_events: quarantine}}\n")
    assert one_source.fingerprint("web") == web
    assert one_source.fingerprint("shop") != web


@pytest.mark.parametrize(
    "text",
    [
        "ann@shop.example,Ann\nbob@shop.example,Bob\n",
        '{"email": "ann@shop.example", "items": [1]}\n',
        '{"email": "ann@shop.example"}\n{"email": "bob@shop.example"}\n',
        '{"events": [{"email": "ann@shop.example"}], "version": 1}\n',
        '{"events": "ann@shop.example", "events": 2}\n',
        '[{"ann@shop.example": 1}]\n',
        "ann@shop.example: 1\nann@shop.example: 2\n",
        "email: !ann@shop.example x\n",
        "email: *ann@shop.example\n",
        "email: ann@shop.example: x\n",
    ],
)
def test_nothing_is_shown_of_a_file_that_was_put_in_its_place(tmp_path: Path, text: str) -> None:
    file = tmp_path / "tracking_plan.yaml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigurationError) as refusal:
        load_tracking_plan(file)
    assert "tracking_plan.yaml" in str(refusal.value)
    assert "ann@" not in str(refusal.value)
