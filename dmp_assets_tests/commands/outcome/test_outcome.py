"""The outcome of a run of a small shop: what changed and nothing else, for people and for programs."""

import json

import pytest
import typer

from dmp_assets.commands import terminal
from dmp_assets.commands.outcome.records import Counted, RecordChanges, compare
from dmp_assets.commands.update import Voice, bring_up_to_date, speaking
from dmp_assets.foundation.settings.settings import Settings
from dmp_assets_tests.support.factories import built_shop, land
from dmp_assets_tests.support.quick_runs import quick_runs

LATE = (
    "at,order,person,item,n,paid\n2024-05-02 13:00:00,o9,p2,i1,1,4.00\n"
    "not a time,o10,p2,i1,1,4.00\n2024-05-02 14:00:00,o11,p2,i1,1,much\n"
)


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return built_shop(tmp_path_factory.mktemp("shop"))


@pytest.fixture(autouse=True)
def as_before(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(terminal, "_SAID", [])
    monkeypatch.setattr(terminal.console, "width", 200)
    yield
    terminal.speak()


def run(settings: Settings, voice: Voice) -> None:
    with quick_runs(), speaking(voice):
        bring_up_to_date(settings, voice)


def test_a_run_names_what_changed_by_the_books_and_then_that_nothing_did(
    settings: Settings, capfd: pytest.CaptureFixture[str]
) -> None:
    land(settings, {"orders/late.csv": LATE})
    run(settings, Voice(is_json=True))
    out, err = capfd.readouterr()
    found = json.loads(out)
    assert (found["runs"], found["files"]) == (2, {"new": 1, "changed": 0, "gone": 0})
    # The shop's price list changed its type, which is an error of the quality report.
    assert (found["ok"], [one["next"] for one in found["checks"] if not one["warning"]]) == (
        False,
        [f"open {settings.data_dir}/reports/quality.html"],
    )
    assert (found["records"]["added"], found["records"]["kept"]) == (3, 1)
    assert sum(found["records"]["quarantined"].values()) == 2
    tables = {one["table"]: one["rows_added"] for one in found["tables"]}
    assert (tables["orders.orders"], tables["events.quarantined_events"]) == (1, 2)
    # Reference data were not touched, and are written by no step, or with the rows that they had.
    assert not {"ingest.raw_items", "ingest.raw_customers", "profiles.demographics"} & tables.keys()
    assert "Records of events and orders: +3, of them +1 kept" in err
    assert "raw_events" in err
    assert "of 31 steps" not in out

    run(settings, Voice())
    out, _ = capfd.readouterr()
    assert "Done: all was up to date, nothing changed" in out
    assert "tables changed" not in out
    assert "Rows of every table" not in out


def test_a_quiet_run_says_nothing_and_a_verbose_one_has_the_rows_of_every_table(
    settings: Settings, capfd: pytest.CaptureFixture[str]
) -> None:
    run(settings, Voice(is_quiet=True))
    assert capfd.readouterr() == ("", "")
    run(settings, Voice(is_verbose=True))
    out, _ = capfd.readouterr()
    assert [line.split() for line in out.splitlines() if line.startswith("  profiles.demographics")] == [
        ["profiles.demographics", "2"]
    ]


def test_a_program_gets_an_object_where_the_command_ends_before_its_work(capfd: pytest.CaptureFixture[str]) -> None:
    def end() -> None:
        with speaking(Voice(is_json=True)):
            terminal.complain("dmp.yaml:3: no such key")
            raise typer.Exit(2)

    with pytest.raises(typer.Exit):
        end()
    out, err = capfd.readouterr()
    assert json.loads(out) == {"ok": False, "exit_code": 2, "error": "dmp.yaml:3: no such key"}
    assert "no such key" in err


def test_files_and_reasons_are_counted_in_both_directions() -> None:
    before = Counted(1, 10, 8, {"Required-Missing": 2, "Out-Of-Range": 1}, {"a": "1", "b": "1", "c": "1"})
    after = Counted(
        2, 9, 9, {"Required-Missing": 1, "Rate-Missing": 4, "Out-Of-Range": 1}, {"b": "2", "c": "1", "d": "1"}
    )
    assert compare(before, after) == RecordChanges(1, 1, 1, -1, 1, {"Rate-Missing": 4, "Required-Missing": -1})
