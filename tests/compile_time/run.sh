#!/usr/bin/env bash
# What the compiler pays for the checks: `cargo check` of a pipeline, and of the same functions without
# any macro, several times each; the latter also with a `#[derive(Clone, Debug, PartialEq)]` on the row
# struct, which is what nearly every crate has. See docs/compile-time.md.
#
# Usage: tests/compile_time/run.sh [steps] [columns] [rounds]     50 steps over 200 columns, 5 rounds
set -euo pipefail

steps=${1:-50} columns=${2:-200} rounds=${3:-5}
root=$(cd "$(dirname "$0")/../.." && pwd)
work=$root/target/compile-time

manifest() {
    cat <<TOML
[package]
name = "compile-time-$1"
version = "0.0.0"
edition = "2024"

[dependencies]
pipe-core = { path = "$root/pipe-core" }

[workspace]
TOML
}

# Each step reads two columns, adds one, and names them in its body.
functions() {
    local i
    for ((i = 0; i < steps; i++)); do
        local a=$((i * 3 % columns)) b=$(((i * 3 + 1) % columns))
        if [[ $1 == checked ]]; then
            echo "#[step(reads(measurement_$a: f64, measurement_$b: f64), adds(result_$i: f64))]"
        fi
        cat <<RUST
pub fn step_$i(frame: LazyFrame, factor: f64) -> LazyFrame {
    frame.with_column((col("measurement_$a") * lit(factor) + col("measurement_$b")).alias("result_$i"))
}
RUST
    done
}

source_of() {
    local i last=frame
    echo "#![allow(missing_docs)]"
    echo "use pipe_core::prelude::*;"
    if [[ $1 == checked ]]; then
        echo "#[derive(Schema)]"
    elif [[ $1 == derived ]]; then
        echo "#[derive(Clone, Debug, PartialEq)]"
    fi
    echo "pub struct Measurements {"
    for ((i = 0; i < columns; i++)); do echo "    pub measurement_$i: f64,"; done
    echo "}"
    functions "$1"
    if [[ $1 == checked ]]; then
        echo "pipeline! { pub fn measured(frame: Frame<Measurements>, factor: f64 = 2.0) -> LazyFrame {"
    else
        echo "pub fn measured(frame: LazyFrame, factor: f64) -> LazyFrame {"
    fi
    for ((i = 0; i < steps; i++)); do
        echo "    let node_$i = step_$i($last, factor);"
        last=node_$i
    done
    echo "    $last"
    if [[ $1 == checked ]]; then echo "} }"; else echo "}"; fi
}

check() {
    CARGO_TARGET_DIR=$work/target cargo check --quiet --manifest-path "$work/$1/Cargo.toml"
}

# The fastest of several rounds: what else the machine does only ever adds.
fastest() {
    local best=999999 round start end millis
    for ((round = 0; round < rounds; round++)); do
        # A new first line moves everything below it: of what the compiler remembers, little holds.
        sed -i "1s|.*|// round $round $RANDOM\n|" "$work/$1/src/lib.rs"
        start=$(date +%s%N)
        check "$1"
        end=$(date +%s%N)
        millis=$(((end - start) / 1000000))
        if ((millis < best)); then best=$millis; fi
    done
    echo "$best"
}

for kind in plain derived checked; do
    mkdir -p "$work/$kind/src"
    manifest $kind >"$work/$kind/Cargo.toml"
    cp "$root/Cargo.lock" "$work/$kind/Cargo.lock"
done
for CARGO_INCREMENTAL in 0 1; do
    export CARGO_INCREMENTAL
    for kind in plain derived checked; do
        { echo; source_of $kind; } >"$work/$kind/src/lib.rs"
        # The libraries below, once.
        check $kind
    done
    plain=$(fastest plain)
    derived=$(fastest derived)
    checked=$(fastest checked)
    echo "CARGO_INCREMENTAL=$CARGO_INCREMENTAL, $steps steps over $columns columns:" \
        "plain $plain ms, with one derive $derived ms, checked $checked ms," \
        "difference $((checked - plain)) or $((checked - derived)) ms"
done
