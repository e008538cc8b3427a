#!/usr/bin/env python3
"""The same work by pipe and by what people use in Python, in one run.

    cargo build --release -p pipe-bench
    python3 benches/peers/run.py [--bin target/release] [--rows 1000000] [--nodes 1000] [--rounds 3]

Makes a virtual environment with `requirements.txt` (Python 3.11) if there is none, and prints tables of
medians as Markdown. Whole processes are measured, interleaved; results are compared. Standard library
only, so that this process is small: a child's peak memory counts what it was forked from.
"""

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from functools import partial
from pathlib import Path

HERE = Path(__file__).resolve().parent
PEERS = ["polars", "luigi", "dask", "prefect"]


class Bench:
    def __init__(self, options, folder: Path, python: Path):
        self.options, self.folder, self.python = options, folder, python
        self.count = 0

    def new(self) -> Path:
        """A folder that is not there. Old ones stay to the end: creating files is slow after deleting many."""
        self.count += 1
        return self.folder / f"state{self.count}"

    def run(self, command: list) -> dict:
        """Runs a process; wall and CPU seconds, peak megabytes, and the seconds it printed last."""
        subprocess.run(["sync"], check=True)
        command = [str(part) for part in command]
        with tempfile.TemporaryFile("w+") as out, tempfile.TemporaryFile("w+") as err:
            started = time.perf_counter()
            child = subprocess.Popen(command, stdout=out, stderr=err, cwd=self.folder)
            _, status, usage = os.wait4(child.pid, 0)
            wall = time.perf_counter() - started
            child.returncode = os.waitstatus_to_exitcode(status)
            out.seek(0)
            err.seek(0)
            if child.returncode != 0:
                sys.exit(f"{' '.join(command)} failed:\n{err.read()[-3000:]}")
            words = out.read().split()
        cpu, peak = usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1e3
        own = [float(word) for word in words[-5:] if is_number(word)]
        return {"wall": wall, "cpu": cpu, "peak": peak, "own": own}

    def pipe(self, binary: str, *arguments) -> dict:
        return self.run([self.options.bin / binary, "once", *arguments])

    def peer(self, name: str, *arguments) -> dict:
        return self.run([self.python, HERE / f"{name}_peer.py", *arguments])

    # --- the work W1 ---

    def w1(self) -> None:
        data = self.folder / "data"
        self.run([self.options.bin / "w1", "data", self.options.rows, data])
        time.sleep(3)  # digests of younger files are not remembered
        files = [data / "orders.csv", data / "customers.parquet"]
        expected, out = self.folder / "expected.parquet", self.folder / "out.parquet"
        self.pipe("w1", "fused", *files, self.new(), expected)

        def ours(way):
            return lambda state: self.pipe("w1", way, *files, state, out)

        def theirs(peer, work):
            given = ["--orders", files[0], "--customers", files[1], "--out", out]
            return lambda state: self.peer(peer, work, "--state", state, *given)

        ways = {
            "pipe, a checkpoint after every step": ours("full"),
            "pipe, only the result stored": ours("bare"),
            "Polars in Rust, a sink after every step": ours("sinks"),
            "Polars in Rust, fused": ours("fused"),
            "Polars in Python, fused": theirs("polars", "fused"),
        }
        ways |= {f"{peer}, a file after every step": theirs(peer, "w1") for peer in PEERS}
        cold, again = {name: [] for name in ways}, {name: [] for name in ways}
        for _ in range(self.options.rounds):
            for name, way in ways.items():
                state = self.new()
                for series in (cold, again):
                    out.unlink(missing_ok=True)
                    series[name].append(way(state))
                    self.check(expected, out, name)
                shutil.rmtree(state, ignore_errors=True)
        print(f"\n| W1, {self.options.rows:,} rows | wall s | to pipe | CPU s | peak MB | again, wall s |")
        print("| --- | --: | --: | --: | --: | --: |")
        base = median(cold[next(iter(ways))], "wall")
        for name in ways:
            wall, cpu, peak = (median(cold[name], what) for what in ("wall", "cpu", "peak"))
            resumed = "-" if "fused" in name else f"{median(again[name], 'wall'):.3f}"
            print(f"| {name} | {wall:.2f} | {wall / base:.2f} | {cpu:.2f} | {peak:.0f} | {resumed} |")

    def check(self, expected: Path, found: Path, name: str) -> None:
        command = [self.python, HERE / "check.py", expected, found]
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode != 0:
            sys.exit(f"the result of {name} is not the expected one:\n{done.stderr}")

    # --- nodes that do nothing ---

    def overhead(self) -> None:
        """Microseconds a node: of the peer's own part, less that of a graph with one layer."""
        nodes = self.options.nodes
        print(f"\n| {nodes:,} nodes, µs a node | chain | grid | chain, again | grid, again |")
        print("| --- | --: | --: | --: | --: |")
        ways = {}
        for kind, peers in (("frames", PEERS), ("values", ["dask", "prefect"])):
            ways[f"pipe, {kind}"] = partial(self.our_nodes, kind)
            ways |= {f"{peer}, {kind}": partial(self.their_nodes, peer, kind) for peer in peers}
        for name, way in ways.items():
            cells = {}
            for shape, few in (("chain", 1), ("grid", 100)):
                for again in (False, True):
                    cells[shape, again] = []
                for _ in range(self.options.rounds):
                    small, large = self.new(), self.new()
                    for again in (False, True):
                        if again and "values" in name:
                            continue
                        one, all_ = way(shape, few, small), way(shape, nodes, large)
                        cells[shape, again].append((all_ - one) / (nodes - few) * 1e6)
            texts = []
            for again in (False, True):
                for shape in ("chain", "grid"):
                    found = cells[shape, again]
                    texts.append(f"{max(statistics.median(found), 0):,.1f}" if found else "-")
            print(f"| {name} | {' | '.join(texts)} |", flush=True)

    def our_nodes(self, kind: str, shape: str, nodes: int, state: Path) -> float:
        return self.pipe("overhead", f"{kind}-{shape}", nodes, state)["own"][-2]

    def their_nodes(self, peer: str, kind: str, shape: str, nodes: int, state: Path) -> float:
        work = f"{kind}-{shape}"
        return self.peer(peer, work, "--state", state, "--nodes", nodes)["own"][-1]


def is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def median(runs: list[dict], what: str) -> float:
    return statistics.median(run[what] for run in runs)


def environment(folder: Path) -> Path:
    """A Python with the peers."""
    python = folder / "bin" / "python"
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", folder], check=True)
        packages = ["-r", HERE / "requirements.txt"]
        subprocess.run([python, "-m", "pip", "install", "-q", *packages], check=True)
    return python


def main() -> None:
    root = HERE.parent.parent
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--bin", type=Path, default=root / "target/release", help="where w1 is")
    parser.add_argument("--venv", type=Path, default=root / "target/peers")
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--nodes", type=int, default=1_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only", choices=["w1", "overhead"])
    options = parser.parse_args()
    options.bin = options.bin.resolve()
    python = environment(options.venv.resolve())
    with tempfile.TemporaryDirectory(prefix="pipe-peers-") as folder:
        bench = Bench(options, Path(folder), python)
        if options.only != "overhead":
            bench.w1()
        if options.only != "w1":
            bench.overhead()


if __name__ == "__main__":
    main()
