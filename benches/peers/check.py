"""Whether two results of W1 are the same: python check.py EXPECTED.parquet FOUND.parquet"""

import sys

import polars as pl
from polars.testing import assert_frame_equal

COLUMNS = {
    "region": pl.String,
    "category": pl.String,
    "orders": pl.Int64,
    "value_sum": pl.Float64,
    "feature1_sum": pl.Float64,
    "feature2_mean": pl.Float64,
    "qty_sum": pl.Int64,
}

expected, found = (
    pl.read_parquet(path).select(pl.col(name).cast(ty) for name, ty in COLUMNS.items())
    for path in sys.argv[1:]
)
assert_frame_equal(expected, found, rel_tol=1e-9)
