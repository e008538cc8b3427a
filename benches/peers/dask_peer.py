"""Dask with threads: frames in a Parquet folder after every step, values as delayed calls.

Dask has no checkpoints of its own; a folder that is there is read.
"""

import dask
import dask.dataframe as dd
import pandas as pd
import work

dask.config.set(scheduler="threads")
TINY = {"id": [1, 2, 3], "name": ["a", "b", "c"], "value": [1.5, 2.5, 3.5]}


def stored(options, name, make):
    """The folder of a step; made if it is not there."""
    path = options.state / name
    if not path.exists():
        make().to_parquet(str(path), write_index=False)
    return dd.read_parquet(str(path))


def agg(orders):
    sums = orders.groupby(["region", "category"]).agg(
        orders=("id", "count"),
        value_sum=("value", "sum"),
        feature1_sum=("feature1", "sum"),
        feature2_mean=("feature2", "mean"),
        qty_sum=("qty", "sum"),
    )
    return sums.reset_index().repartition(npartitions=1)


def w1(options):
    customers = dd.read_parquet(options.customers)
    steps = {
        "drop": lambda df: df.dropna(),
        "feature1": lambda df: df.assign(feature1=df["value"] * 3),
        "feature2": lambda df: df.assign(feature2=df["value"] * 7 + df["qty"] * df["price"]),
        "filter": lambda df: df[df["feature1"] > 10],
        "join": lambda df: df.merge(customers, on="customer_id", how="inner"),
        "agg": agg,
    }
    frame = stored(options, "read", lambda: dd.read_csv(options.orders, parse_dates=["ts"]))
    for name, step in steps.items():
        frame = stored(options, name, lambda step=step, frame=frame: step(frame))
    frame.compute().sort_values(["region", "category"]).to_parquet(options.out, index=False)


def tiny():
    return dd.from_pandas(pd.DataFrame(TINY), npartitions=1)


def frames_chain(options):
    frame = tiny()
    for i in range(options.nodes):
        frame = stored(options, f"node{i}", lambda frame=frame: frame)


def frames_grid(options):
    done = {}
    for (layer, column), inputs in work.grid(options.nodes):
        frame = done[inputs[0]] if inputs else tiny()
        done[layer, column] = stored(options, f"node{layer}_{column}", lambda frame=frame: frame)


@dask.delayed
def same(*values):
    return values[0]


def values_chain(options):
    value = 3
    for _ in range(options.nodes):
        value = same(value)
    value.compute(optimize_graph=False)


def values_grid(options):
    done = {}
    for node, inputs in work.grid(options.nodes):
        done[node] = same(*[done[i] for i in inputs] or [3])
    last = options.nodes // work.WIDTH - 1
    dask.compute(*[done[last, column] for column in range(work.WIDTH)], optimize_graph=False)


if __name__ == "__main__":
    works = {"frames-chain": frames_chain, "frames-grid": frames_grid}
    works |= {"values-chain": values_chain, "values-grid": values_grid}
    work.main({"w1": w1} | works)
