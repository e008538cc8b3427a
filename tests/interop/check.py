"""Reads the checkpoints that `tests/src/bin/interop.rs` writes with Polars, DuckDB and pyarrow, and holds
every value and type against what was written. The data files are named on standard input.

Moments and durations are compared as integers, in the unit of their column: Python has no nanoseconds."""

import json
import math
import sys

import duckdb
import polars
import pyarrow
import pyarrow.parquet

from read_checkpoint import read_checkpoint

INF, NAN = math.inf, math.nan
TEXT = '“Zürich” 🛫\n\t"x",\0'
NOON = 1372680000000001  # 2013-07-01T12:00:00.000001Z
TWICE = 1382837400000000  # 2013-10-27T01:30:00Z, 02:30 in Berlin for the second time
DATETIME_MS = [1359608767123, -2203891200001]
DATETIME_NS = [1359608767123456806, 9223372036854775806]
POINT = "Struct({'x': Int32, 'label': String})", "struct<x: int32, label: large_string>"
DUCK_POINT = 'STRUCT(x INTEGER, "label" VARCHAR)'


def point(x, label=None):
    return {"x": x, "label": label}


# Column, values, and its type in Polars, Arrow and DuckDB.
ALL = [
    ("bool", [True, False], "Boolean", "bool", "BOOLEAN"),
    ("i8", [1, -(2**7)], "Int8", "int8", "TINYINT"),
    ("i16", [-2, -(2**15)], "Int16", "int16", "SMALLINT"),
    ("i32", [3, -(2**31)], "Int32", "int32", "INTEGER"),
    ("i64", [-4, -(2**63)], "Int64", "int64", "BIGINT"),
    ("u8", [5, 2**8 - 1], "UInt8", "uint8", "UTINYINT"),
    ("u16", [6, 2**16 - 1], "UInt16", "uint16", "USMALLINT"),
    ("u32", [7, 2**32 - 1], "UInt32", "uint32", "UINTEGER"),
    ("u64", [8, 2**64 - 1], "UInt64", "uint64", "UBIGINT"),
    ("f32", [0.5, (2 - 2**-23) * 2.0**127], "Float32", "float", "FLOAT"),
    ("f64", [0.1, -INF], "Float64", "double", "DOUBLE"),
    ("string", ["north", TEXT], "String", "large_string", "VARCHAR"),
    ("bytes", [b"\0\xff\n", b""], "Binary", "large_binary", "BLOB"),
    ("date", [15736, -141427], "Date", "date32[day]", "DATE"),
    ("time", [18367000000008, 86399999999999], "Time", "time64[ns]", "TIME_NS"),
    ("datetime_ms", DATETIME_MS, "Datetime(time_unit='ms', time_zone=None)", "timestamp[ms]", "TIMESTAMP"),
    ("datetime_us", [1359608767123456, -1], "Datetime(time_unit='us', time_zone=None)", "timestamp[us]", "TIMESTAMP"),
    ("datetime_ns", DATETIME_NS, "Datetime(time_unit='ns', time_zone=None)", "timestamp[ns]", "TIMESTAMP_NS"),
    ("datetime_utc", [NOON, TWICE], "Datetime(time_unit='us', time_zone='UTC')",
     "timestamp[us, tz=UTC]", "TIMESTAMP WITH TIME ZONE"),
    ("datetime_berlin", [NOON, TWICE], "Datetime(time_unit='us', time_zone='Europe/Berlin')",
     "timestamp[us, tz=Europe/Berlin]", "TIMESTAMP WITH TIME ZONE"),
    # Parquet has no duration: Polars and Arrow keep theirs beside the integer that it is to others.
    ("duration_ms", [90061001, -1], "Duration(time_unit='ms')", "duration[ms]", "BIGINT"),
    ("duration_us", [-1, 3153600000000000], "Duration(time_unit='us')", "duration[us]", "BIGINT"),
    ("duration_ns", [1000000001, -999999999], "Duration(time_unit='ns')", "duration[ns]", "BIGINT"),
    ("list", [[1, 2, 3], []], "List(Int64)", "large_list<element: int64>", "BIGINT[]"),
    ("list_of_texts", [["a", None, ""], []], "List(String)", "large_list<element: large_string>", "VARCHAR[]"),
    ("list_of_lists", [[[1], [], [2, 3]], []], "List(List(Int16))",
     "large_list<element: large_list<element: int16>>", "SMALLINT[][]"),
    ("record", [point(1, "one"), point(-1)], *POINT, DUCK_POINT),
    ("list_of_records", [[point(1), point(2, "two")], []], f"List({POINT[0]})",
     f"large_list<element: {POINT[1]}>", f"{DUCK_POINT}[]"),
    ("Größe – m²", [1.5, 2.0**-1022], "Float64", "double", "DOUBLE"),
]

NULLS = [
    (column, [None, value, None], *types)
    for column, value, *types in [
        ("bool", False, "Boolean", "bool", "BOOLEAN"),
        ("i64", 0, "Int64", "int64", "BIGINT"),
        ("u64", 0, "UInt64", "uint64", "UBIGINT"),
        ("f64", NAN, "Float64", "double", "DOUBLE"),
        ("string", "", "String", "large_string", "VARCHAR"),
        ("bytes", b"\0", "Binary", "large_binary", "BLOB"),
        ("date", 0, "Date", "date32[day]", "DATE"),
        ("time", 0, "Time", "time64[ns]", "TIME_NS"),
        ("datetime", 0, "Datetime(time_unit='us', time_zone=None)", "timestamp[us]", "TIMESTAMP"),
        ("datetime_utc", 0, "Datetime(time_unit='us', time_zone='UTC')",
         "timestamp[us, tz=UTC]", "TIMESTAMP WITH TIME ZONE"),
        ("duration", 0, "Duration(time_unit='us')", "duration[us]", "BIGINT"),
        ("list", [None, 0], "List(Int64)", "large_list<element: int64>", "BIGINT[]"),
        ("record", point(0), *POINT, DUCK_POINT),
    ]
]

ROWS = range(130_000)
STATUS = ["", "new", "paid", "shipped", None]

MANY = [
    (column, [value(n, n * 7919) for n in ROWS], *types)
    for column, value, *types in [
        ("in_order", lambda n, _: n + 1000, "Int64", "int64", "BIGINT"),
        ("small", lambda n, mixed: mixed % 100_003 if n % 7 else None, "Int64", "int64", "BIGINT"),
        ("jumps", lambda n, _: 2**63 - 1 - n if n % 2 else n - 2**63, "Int64", "int64", "BIGINT"),
        ("narrow", lambda _, mixed: mixed % 65_536 - 32_768, "Int16", "int16", "SMALLINT"),
        ("positive", lambda _, mixed: mixed % 65_536, "UInt16", "uint16", "USMALLINT"),
        ("whole", lambda _, mixed: mixed % 1_000_003, "Int32", "int32", "INTEGER"),
        ("falling", lambda n, _: 2**64 - 1 - n, "UInt64", "uint64", "UBIGINT"),
        ("day", lambda _, mixed: mixed % 20_011, "Date", "date32[day]", "DATE"),
        ("at", lambda n, _: NOON - 1 + n * 1_000_000 if n % 11 else None,
         "Datetime(time_unit='us', time_zone=None)", "timestamp[us]", "TIMESTAMP"),
        ("price", lambda _, mixed: mixed % 100_003 / 4, "Float64", "double", "DOUBLE"),
        ("status", lambda _, mixed: STATUS[mixed % 5], "String", "large_string", "VARCHAR"),
        ("long", lambda _, mixed: f"a text that is too long {mixed % 6}", "String", "large_string", "VARCHAR"),
        ("texts", lambda _, mixed: f"text {mixed % 100_003}", "String", "large_string", "VARCHAR"),
    ]
]

NONE = [(column, [], *types) for column, _, *types in ALL]


def by_polars(path):
    """Columns with their types and values."""
    frame = polars.read_parquet(path)
    for column in frame.iter_columns():
        values = column.to_physical() if column.dtype.is_temporal() else column
        yield column.name, str(column.dtype), values.to_list()


def by_arrow(path):
    table = pyarrow.parquet.read_table(path)
    types = pyarrow.types
    for field, column in zip(table.schema, table.columns):
        if types.is_date32(field.type):
            column = column.cast(pyarrow.int32())
        elif types.is_temporal(field.type):
            column = column.cast(pyarrow.int64())
        yield field.name, str(field.type), column.to_pylist()


# What DuckDB counts a moment in, by type and column.
TICKS = {
    "DATE": "{0} - DATE '1970-01-01'",
    "TIME_NS": "hour({0}) * 3600000000000 + minute({0}) * 60000000000 + nanosecond({0})",
    "TIMESTAMP": "epoch_us({0})",
    "TIMESTAMP_NS": "epoch_ns({0})",
    "TIMESTAMP WITH TIME ZONE": "epoch_us({0})",
}


def by_duckdb(path):
    file = "'" + path.replace("'", "''") + "'"
    described = duckdb.sql(f"DESCRIBE SELECT * FROM {file}").fetchall()
    for name, kind, *_ in described:
        ticks = TICKS.get(kind, "{0}").format('"' + name + '"')
        if name.endswith("_ms") and kind == "TIMESTAMP":
            ticks = f"epoch_ms({name})"
        values = duckdb.sql(f"SELECT {ticks} FROM {file}").fetchall()
        yield name, kind, [value for (value,) in values]


def same(a, b):
    if isinstance(a, float) and isinstance(b, float) and math.isnan(a):
        return math.isnan(b)
    return type(a) is type(b) and a == b


def check_layers(record, whole):
    """A checkpoint in layers, and the same frame written as one file."""
    found, expected = read_checkpoint(record), polars.read_parquet(whole)
    depth = len(json.loads(open(record).read())["layers"]["stack"])
    right = depth > 2 and found.equals(expected)
    print(f"{depth} layers read by a script" if right else f"layers: {found} is not {expected}")
    return 0 if right else 1


def check_encodings(path):
    """That what was read was written in all the ways in which columns are written."""
    file = pyarrow.parquet.ParquetFile(path).metadata
    chunks = [file.row_group(0).column(column) for column in range(file.num_columns)]
    ways = {way for chunk in chunks for way in chunk.encodings} | {chunk.compression for chunk in chunks}
    expected = {"PLAIN", "RLE_DICTIONARY", "DELTA_BINARY_PACKED", "LZ4", "UNCOMPRESSED"}
    right = expected <= ways and file.num_row_groups > 1
    print("written in all ways" if right else f"written only as {ways} in {file.num_row_groups} row groups")
    return 0 if right else 1


def main():
    *files, record, whole = sys.stdin.read().splitlines()
    tools = [
        (f"Polars {polars.__version__}", by_polars, 2),
        (f"pyarrow {pyarrow.__version__}", by_arrow, 3),
        (f"DuckDB {duckdb.__version__}", by_duckdb, 4),
    ]
    wrong = 0
    for tool, read, types in tools:
        values = 0
        for path, written in zip(files, [ALL, NULLS, NONE, MANY], strict=True):
            read_columns = list(read(path))
            if [name for name, *_ in read_columns] != [name for name, *_ in written]:
                print(f"{tool}: other columns in {path}: {read_columns}")
                wrong += 1
                continue
            for (name, kind, found), column in zip(read_columns, written):
                expected = column[1]
                if kind != column[types]:
                    print(f"{tool}: `{name}` is {kind}, not {column[types]}")
                    wrong += 1
                if len(found) != len(expected) or not all(map(same, found, expected)):
                    differ = [pair for pair in zip(found, expected) if not same(*pair)][:9]
                    print(f"{tool}: `{name}` holds {len(found)} values, not {len(expected)}, and where those differ: {differ}")
                    wrong += 1
                values += len(found)
        print(f"{tool}: {len(files)} files, {values} values read")
    wrong += check_encodings(files[-1])
    wrong += check_layers(record, whole)
    print(f"{wrong} wrong" if wrong else "all as written")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
