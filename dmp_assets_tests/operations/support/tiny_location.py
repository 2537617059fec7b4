"""A code location for the tests of the stack: one asset, and one job that works until it is released."""

import os
import time
from pathlib import Path

import dagster as dg

from dmp_assets.operations.liveness import hold_run_lock

DATA_DIR = Path(os.environ.get("TINY_DATA_DIR", "."))


@dg.asset
def tiny_asset() -> int:
    return 1


@dg.op
def wait_for_release(context: dg.OpExecutionContext) -> None:
    hold_run_lock(DATA_DIR, context.run_id)
    deadline = time.monotonic() + 300
    while not (DATA_DIR / "release").exists() and time.monotonic() < deadline:
        time.sleep(0.1)


@dg.job(executor_def=dg.in_process_executor)
def waiting() -> None:
    wait_for_release()


defs = dg.Definitions(assets=[tiny_asset], jobs=[waiting])
