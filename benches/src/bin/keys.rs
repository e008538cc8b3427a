//! What it costs to find out that nothing has to run: pipelines of 1,000 nodes that are up to date.
//!
//! Usage: `keys [FOLDER]`; fills stores in the folder once, then prints the milliseconds of a plan, a
//! status and a run that reuses everything, each the median of eleven processes, and how many data files a
//! process opened (where there is `strace`).

use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::time::{Duration, Instant};

use pipe_core::prelude::*;
use pipe_core::{Builder, Outcome};

type Failure = Box<dyn std::error::Error>;

const NODES: usize = 1_000;
const PROCESSES: usize = 11;
/// One after the other; ten layers of a hundred, each node with two inputs; side by side.
const SHAPES: [&str; 3] = ["chain", "grid", "wide"];
const VERBS: [&str; 3] = ["plan", "status", "run"];

const OFFSET: i64 = 1;

#[tracked]
fn shifted(value: Expr) -> Expr {
    value + lit(OFFSET)
}

#[step(replaces(value: i64))]
fn shift(rows: LazyFrame, times: i64) -> LazyFrame {
    rows.with_column(shifted(col("value")) * lit(times))
}

#[step(unions(one, other))]
fn mix(one: LazyFrame, other: LazyFrame, rows: u32) -> PolarsResult<LazyFrame> {
    Ok(concat([one, other], UnionArgs::default())?.limit(rows))
}

fn chain(builder: Builder) -> Builder {
    (0..NODES).fold(builder, |builder, i| {
        builder.step(format!("node{i}"), shift { times: 1 })
    })
}

fn grid(mut builder: Builder) -> Builder {
    const WIDTH: usize = 100;
    let name = |layer: usize, column: usize| format!("layer{layer}_{}", column % WIDTH);
    for layer in 0..NODES / WIDTH {
        for column in 0..WIDTH {
            builder = if layer == 0 {
                let step = shift {
                    times: i64::try_from(column).unwrap_or(0),
                };
                builder.step_on(name(layer, column), step, ["rows"])
            } else {
                let inputs = [name(layer - 1, column), name(layer - 1, column + 1)];
                builder.step_on(name(layer, column), mix { rows: 10 }, inputs)
            };
        }
    }
    builder.outputs((0..WIDTH).map(|column| name(NODES / WIDTH - 1, column)))
}

fn wide(builder: Builder) -> Builder {
    let name = |i: usize| format!("node{i}");
    let step = |i: usize| shift {
        times: i64::try_from(i).unwrap_or(0),
    };
    let builder = (0..NODES).fold(builder, |builder, i| {
        builder.step_on(name(i), step(i), ["rows"])
    });
    builder.outputs((0..NODES).map(name))
}

fn pipeline(folder: &Path, shape: &str) -> Result<Pipeline, Failure> {
    let builder = Pipeline::builder(shape).source("rows", Csv::new(folder.join("rows.csv")));
    let builder = match shape {
        "chain" => chain(builder),
        "grid" => grid(builder),
        _ => wide(builder),
    };
    Ok(builder.build()?.store(folder.join("store")))
}

/// One process that is measured: prints how long the verb took, and all since its start.
fn once(folder: &Path, shape: &str, verb: &str) -> Result<(), Failure> {
    let started = Instant::now();
    let pipeline = pipeline(folder, shape)?;
    let built = Instant::now();
    match verb {
        "plan" => drop(pipeline.plan()?),
        "status" => drop(pipeline.status()?),
        _ => {
            let run = pipeline.run()?;
            let mut nodes = run.report().nodes.iter();
            if nodes.any(|node| node.outcome == Outcome::Ran) {
                return Err("the store is not up to date".into());
            }
        }
    }
    println!(
        "{} {}",
        built.elapsed().as_nanos(),
        started.elapsed().as_nanos()
    );
    Ok(())
}

/// Stores in which everything is up to date.
fn fill(folder: &Path) -> Result<(), Failure> {
    std::fs::create_dir_all(folder)?;
    let rows = folder.join("rows.csv");
    if !rows.exists() {
        std::fs::write(&rows, "value\n1\n2\n3\n")?;
    }
    for shape in SHAPES {
        let started = Instant::now();
        let run = pipeline(folder, shape)?.run()?;
        let nodes = run.report().nodes.iter();
        let ran = nodes.filter(|node| node.outcome == Outcome::Ran).count();
        eprintln!(
            "{shape}: {ran} nodes ran in {:.1} s",
            started.elapsed().as_secs_f64()
        );
    }
    // Digests of younger files are not remembered.
    std::thread::sleep(Duration::from_secs(3));
    for shape in SHAPES {
        pipeline(folder, shape)?.run()?;
    }
    Ok(())
}

fn child(folder: &Path, shape: &str, verb: &str) -> Result<[f64; 2], Failure> {
    let output = Command::new(std::env::current_exe()?)
        .arg(folder)
        .args([shape, verb])
        .output()?;
    let text = String::from_utf8(output.stdout)?;
    let mut numbers = text.split_whitespace().map(str::parse::<f64>);
    match (numbers.next(), numbers.next()) {
        (Some(Ok(verb)), Some(Ok(all))) => Ok([verb, all].map(|nanoseconds| nanoseconds / 1e6)),
        _ => Err(String::from_utf8_lossy(&output.stderr).into()),
    }
}

/// How many data files and records a process opened; `None` without `strace`.
fn opened(folder: &Path, shape: &str, verb: &str) -> Option<[usize; 2]> {
    let trace = folder.join("trace");
    let status = Command::new("strace")
        .args(["-f", "-e", "trace=open,openat", "-o"])
        .arg(&trace)
        .arg(std::env::current_exe().ok()?)
        .arg(folder)
        .args([shape, verb])
        .output()
        .ok()?
        .status;
    let text = status
        .success()
        .then(|| std::fs::read_to_string(trace).ok())??;
    let count = |end: &str| text.lines().filter(|line| line.contains(end)).count();
    Some([count(".parquet\""), count(".json\"")])
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}

fn measure(folder: &Path) -> Result<(), Failure> {
    fill(folder)?;
    println!(
        "| {NODES} nodes | verb | ms | with building the pipeline | data files opened | records opened |"
    );
    println!("| --- | --- | --: | --: | --: | --: |");
    for shape in SHAPES {
        for verb in VERBS {
            let times = (0..PROCESSES).map(|_| child(folder, shape, verb));
            let times = times.collect::<Result<Vec<_>, _>>()?;
            let of = |i: usize| median(times.iter().map(|times| times[i]).collect());
            let files = opened(folder, shape, verb).map_or_else(
                || "? | ?".to_owned(),
                |[data, records]| format!("{data} | {records}"),
            );
            println!(
                "| {shape} | {verb} | {:.1} | {:.1} | {files} |",
                of(0),
                of(1)
            );
        }
    }
    Ok(())
}

fn main() -> ExitCode {
    let mut arguments = std::env::args_os().skip(1);
    let folder = arguments
        .next()
        .map_or_else(|| std::env::temp_dir().join("pipe-keys"), PathBuf::from);
    let texts: Vec<String> = arguments
        .filter_map(|text| text.into_string().ok())
        .collect();
    let done = match texts.as_slice() {
        [] => measure(&folder),
        [shape, verb] => once(&folder, shape, verb),
        _ => Err("usage: keys [FOLDER]".into()),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}
