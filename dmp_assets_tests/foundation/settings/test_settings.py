"""A wrong configuration stops the load and says where, what was seen, and what is allowed."""

from pathlib import Path

import pytest

from dmp_assets.foundation.settings.settings import Settings, load_settings
from dmp_assets.foundation.settings.strict_yaml import MAX_CONFIG_BYTES, ConfigurationError
from dmp_assets.ingest.records.mapping import MappingError
from dmp_assets_tests.support.factories import CONFIGURATION

GOOD = "start_date: 2024-05-01\nsources: {}\n"


def load(folder: Path, text: str) -> Settings:
    file = folder / "dmp.yaml"
    file.write_text(text, encoding="utf-8")
    return load_settings(file)


def refusal(folder: Path, text: str) -> str:
    """Return the message of a configuration that cannot be used."""
    with pytest.raises(ConfigurationError) as caught:
        load(folder, text)
    return str(caught.value)


@pytest.fixture(autouse=True)
def no_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DMP_DATA_DIR", raising=False)
    monkeypatch.delenv("DMP_CONFIG", raising=False)


def test_the_smallest_configuration_is_two_keys_and_the_data_lie_beside_it(tmp_path: Path) -> None:
    settings = load(tmp_path, GOOD)
    assert settings.data_dir == tmp_path / "data"
    assert settings.landing_dir == tmp_path / "data" / "landing"


@pytest.mark.parametrize(
    ("text", "key", "line", "suggestion", "allowed"),
    [
        ("start_dat: 2024-05-01\n", "start_dat", 3, "start_date", "base_currency, blocked_identifiers, contact_cost"),
        ("hold_out_days: 3\n", "hold_out_days", 3, "holdout_days", "interest_half_life_days"),
        ("contact_cost:\n  defalt: 1\n", "contact_cost.defalt", 4, "default", "by_campaign_type, default."),
    ],
)
def test_an_unknown_key_is_named_with_line_suggestion_and_allowed_keys(
    tmp_path: Path, text: str, key: str, line: int, suggestion: str, allowed: str
) -> None:
    message = refusal(tmp_path, GOOD + text)
    assert message.startswith(f"dmp.yaml:{line}: unknown key {key!r}; did you mean {suggestion!r}? Allowed here: ")
    assert allowed in message


def test_an_unknown_key_of_a_source_is_named_with_line_suggestion_and_allowed_keys(tmp_path: Path) -> None:
    message = refusal(tmp_path, "start_date: 2024-05-01\nsources:\n  shop:\n    kind: orders\n    colums: {a: b}\n")
    assert message == (
        "dmp.yaml:5: unknown key 'sources.shop.colums'; did you mean 'columns'? Allowed here: columns, constants, "
        "country, decimal_comma, delimiter, encoding, equal_lines, event_id_space, event_names, fill, "
        "fill_down, fold_ids, format, ignore_columns, kind, order_files, order_space, preset, products, refunds, "
        "statuses, time_formats, time_zone, where."
    )


def test_a_key_that_resembles_nothing_gets_no_suggestion(tmp_path: Path) -> None:
    message = refusal(tmp_path, GOOD + "zzz: 1\n")
    assert message.startswith("dmp.yaml:3: unknown key 'zzz' Allowed here: ")


def test_every_problem_is_told_at_once(tmp_path: Path) -> None:
    message = refusal(tmp_path, "sources:\n  shop: {kind: order, encoding: utf-9}\nzzz: 1\n")
    assert [line.split(" ")[0] for line in message.splitlines()] == [
        "dmp.yaml:1:",
        "dmp.yaml:2:",
        "dmp.yaml:2:",
        "dmp.yaml:3:",
    ]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("holdout_days: many\n", "dmp.yaml:3: key 'holdout_days' has the value 'many': "),
        ("holdout_days: yes\n", "dmp.yaml:3: key 'holdout_days' has the value True: "),
        ("recommendations: {per_person: 101}\n", "dmp.yaml:3: key 'recommendations.per_person' has the value 101: "),
        ("base_currency: NO\n", "dmp.yaml:3: key 'base_currency' has the value False: "),
        ("base_currency: usd\n", "dmp.yaml:3: key 'base_currency' has the value 'usd': "),
        ("contact_cost: {default: -1}\n", "dmp.yaml:3: key 'contact_cost.default' has the value -1: "),
        ("contact_cost: {default: .inf}\n", "dmp.yaml:3: key 'contact_cost.default' has the value inf: "),
        ("contact_cost: 3\n", "dmp.yaml:3: key 'contact_cost' has the value 3: "),
        ("end_date: soon\n", "dmp.yaml:3: key 'end_date' has the value 'soon': "),
        ("end_date: 2024-02-30\n", "dmp.yaml:3: the value is no day or number"),
        ("end_date: 2024-04-30\n", "end_date 2024-04-30 is before start_date 2024-05-01"),
        ("end_date: 2024-04-30\n", "dmp.yaml:3: key 'end_date'"),
        ("1: 2\n", "dmp.yaml:3: key '1' "),
        ("? [a, b]\n: 1\n", "dmp.yaml:3: a key must be a plain word"),
        ("holdout_days: 3\nholdout_days: 4\n", "dmp.yaml:4: the key is given twice (first on line 3)"),
        ("a: &x 1\nb: *x\n", "dmp.yaml:4: aliases (*name) are not allowed"),
        ("a: [1\n", "dmp.yaml:4: not readable as YAML: expected ',' or ']', but got '<stream end>'"),
        ("a: !!python/object:os.system x\n", "dmp.yaml:3: not readable as YAML: ConstructorError"),
    ],
)
def test_a_wrong_value_is_named_with_its_line(tmp_path: Path, text: str, message: str) -> None:
    assert message in refusal(tmp_path, GOOD + text)


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ("kind: order", "'sources.shop.kind' has the value 'order': Input should be 'events', 'orders', 'order_lines'"),
        ("kind: orders, time_zone: Mars/Crater", "unknown time zone 'Mars/Crater'; allowed: IANA names such as UTC"),
        ("kind: orders, encoding: utf-9", "unknown encoding 'utf-9'; allowed: names such as utf-8, latin-1, cp949"),
        ("kind: orders, encoding: base64", "unknown encoding 'base64'"),
        ("kind: orders, delimiter: '::'", "key 'sources.shop.delimiter' has the value '::': "),
        ("preset: columns", "dmp.yaml:3: key 'sources.shop.kind' is missing."),
    ],
)
def test_a_source_that_cannot_be_read_so_is_refused(tmp_path: Path, value: str, message: str) -> None:
    assert message in refusal(tmp_path, f"start_date: 2024-05-01\nsources:\n  shop: {{{value}}}\n")


def test_a_source_with_a_name_that_is_no_name_is_refused(tmp_path: Path) -> None:
    message = refusal(tmp_path, "start_date: 2024-05-01\nsources:\n  My-Shop: {kind: orders}\n")
    assert message.startswith("dmp.yaml:3: key 'sources.My-Shop' is not a usable name: ")


def test_what_must_be_there_and_is_not_is_named(tmp_path: Path) -> None:
    assert refusal(tmp_path, "sources: {}\n") == "dmp.yaml:1: key 'start_date' is missing."
    assert refusal(tmp_path, "") == "dmp.yaml:1: key 'start_date' is missing.\ndmp.yaml:1: key 'sources' is missing."


@pytest.mark.parametrize(("text", "kind"), [("- a\n", "list"), ("hello\n", "str"), ("3\n", "int")])
def test_a_file_that_is_no_mapping_is_refused(tmp_path: Path, text: str, kind: str) -> None:
    assert refusal(tmp_path, text) == f"dmp.yaml:1: expected keys such as start_date and sources, saw {kind}"


def test_a_missing_file_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="no such file; set DMP_CONFIG"):
        load_settings(tmp_path / "absent.yaml")


def test_a_file_of_the_largest_size_is_read_and_one_byte_more_is_not(tmp_path: Path) -> None:
    fill = GOOD + "#" * (MAX_CONFIG_BYTES - len(GOOD))
    assert load(tmp_path, fill).sources == {}
    assert f"allowed: at most {MAX_CONFIG_BYTES}" in refusal(tmp_path, fill + "#")


def test_bytes_that_are_no_text_and_nesting_without_end_are_refused(tmp_path: Path) -> None:
    (tmp_path / "dmp.yaml").write_bytes(b"a: \xff\n")
    with pytest.raises(ConfigurationError, match="not readable as YAML"):
        load_settings(tmp_path / "dmp.yaml")
    assert "not readable as YAML" in refusal(tmp_path, "[" * 5000)


def test_the_environment_wins_over_the_file_and_relative_folders_count_from_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir("/")
    assert load(tmp_path, GOOD + "data_dir: here\n").data_dir == tmp_path / "here"
    monkeypatch.setenv("DMP_DATA_DIR", "there")
    assert load(tmp_path, GOOD + "data_dir: here\n").data_dir == tmp_path / "there"
    monkeypatch.setenv("DMP_DATA_DIR", "/var/lib/dmp")
    assert load(tmp_path, GOOD + "data_dir: here\n").data_dir == Path("/var/lib/dmp")


def test_the_file_is_the_one_given_then_that_of_the_environment_then_that_of_the_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("given", "environment", "folder"):
        (tmp_path / name).mkdir()
        load(tmp_path / name, GOOD + f"data_dir: {name}\n")
    monkeypatch.chdir(tmp_path / "folder")
    assert load_settings().data_dir.name == "folder"
    monkeypatch.setenv("DMP_CONFIG", str(tmp_path / "environment" / "dmp.yaml"))
    assert load_settings().data_dir.name == "environment"
    assert load_settings(tmp_path / "given" / "dmp.yaml").data_dir.name == "given"


@pytest.mark.parametrize(
    ("source", "message"),
    [
        (
            "{kind: orders, preset: shopify}",
            "source 'shop': unknown preset 'shopify'; allowed: columns, ",
        ),
        ("{kind: events, preset: completejourney_products}", "is for kind 'items', not 'events'; allowed: columns"),
        ("{kind: items, columns: {item: a}}", "source 'shop': 'item' is no column of kind 'items'; allowed: item_id"),
        ("{kind: items, constants: {event_at: x}}", "source 'shop': 'event_at' is no column of kind 'items'"),
        ("{kind: items, columns: {item_brand: a}}", "source 'shop': 'item_id' is required and not mapped"),
    ],
)
def test_a_mapping_that_cannot_be_used_stops_the_load_of_the_code_location(
    tmp_path: Path, source: str, message: str
) -> None:
    from dmp_assets.definitions import build_definitions

    settings = load(tmp_path, f"start_date: 2024-05-01\nsources:\n  shop: {source}\n")
    with pytest.raises(MappingError) as caught:
        build_definitions(settings)
    assert message in str(caught.value)


def test_a_fingerprint_of_settings_changes_with_their_values_and_with_nothing_else(tmp_path: Path) -> None:
    def of(text: str, *keys: str) -> str | None:
        return load(tmp_path, text).fingerprint(keys)

    cost = of(CONFIGURATION, "contact_cost")
    assert of(CONFIGURATION + "window_records: 9000\n", "contact_cost") == cost
    for other in ("contact_cost: {default: 0.6}", "contact_cost: {default: 0.5, by_campaign_type: {A: 1}}"):
        assert of(CONFIGURATION.replace("contact_cost: {default: 0.5}", other), "contact_cost") != cost
    half = of(CONFIGURATION, "interest_half_life_days", "identity.limits")
    assert of(CONFIGURATION + "interest_half_life_days: 90\n", "interest_half_life_days", "identity.limits") == half
    assert of(CONFIGURATION + "interest_half_life_days: 30\n", "interest_half_life_days", "identity.limits") != half
    assert of(CONFIGURATION + "identity: {limits: {email: 9}}\n", "interest_half_life_days", "identity.limits") != half
    assert of(CONFIGURATION) is None
    with pytest.raises(AttributeError):
        of(CONFIGURATION, "no_such_key")


def test_a_key_that_names_a_file_stands_for_what_the_file_says(tmp_path: Path) -> None:
    without = load(tmp_path, CONFIGURATION).fingerprint(["traits"])
    (tmp_path / "traits.yaml").write_text("version: 1\ntraits: {}\n")
    empty = load(tmp_path, CONFIGURATION).fingerprint(["traits"])
    (tmp_path / "traits.yaml").write_text("version: 1\ntraits: {n: {kind: count, event: purchase}}\n")
    assert len({without, empty, load(tmp_path, CONFIGURATION).fingerprint(["traits"])}) == 3


@pytest.mark.parametrize("place", ["before", "after"])
def test_a_source_inherits_the_zone_of_the_business_unless_it_names_its_own(tmp_path: Path, place: str) -> None:
    sources = (
        "sources: {a: {kind: orders}, b: {kind: orders, time_zone: UTC}, c: {kind: orders, time_zone: Asia/Tokyo}}\n"
    )
    zone = "time_zone: Europe/Berlin\n"
    settings = load(tmp_path, "start_date: 2024-05-01\n" + (zone + sources if place == "before" else sources + zone))
    assert settings.time_zone == "Europe/Berlin"
    assert [one.time_zone for one in settings.sources.values()] == ["Europe/Berlin", "UTC", "Asia/Tokyo"]
    assert {one.business_zone for one in settings.sources.values()} == {"Europe/Berlin"}
    assert load(tmp_path, GOOD).time_zone == "UTC"


def test_a_source_may_name_the_zone_of_its_business_and_move_to_another(tmp_path: Path) -> None:
    inherited = load(tmp_path, "start_date: 2024-05-01\ntime_zone: Asia/Tokyo\nsources: {a: {kind: orders}}\n").sources[
        "a"
    ]
    assert not inherited.has_own_zone
    moved = inherited.in_business("Europe/Berlin")
    assert (moved.time_zone, moved.business_zone) == ("Europe/Berlin", "Europe/Berlin")


@pytest.mark.parametrize("zone", ["Mars/Crater", "localtime", "europe/berlin", "+02:00", "CEST"])
def test_an_unknown_zone_of_the_business_is_refused_with_its_line(tmp_path: Path, zone: str) -> None:
    message = refusal(tmp_path, GOOD + f"time_zone: '{zone}'\n")
    assert message.startswith("dmp.yaml:3: key 'time_zone' has the value")
    assert f"unknown time zone {zone!r}; allowed: IANA names such as UTC or Europe/Berlin" in message


def test_the_zone_is_in_every_fingerprint_and_utc_is_not_written(tmp_path: Path) -> None:
    def of(text: str, *keys: str) -> str | None:
        return load(tmp_path, text).fingerprint(keys)

    assert of(GOOD) == of(GOOD + "time_zone: UTC\n") is None
    assert of(GOOD + "time_zone: Asia/Tokyo\n") == "zone=Asia/Tokyo"
    assert of(GOOD + "time_zone: Asia/Tokyo\n", "quality") == f"zone=Asia/Tokyo {of(GOOD, 'quality')}"
