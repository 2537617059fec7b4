"""What we rely on and did not write: each test names the decision that would fall with it."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import dagster as dg
import duckdb
import pandera.errors
import pandera.polars as pa
import polars as pl
import pytest

from dmp_assets.foundation.warehouse.replacing import FIRST_NEW_ROW

DAILY = dg.DailyPartitionsDefinition("2026-01-01", end_date="2026-02-01")
RANGE = {"dagster/asset_partition_range_start": "2026-01-02", "dagster/asset_partition_range_end": "2026-01-05"}
IS_DUCKDB_2 = int(duckdb.__version__.split(".")[0]) >= 2


class Listening(dg.IOManager):
    """An IO manager that only takes down what it is given."""

    def __init__(self) -> None:
        self.heard: list[Any] = []

    def handle_output(self, _context: dg.OutputContext, obj: Any) -> None:
        self.heard.append(obj)

    def load_input(self, _context: dg.InputContext) -> Any:
        return self.heard[-1]


class Positive(pa.DataFrameModel):
    value: pl.Int64 = pa.Field(gt=0)


def rows_after_a_create_as_without_rows() -> int:
    connection = duckdb.connect()
    connection.execute("CREATE TABLE source AS SELECT range AS i FROM range(200_000)")
    connection.execute("BEGIN")
    connection.execute("CREATE TABLE target AS SELECT * FROM source LIMIT 0")
    connection.execute("INSERT INTO target SELECT * FROM source")
    connection.execute("COMMIT")
    return len(connection.sql("FROM target").fetchall())


@pytest.mark.skipif(IS_DUCKDB_2, reason="the suite also runs on 2.x, to know the day to move")
def test_duckdb_is_the_version_whose_writes_were_tried() -> None:
    """Storage stays on DuckDB 1.5 until 2.x passes the kill trials and the two tests below."""
    assert duckdb.__version__.startswith("1.5.")


@pytest.mark.xfail(IS_DUCKDB_2, reason="2.0.0 counts 200,000 rows and reads none", strict=True)
def test_an_insert_after_an_empty_create_as_is_read_back() -> None:
    """Tables are created with explicit columns, and the storage is not DuckDB 2.0."""
    assert rows_after_a_create_as_without_rows() == 200_000


def test_a_commit_after_an_error_commits_nothing_and_does_not_say_so() -> None:
    """A write never goes on after an error: it rolls back and raises."""
    connection = duckdb.connect()
    connection.execute("CREATE TABLE t (i INTEGER UNIQUE)")
    connection.execute("BEGIN")
    connection.execute("INSERT INTO t VALUES (1)")
    with pytest.raises(duckdb.ConversionException):
        connection.execute("INSERT INTO t VALUES ('x')")
    with pytest.raises(duckdb.TransactionException):
        connection.execute("SELECT 1")
    connection.execute("COMMIT")
    assert connection.sql("FROM t").fetchall() == []


def test_a_query_with_parameters_is_run_at_once_and_its_rows_are_carried_through_python() -> None:
    """Large reads have their dates in the text of the query."""
    connection = duckdb.connect()
    assert "COLUMN_DATA_SCAN" in connection.sql("SELECT * FROM range(3) WHERE range < ?", params=[2]).explain()
    assert "COLUMN_DATA_SCAN" not in connection.sql("SELECT * FROM range(3) WHERE range < 2").explain()


def test_a_view_of_a_relation_is_stored_in_the_file_and_a_registered_frame_is_not(tmp_path: Any) -> None:
    """Incoming rows are registered: a stored view of a frame ends the process of whoever reads it later."""
    frame = pl.DataFrame({"a": [1]}).to_arrow()
    with duckdb.connect(str(tmp_path / "file.duckdb")) as connection:
        connection.from_arrow(frame).create_view("stored")
        connection.register("registered", frame)
        views = "SELECT view_name, temporary FROM duckdb_views() WHERE NOT internal ORDER BY ALL"
        assert connection.sql(views).fetchall() == [("registered", True), ("stored", False)]


def test_the_hash_of_a_known_row_is_what_it_always_was() -> None:
    """``ops.commits`` keeps hashes, and a publish compares them with hashes of the DuckDB that runs then."""
    row = "DATE '2024-01-01', 'x', 1.5::DECIMAL(18,4), NULL::VARCHAR, ['a', 'b'], TIMESTAMP '2024-01-01', 1.5::DOUBLE"
    found = duckdb.sql(f"SELECT hash({row}, true), hash(1::BIGINT), hash('a')").fetchall()
    assert found == [(4272427209686199439, 4717996019076358352, 12561829011207016135)]


def test_bit_xor_does_not_mind_the_order_of_rows() -> None:
    """The hash of a day is the XOR of its rows' hashes."""
    hashes = {
        duckdb.sql(f"SELECT bit_xor(hash(i)) FROM (SELECT unnest({order}) AS i)").fetchall()[0][0]
        for order in ([1, 2, 3], [3, 1, 2])
    }
    assert len(hashes) == 1


def test_pandera_checks_no_values_of_a_lazy_frame() -> None:
    """Rows are collected before their contract is checked."""
    broken = pl.DataFrame({"value": [-1]})
    assert Positive.validate(broken.lazy(), lazy=True).collect().equals(broken)
    with pytest.raises(pandera.errors.SchemaErrors):
        Positive.validate(broken, lazy=True)


@pytest.mark.parametrize("units", [1, -1, 2**53 + 1, 10**18 - 1])
def test_whole_numbers_times_a_decimal_are_exact(units: int) -> None:
    """Money becomes DECIMAL at the sink by a product with 0.0001."""
    factor = pl.lit(0.0001).cast(pl.Decimal(18, 4))
    amount = pl.select((pl.lit(units, pl.Int64) * factor).cast(pl.Decimal(18, 4))).item()
    assert amount == Decimal(units).scaleb(-4)


def test_a_blocking_check_runs_after_the_write() -> None:
    """``publish`` checks the contract itself, before it hands the rows over."""
    listening, order = Listening(), []

    @dg.asset
    def made() -> int:
        return 1

    @dg.asset_check(asset=made, blocking=True)
    def look(made: int) -> dg.AssetCheckResult:
        order.append(list(listening.heard))
        return dg.AssetCheckResult(passed=False)

    job = dg.Definitions(assets=[made], asset_checks=[look], resources={"io_manager": listening})
    job.resolve_implicit_global_asset_job_def().execute_in_process(raise_on_error=False)
    assert order == [[1]]


def test_a_failed_check_of_the_asset_s_own_does_not_stop_its_write() -> None:
    """``publish`` raises after a broken contract; reporting it, even as blocking, would not be enough."""
    listening = Listening()

    @dg.asset(check_specs=[dg.AssetCheckSpec("contract", asset="made", blocking=True)])
    def made() -> Iterator[Any]:
        yield dg.AssetCheckResult(passed=False, check_name="contract")
        yield dg.MaterializeResult(value=1)

    result = dg.materialize([made], resources={"io_manager": listening}, raise_on_error=False)
    assert (listening.heard, result.success) == ([1], False)


def test_a_value_goes_to_the_io_manager_from_outs_and_is_refused_from_specs() -> None:
    """Assets of several tables are declared with ``outs``."""
    listening = Listening()

    @dg.multi_asset(outs={"made": dg.AssetOut()})
    def with_outs() -> Iterator[Any]:
        yield dg.MaterializeResult(asset_key="made", value=1)

    @dg.multi_asset(specs=[dg.AssetSpec("made")])
    def with_specs() -> Iterator[Any]:
        yield dg.MaterializeResult(asset_key="made", value=1)

    resources = {"io_manager": listening}
    assert dg.materialize([with_outs], resources=resources).success
    assert not dg.materialize([with_specs], resources=resources, raise_on_error=False).success
    assert listening.heard == [1]


def test_each_value_is_written_when_it_is_yielded() -> None:
    """An asset that has written its tables says so by the values that it yields: nothing is held back by Dagster."""
    listening, seen = Listening(), []

    @dg.multi_asset(outs={"first": dg.AssetOut(), "second": dg.AssetOut()})
    def both() -> Iterator[Any]:
        for place, name in enumerate(["first", "second"], start=1):
            yield dg.MaterializeResult(asset_key=name, value=place)
            seen.append(len(listening.heard))

    assert dg.materialize([both], resources={"io_manager": listening}).success
    assert seen == [1, 2]


def test_a_range_run_is_one_step_that_knows_its_first_and_last_day() -> None:
    """Backfills are single runs of a range of days."""
    seen = []

    @dg.asset(partitions_def=DAILY, backfill_policy=dg.BackfillPolicy.single_run())
    def made(context: dg.AssetExecutionContext) -> None:
        seen.append((context.partition_key_range.start, context.partition_key_range.end))

    result = dg.materialize([made], tags=RANGE)
    assert seen == [("2026-01-02", "2026-01-05")]
    assert len(result.get_asset_materialization_events()) == 4


def test_a_range_run_keeps_one_check_result_without_a_day() -> None:
    """The quality of each day is kept in ``ops.quality_log``."""
    spec = dg.AssetCheckSpec("contract", asset="made")

    @dg.asset(partitions_def=DAILY, backfill_policy=dg.BackfillPolicy.single_run(), check_specs=[spec])
    def made() -> Iterator[Any]:
        yield dg.AssetCheckResult(passed=True, check_name="contract")
        yield dg.MaterializeResult()

    evaluations = dg.materialize([made], tags=RANGE).get_asset_check_evaluations()
    assert [one.partition for one in evaluations] == [None]


def test_a_failure_that_allows_no_retries_is_not_retried_under_a_policy() -> None:
    """A broken contract fails at once; a busy file is tried again."""
    tries = []

    @dg.asset(retry_policy=dg.RetryPolicy(max_retries=1))
    def final() -> None:
        tries.append("final")
        raise dg.Failure("as planned", allow_retries=False)

    @dg.asset(retry_policy=dg.RetryPolicy(max_retries=1))
    def passing_trouble() -> None:
        tries.append("trouble")
        raise ValueError("as planned")

    for asset in (final, passing_trouble):
        dg.materialize([asset], raise_on_error=False)
    assert tries == ["final", "trouble", "trouble"]


def splink_model(names: list[str]) -> dict[str, Any]:
    """Return splink's model of records with these names, after it has sampled their pairs."""
    pytest.importorskip("splink", reason="the extra matching is not installed")
    from splink import DuckDBAPI, Linker, SettingsCreator
    from splink.comparison_library import ExactMatch

    rows = pl.DataFrame({"unique_id": [f"r{n}" for n in range(len(names))], "name": names})
    settings = SettingsCreator(link_type="dedupe_only", comparisons=[ExactMatch("name")])
    linker = Linker(DuckDBAPI().register(rows.to_arrow()), settings, log_level=None)
    linker.training.estimate_u_using_random_sampling(1e4, seed=1, min_count_per_level=None)
    model: dict[str, Any] = linker.misc.save_model_to_json()
    return model


def test_splink_counts_pairs_of_one_person_among_strangers() -> None:
    """Suggestions take the pairs that are expected to be one person's out of how often strangers agree."""
    model = splink_model(["ann", "ann", "ben", "cem"])
    equal = model["comparisons"][0]["comparison_levels"][1]
    assert equal["u_probability"] == pytest.approx(1 / 6)


def test_splink_gives_no_share_to_a_level_that_its_sample_has_not_seen() -> None:
    """Suggestions put a least share there, so that rare values that are equal count for most."""
    model = splink_model(["ann", "dan", "ben", "cem"])
    equal = model["comparisons"][0]["comparison_levels"][1]
    assert "u_probability" not in equal


def test_splink_opens_a_database_of_its_own_in_memory() -> None:
    """Suggestions are found without the warehouse, and on one thread only there."""
    pytest.importorskip("splink", reason="the extra matching is not installed")
    from splink import DuckDBAPI

    first, second = DuckDBAPI(), DuckDBAPI()
    first.duckdb_con.execute("SET threads = 1")
    assert first.duckdb_con.sql("FROM duckdb_databases() WHERE path IS NOT NULL").fetchall() == []
    first.duckdb_con.execute("CREATE TABLE t (i INTEGER)")
    assert second.duckdb_con.sql("FROM duckdb_tables()").fetchall() == []


def test_duckdb_numbers_the_rows_of_an_open_transaction_from_a_bound_on() -> None:
    """A write by keys reads back what it inserted by these numbers, without a look at the other rows."""
    with duckdb.connect() as connection:
        connection.execute("CREATE TABLE numbers AS FROM range(300000) AS _(number)")
        connection.execute("BEGIN")
        connection.execute("DELETE FROM numbers WHERE number < 10")
        connection.execute("INSERT INTO numbers VALUES (-1), (-2)")
        new = connection.sql(f"SELECT number FROM numbers WHERE rowid >= {FIRST_NEW_ROW} ORDER BY number")
        assert new.fetchall() == [(-2,), (-1,)]
        connection.execute("COMMIT")
        assert connection.sql(f"SELECT count(*) FROM numbers WHERE rowid >= {FIRST_NEW_ROW}").fetchall() == [(0,)]


@pytest.mark.parametrize(("threshold", "is_logged"), [("1KB", False), ("1GB", True)])
def test_a_commit_above_the_threshold_goes_into_the_file_and_not_into_the_log(
    tmp_path: Any, threshold: str, is_logged: bool
) -> None:
    """Writes set the threshold low: whatever goes through the log is written twice."""
    path = tmp_path / "a.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute(f"SET checkpoint_threshold = '{threshold}'")
        connection.execute("CREATE TABLE numbers (number BIGINT)")
        connection.execute("CHECKPOINT")
        connection.execute("BEGIN")
        connection.execute("INSERT INTO numbers FROM range(10000)")
        connection.execute("COMMIT")
        log = tmp_path / "a.duckdb.wal"
        assert (log.exists() and log.stat().st_size > 0) is is_logged
