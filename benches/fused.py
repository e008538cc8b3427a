"""The query of src/bin/fused.rs on Polars' own Python wheel.

    python fused.py ORDERS.csv|ORDERS.parquet CUSTOMERS.parquet
"""

import sys
import time
from functools import partial

import polars as pl


def query(orders: str, customers: str) -> pl.LazyFrame:
    scan = pl.scan_parquet if orders.endswith(".parquet") else partial(pl.scan_csv, try_parse_dates=True)
    return (
        scan(orders)
        .drop_nulls()
        .with_columns(feature1=pl.col("value") * 3)
        .with_columns(feature2=pl.col("value") * 7 + pl.col("qty") * pl.col("price"))
        .filter(pl.col("feature1") > 10)
        .join(pl.scan_parquet(customers), on="customer_id", how="inner")
        .group_by("region", "category")
        .agg(
            orders=pl.len(),
            value_sum=pl.col("value").sum(),
            feature1_sum=pl.col("feature1").sum(),
            feature2_mean=pl.col("feature2").mean(),
            qty_sum=pl.col("qty").sum(),
        )
        .sort("region", "category")
    )


print(f"polars {pl.__version__}")
for _ in range(5):
    start = time.perf_counter()
    result = query(sys.argv[1], sys.argv[2]).collect(engine="streaming")
    print(f"{time.perf_counter() - start:.3f} s, {result.height} rows")
