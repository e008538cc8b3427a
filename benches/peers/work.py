"""The command line that all peers have in common, and the shapes of graphs.

    python PEER.py WORK --state DIR [--orders CSV --customers PARQUET --out PARQUET] [--nodes N]

W1 is run twice for a resume, with the same state. The last line that is printed is the seconds of the
peer's own part: without imports, with whatever server it starts.
"""

import argparse
import time
from pathlib import Path

WIDTH = 100


def main(works: dict) -> None:
    """Does the work that the command line names."""
    parser = argparse.ArgumentParser()
    parser.add_argument("work", choices=list(works))
    parser.add_argument("--state", type=Path, required=True)
    parser.add_argument("--orders")
    parser.add_argument("--customers")
    parser.add_argument("--out")
    parser.add_argument("--nodes", type=int, default=100)
    options = parser.parse_args()
    options.state = options.state.resolve()
    options.state.mkdir(parents=True, exist_ok=True)
    started = time.perf_counter()
    works[options.work](options)
    print(time.perf_counter() - started, flush=True)


def grid(nodes: int):
    """Each node of a grid with its two inputs in the layer before."""
    for layer in range(nodes // WIDTH):
        for column in range(WIDTH):
            before = [(layer - 1, column), (layer - 1, (column + 1) % WIDTH)]
            yield (layer, column), before if layer else []
