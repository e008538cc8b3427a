//! What layers bring, and what they cost where they bring nothing: pipelines stored as layers, as whole frames, and
//! by hand, in one process, the rounds interleaved.
//!
//! Usage: `layers wide|chain|others [--rows N] [--rounds N] [--folder FOLDER]`. Medians.
//!
//! - `wide`: a frame of 200 columns, to which 30 features are added, one a step. What a step costs, and what a
//!   checkpoint of the whole frame.
//! - `chain`: orders with 12 features, one a step, and their sums: all of it, from the seventh feature on again, and
//!   with another parameter there.
//! - `others`: a sort, a join that multiplies rows, groups, and a sort again: nothing that could be a layer.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Instant;

use clap::{Arg, Command, value_parser};
use pipe_bench::measure::{self, median};
use pipe_bench::{Failure, by_hand, orders, w1};
use pipe_core::prelude::*;
use pipe_core::{Code, Environment, Outcome, Run};

const COLUMNS: usize = 200;
const WIDE_FEATURES: usize = 30;
const FEATURES: usize = 12;
/// The feature that is changed.
const CHANGED: usize = 7;
/// Bytes of frames that are kept in memory.
const MEMORY: u64 = 8 << 30;

type Body = fn(LazyFrame, usize, f64) -> LazyFrame;

/// A step that does something with two numbers.
#[derive(Clone, Copy)]
struct Act {
    name: &'static str,
    number: usize,
    factor: f64,
    body: Body,
}

impl Act {
    const fn new(name: &'static str, body: Body) -> Self {
        Self {
            name,
            number: 0,
            factor: 1.0,
            body,
        }
    }

    fn of(self, number: usize, factor: f64) -> Self {
        Self {
            number,
            factor,
            ..self
        }
    }

    fn apply(self, frame: LazyFrame) -> LazyFrame {
        (self.body)(frame, self.number, self.factor)
    }
}

impl Step for Act {
    fn name(&self) -> &'static str {
        self.name
    }

    fn code(&self) -> Code {
        Code::by_hand(self.name)
    }

    fn parameters(&self, parameters: &mut Parameters) -> Result<(), StepError> {
        parameters.add("number", &self.number)?;
        parameters.add("factor", &self.factor)
    }

    fn process(&self, mut inputs: Inputs) -> Result<StepOutput, StepError> {
        Ok(self.apply(inputs.only()?).into())
    }
}

/// All that there is.
const SAME: Act = Act::new("same", |frame, _, _| frame);

/// A feature of two columns of the wide frame.
const WIDE_FEATURE: Act = Act::new("wide_feature", |frame, number, factor| {
    let [a, b] = [number, number + 1].map(|column| col(format!("c{column}")));
    frame.with_column((a * lit(factor) + b).alias(format!("f{number}")))
});

/// A feature of an order.
const FEATURE: Act = Act::new("feature", |orders, number, factor| {
    let feature = col("value") * lit(factor) + col("price") * col("qty");
    orders.with_column(feature.alias(format!("f{number}")))
});

const SUMS: Act = Act::new("sums", |orders, _, _| {
    let sums = (1..=FEATURES).map(|number| col(format!("f{number}")).sum());
    let sums = orders
        .group_by([col("category")])
        .agg(sums.collect::<Vec<_>>());
    sums.sort(["category"], SortMultipleOptions::default())
});

const SORTED: Act = Act::new("sorted", |orders, _, _| {
    orders.sort(["price", "id"], SortMultipleOptions::default())
});

/// Two rows of each.
const DOUBLED: Act = Act::new("doubled", |orders, _, _| {
    let twice = df!("twice" => [1, 2]).unwrap_or_default().lazy();
    orders.cross_join(twice, None)
});

const GROUPED: Act = Act::new("grouped", |orders, _, _| {
    let groups = orders.group_by([col("customer_id"), col("category"), col("twice")]);
    groups.agg([
        col("value").sum(),
        col("price").max(),
        len().alias("orders"),
    ])
});

const RANKED: Act = Act::new("ranked", |groups, _, _| {
    groups.sort(
        ["value", "price", "customer_id", "category", "twice"],
        SortMultipleOptions::default(),
    )
});

fn run(pipeline: &Pipeline) -> Result<(f64, Run), Failure> {
    measure::settle()?;
    let started = Instant::now();
    let run = pipeline.run()?;
    Ok((started.elapsed().as_secs_f64(), run))
}

/// Medians of several series.
fn print(title: &str, series: &[(&str, Vec<f64>)]) {
    println!("| {title} | s | to the first |\n| --- | --: | --: |");
    let first = series
        .first()
        .map_or(f64::NAN, |(_, first)| median(first.iter().copied()));
    for (name, seconds) in series {
        let seconds = median(seconds.iter().copied());
        println!("| {name} | {seconds:.3} | {:.3} |", seconds / first);
    }
}

fn wide(rows: usize, rounds: usize, folder: &Path) -> Result<(), Failure> {
    let mut rng = fastrand::Rng::with_seed(1);
    let columns = (0..COLUMNS).map(|number| {
        let values: Vec<f64> = (0..rows).map(|_| rng.f64() * 1000.0).collect();
        Column::new(format!("c{number}").into(), values)
    });
    let frame = DataFrame::new(rows, columns.collect())?;
    let pipeline = |features: usize| -> Result<Pipeline, Failure> {
        let builder = Pipeline::builder("wide")
            .environment(Environment::None)
            .source("source", frame.clone())
            .step("wide", SAME);
        let builder = (1..=features).fold(builder, |builder, number| {
            builder.step(format!("f{number}"), WIDE_FEATURE.of(number, 3.0))
        });
        // The result is small: what is measured is what comes before.
        let builder = builder.step("head", Act::new("head", |frame, _, _| frame.limit(10)));
        Ok(builder.build()?.memory(MEMORY).store(folder.join("wide")))
    };
    let (mut whole, mut by_sink, mut step, mut slowest) =
        (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    let mut bytes = [0, 0];
    for _ in 0..rounds {
        let features = |run: &Run| -> Vec<(f64, u64)> {
            let nodes = run.report().nodes.iter();
            let features = nodes.filter(|node| node.step == "wide_feature");
            features
                .map(|node| (node.seconds, node.bytes.unwrap_or_default()))
                .collect()
        };
        let (_, run_whole) = run(&pipeline(1)?.layers(false))?;
        for (seconds, length) in features(&run_whole) {
            whole.push(seconds);
            bytes[0] = length;
        }
        measure::remove(&folder.join("wide"))?;
        measure::settle()?;
        let started = Instant::now();
        let query = WIDE_FEATURE.of(1, 3.0).apply(frame.clone().lazy());
        let _scan = by_hand::sink(query, &folder.join("by_hand.parquet"))?;
        by_sink.push(started.elapsed().as_secs_f64());
        let (_, run_layered) = run(&pipeline(WIDE_FEATURES)?)?;
        let layered = features(&run_layered);
        step.extend(layered.iter().map(|(seconds, _)| *seconds));
        slowest.push(
            layered
                .iter()
                .map(|(seconds, _)| *seconds)
                .fold(0.0, f64::max),
        );
        bytes[1] = layered.first().map_or(0, |(_, length)| *length);
        measure::remove(&folder.join("wide"))?;
    }
    print(
        "a feature of a wide frame",
        &[
            ("whole frame", whole),
            ("whole frame by hand, streamed", by_sink),
            ("layer", step),
            ("the slowest layer of each run", slowest),
        ],
    );
    println!(
        "{:.1} MB and {:.1} MB",
        bytes[0] as f64 / 1e6,
        bytes[1] as f64 / 1e6
    );
    Ok(())
}

/// Orders, as a file.
fn write_orders(rows: usize, folder: &Path) -> Result<w1::Paths, Failure> {
    let paths = w1::Paths {
        orders: folder.join("orders.csv"),
        customers: folder.join("customers.parquet"),
        state: folder.join("state"),
    };
    orders::write_orders(&paths.orders, rows as u64, 1)?;
    // Digests of younger files are not remembered.
    std::thread::sleep(std::time::Duration::from_secs(3));
    Ok(paths)
}

fn of_orders(name: &str, paths: &w1::Paths, steps: &[(String, Act)]) -> Result<Pipeline, Failure> {
    let builder = Pipeline::builder(name)
        .environment(Environment::None)
        .source("orders", Csv::new(&paths.orders))
        .rules_of::<w1::Order>()
        .step("read", SAME);
    let steps = steps.iter().cloned();
    let builder = steps.fold(builder, |builder, (name, act)| builder.step(name, act));
    Ok(builder.build()?.memory(MEMORY))
}

fn chain(rows: usize, rounds: usize, folder: &Path) -> Result<(), Failure> {
    let paths = write_orders(rows, folder)?;
    let steps = |factor: f64| -> Vec<(String, Act)> {
        let feature = |number| {
            let factor = if number == CHANGED { factor } else { 3.0 };
            (format!("f{number}"), FEATURE.of(number, factor))
        };
        let features = (1..=FEATURES).map(feature);
        features.chain([("sums".to_owned(), SUMS)]).collect()
    };
    let pipeline = |factor| of_orders("chain", &paths, &steps(factor));
    let by_hand = |orders: LazyFrame, steps: &[(String, Act)]| -> Result<LazyFrame, Failure> {
        let file = |name: &str| paths.state.join(name).with_extension("parquet");
        let mut steps = steps.iter();
        steps.try_fold(orders, |orders, (name, act)| {
            Ok(by_hand::sink(act.apply(orders), &file(name))?)
        })
    };
    let mut series: Vec<(&str, Vec<f64>)> = [
        "all: whole frames",
        "all: by hand, streamed",
        "all: layers",
        "resumed in the middle: whole frames",
        "resumed in the middle: by hand, streamed",
        "resumed in the middle: layers",
        "changed in the middle: whole frames",
        "changed in the middle: layers",
    ]
    .map(|name| (name, Vec::new()))
    .into();
    for _ in 0..rounds {
        for (layers, [all, resumed, changed]) in [(false, [0, 3, 6]), (true, [2, 5, 7])] {
            let folder = folder.join(if layers { "layers" } else { "whole" });
            measure::remove(&folder)?;
            let pipeline = |factor| -> Result<Pipeline, Failure> {
                Ok(pipeline(factor)?.layers(layers).store(&*folder))
            };
            series[all].1.push(run(&pipeline(3.0)?)?.0);
            pipeline(3.0)?.clear_from(format!("f{CHANGED}"))?;
            let (seconds, found) = run(&pipeline(3.0)?)?;
            let expected = FEATURES - CHANGED + 2;
            if found.report().with(Outcome::Ran).len() != expected {
                return Err(format!("not {expected} nodes ran:\n{}", found.report()).into());
            }
            series[resumed].1.push(seconds);
            series[changed].1.push(run(&pipeline(5.0)?)?.0);
        }
        measure::remove(&paths.state)?;
        std::fs::create_dir_all(&paths.state)?;
        measure::settle()?;
        let started = Instant::now();
        let read = by_hand::sink(w1::scan_orders(&paths)?, &paths.state.join("read.parquet"))?;
        by_hand::compute(by_hand(read, &steps(3.0))?, Engine::Streaming)?;
        series[1].1.push(started.elapsed().as_secs_f64());
        measure::settle()?;
        let started = Instant::now();
        let before = by_hand::scan(&paths.state.join(format!("f{}.parquet", CHANGED - 1)))?;
        by_hand::compute(
            by_hand(before, &steps(3.0)[CHANGED - 1..])?,
            Engine::Streaming,
        )?;
        series[4].1.push(started.elapsed().as_secs_f64());
    }
    print("orders with 12 features", &series[..3]);
    print("from the seventh on", &series[3..6]);
    print("with another seventh", &series[6..]);
    Ok(())
}

fn others(rows: usize, rounds: usize, folder: &Path) -> Result<(), Failure> {
    let paths = write_orders(rows, folder)?;
    let steps = [
        ("sorted", SORTED),
        ("doubled", DOUBLED),
        ("grouped", GROUPED),
        ("ranked", RANKED),
    ];
    let steps = steps.map(|(name, act)| (name.to_owned(), act));
    let mut series: Vec<(&str, Vec<f64>)> = ["whole frames", "layers"]
        .map(|name| (name, Vec::new()))
        .into();
    for round in 0..rounds {
        // Each is first every other time.
        for i in [round % 2, 1 - round % 2] {
            let folder = folder.join("others");
            measure::remove(&folder)?;
            let pipeline = of_orders("others", &paths, &steps)?.store(&*folder);
            series[i].1.push(run(&pipeline.layers(i == 1))?.0);
        }
    }
    print("nothing that could be a layer", &series);
    Ok(())
}

fn main() -> ExitCode {
    let number = |name: &'static str, default: &'static str| {
        let number = Arg::new(name).long(name).default_value(default);
        number.value_parser(value_parser!(usize))
    };
    let arguments = Command::new("layers")
        .about("what layers bring, and what they cost")
        .arg(
            Arg::new("what")
                .required(true)
                .value_parser(["wide", "chain", "others"]),
        )
        .arg(number("rows", "1000000"))
        .arg(number("rounds", "5"))
        .arg(
            Arg::new("folder")
                .long("folder")
                .value_parser(value_parser!(PathBuf)),
        )
        .get_matches();
    let number = |name: &str| {
        arguments
            .get_one::<usize>(name)
            .copied()
            .unwrap_or_default()
    };
    let (rows, rounds) = (number("rows"), number("rounds"));
    let own = || std::env::temp_dir().join(format!("pipe-layers-{}", std::process::id()));
    let folder = arguments
        .get_one::<PathBuf>("folder")
        .cloned()
        .unwrap_or_else(own);
    let measured = match arguments.get_one::<String>("what").map(String::as_str) {
        Some("wide") => wide,
        Some("chain") => chain,
        _ => others,
    };
    let done = std::fs::create_dir_all(&folder).map_err(Failure::from);
    let done = done.and_then(|()| measured(rows, rounds, &folder));
    match done.and_then(|()| measure::remove(&folder)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}
