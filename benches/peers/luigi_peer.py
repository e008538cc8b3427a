"""Luigi: a task with a Parquet target for each step, run by its local scheduler."""

import logging

import luigi
import polars as pl
import steps
import work

logging.getLogger("luigi-interface").setLevel(logging.ERROR)
luigi.configuration.get_config().set("core", "no_configure_logging", "true")


class Stored(luigi.Task):
    """A task whose result is a frame in a file."""

    state = luigi.Parameter()
    name = luigi.Parameter()

    def output(self):
        return luigi.LocalTarget(f"{self.state}/{self.name}.parquet")

    def run(self):
        with self.output().temporary_path() as path:
            self.frame().write_parquet(path)


class Read(Stored):
    orders = luigi.Parameter()

    def frame(self):
        return pl.read_csv(self.orders, try_parse_dates=True)


class Step(Stored):
    orders = luigi.Parameter()
    customers = luigi.Parameter()

    def requires(self):
        names = list(steps.named(None))
        before = names.index(self.name) - 1
        if before < 0:
            return Read(state=self.state, name="read", orders=self.orders)
        return self.clone(name=names[before])

    def frame(self):
        step = steps.named(pl.scan_parquet(self.customers))[self.name]
        return step(pl.read_parquet(self.input().path).lazy()).collect()


class Link(Stored):
    """A node of a chain."""

    def requires(self):
        return [self.clone(name=str(int(self.name) - 1))] if int(self.name) else []

    def frame(self):
        return pl.read_parquet(self.input()[0].path) if int(self.name) else steps.tiny()


class Knot(Stored):
    """A node of a grid."""

    layer = luigi.IntParameter()
    column = luigi.IntParameter()

    def requires(self):
        columns = (self.column, (self.column + 1) % work.WIDTH) if self.layer else ()
        layer = self.layer - 1
        return [
            self.clone(name=f"{layer}_{column}", layer=layer, column=column) for column in columns
        ]

    def frame(self):
        return pl.read_parquet(self.input()[0].path) if self.layer else steps.tiny()


def build(tasks):
    if not luigi.build(tasks, local_scheduler=True, log_level="ERROR"):
        raise SystemExit("a task failed")


def w1(options):
    state = str(options.state)
    last = Step(state=state, name="agg", orders=options.orders, customers=options.customers)
    build([last])
    pl.read_parquet(last.output().path).write_parquet(options.out)


def frames_chain(options):
    build([Link(state=str(options.state), name=str(options.nodes - 1))])


def frames_grid(options):
    layer = options.nodes // work.WIDTH - 1
    state = str(options.state)
    columns = range(work.WIDTH)
    build([Knot(state=state, name=f"{layer}_{c}", layer=layer, column=c) for c in columns])


if __name__ == "__main__":
    work.main({"w1": w1, "frames-chain": frames_chain, "frames-grid": frames_grid})
