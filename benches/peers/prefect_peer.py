"""Prefect: one flow, a task for each step, results persisted as Parquet and used again by other runs.

Its default cache policy holds the run's id; without that a result of one run is good for the next one.
No server is configured, so it starts one for as long as it runs. Values are neither persisted nor cached.
"""

import io
import os
import sys
from pathlib import Path

STATE = Path(sys.argv[sys.argv.index("--state") + 1]).resolve()
os.environ["PREFECT_HOME"] = str(STATE / "home")
os.environ["PREFECT_LOCAL_STORAGE_PATH"] = str(STATE / "results")
os.environ["PREFECT_SERVER_ANALYTICS_ENABLED"] = "false"
os.environ["PREFECT_LOGGING_LEVEL"] = "ERROR"
os.environ["DO_NOT_TRACK"] = "1"

import polars as pl  # noqa: E402
import steps  # noqa: E402
import work  # noqa: E402
from prefect import flow, task  # noqa: E402
from prefect.cache_policies import INPUTS, NO_CACHE, TASK_SOURCE  # noqa: E402
from prefect.serializers import Serializer  # noqa: E402


class AsParquet(Serializer):
    type: str = "parquet"

    def dumps(self, obj: pl.DataFrame) -> bytes:
        buffer = io.BytesIO()
        obj.write_parquet(buffer)
        return buffer.getvalue()

    def loads(self, blob: bytes) -> pl.DataFrame:
        return pl.read_parquet(io.BytesIO(blob))


stored = task(
    persist_result=True,
    cache_policy=(INPUTS + TASK_SOURCE).configure(key_storage=STATE / "keys"),
    result_serializer=AsParquet(),
)
plain = task(persist_result=False, cache_policy=NO_CACHE)


@stored
def read(orders: str) -> pl.DataFrame:
    return steps.read(orders).collect()


@stored
def step(name: str, orders: pl.DataFrame, customers: str) -> pl.DataFrame:
    return steps.named(pl.scan_parquet(customers))[name](orders.lazy()).collect()


@stored
def same(frames: list[pl.DataFrame], number: int) -> pl.DataFrame:
    return frames[0]


@plain
def same_value(values: list[int]) -> int:
    return values[0]


@flow
def w1_flow(orders: str, customers: str, out: str):
    frame = read(orders)
    for name in steps.named(None):
        frame = step(name, frame, customers)
    frame.write_parquet(out)


@flow
def chain_flow(nodes: int, frames: bool):
    value = steps.tiny() if frames else 3
    for number in range(nodes):
        value = same([value], number) if frames else same_value([value])


@flow
def grid_flow(nodes: int, frames: bool):
    first = steps.tiny() if frames else 3
    done = {}
    for number, (node, inputs) in enumerate(work.grid(nodes)):
        values = [done[i] for i in inputs] or [first]
        done[node] = same(values, number) if frames else same_value(values)


if __name__ == "__main__":
    work.main(
        {
            "w1": lambda options: w1_flow(options.orders, options.customers, options.out),
            "frames-chain": lambda options: chain_flow(options.nodes, True),
            "frames-grid": lambda options: grid_flow(options.nodes, True),
            "values-chain": lambda options: chain_flow(options.nodes, False),
            "values-grid": lambda options: grid_flow(options.nodes, False),
        }
    )
