"""Reads a checkpoint by its record, whole or in layers: `python read_checkpoint.py STORE/PIPELINE/NODE/KEY.json`.

Needs Polars. The record's format is in docs/design.md, section 6."""

import json
import pathlib
import sys

import polars


def read_checkpoint(path):
    path = pathlib.Path(path)
    record = json.loads(path.read_text())
    pipeline = path.parent.parent
    files = [polars.read_parquet(pipeline / file.get("node", record["node"]) / file["name"]) for file in record["files"]]
    if record["layout"] == "whole":
        return polars.concat(files)
    frame = None
    for number, layer in enumerate(record["layers"]["stack"]):
        if "kept" in layer:
            kept = files[layer["kept"]].to_series()
            frame = frame.filter(kept) if kept.dtype == polars.Boolean else frame[kept]
        if "data" in layer:
            data = files[layer["data"]].rename(lambda column: f"{number} {column}")
            frame = data if frame is None else frame.hstack(data)
        assert frame.height == layer["rows"]
    places = record["layers"]["columns"]
    return frame.select(polars.col(f"{it['layer']} {it['column']}").alias(it["name"]) for it in places)


if __name__ == "__main__":
    print(read_checkpoint(sys.argv[1]))
