"""Polars by hand: one fused query, or a file after every step that is scanned by the next one."""

import polars as pl
import steps
import work


def fused(options):
    query = steps.read(options.orders)
    for step in steps.named(pl.scan_parquet(options.customers)).values():
        query = step(query)
    query.collect(engine="streaming").write_parquet(options.out)


def stored(options, name, make):
    """The file of a step; made if it is not there."""
    path = options.state / f"{name}.parquet"
    if not path.exists():
        make().sink_parquet(path, engine="streaming")
    return pl.scan_parquet(path)


def w1(options):
    frame = stored(options, "read", lambda: steps.read(options.orders))
    for name, step in steps.named(pl.scan_parquet(options.customers)).items():
        frame = stored(options, name, lambda step=step, frame=frame: step(frame))
    frame.collect().write_parquet(options.out)


def frames_chain(options):
    frame = steps.tiny().lazy()
    for i in range(options.nodes):
        frame = stored(options, f"node{i}", lambda frame=frame: frame)


def frames_grid(options):
    done = {}
    for (layer, column), inputs in work.grid(options.nodes):
        frame = done[inputs[0]] if inputs else steps.tiny().lazy()
        done[layer, column] = stored(options, f"node{layer}_{column}", lambda frame=frame: frame)


if __name__ == "__main__":
    work.main({"fused": fused, "w1": w1, "frames-chain": frames_chain, "frames-grid": frames_grid})
