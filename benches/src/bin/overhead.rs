//! What a node costs beside its work: graphs whose steps do nothing, over a frame of three rows.
//!
//! Usage: `overhead [--nodes N] [--rounds N] [--folder FOLDER]`. Each figure is the median of several
//! processes, in microseconds a node: of the clock, and of all processors. *Building* makes the pipeline,
//! *cold* runs it into an empty store, *cached* runs it again in a new process. By hand: the same number of
//! files, each written by Polars alone.
//!
//! Every process has a folder of its own that is removed at the end: some file systems (ext4) are slow to
//! create files for half a minute after many were removed. So wait that long before you start it again.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Instant;

use clap::{Arg, ArgMatches, Command, value_parser};
use pipe_bench::Failure;
use pipe_bench::measure::{self, Figures, median};
use pipe_bench::shapes::{self, Shape};
use pipe_core::Outcome;

fn command() -> Command {
    let number = |name: &'static str, default: &'static str| {
        let number = Arg::new(name).long(name).default_value(default);
        number.value_parser(value_parser!(usize))
    };
    let folder = Arg::new("folder").value_parser(value_parser!(PathBuf));
    let once = Command::new("once")
        .about("one process that is measured")
        .arg(Arg::new("what").required(true))
        .arg(
            Arg::new("nodes")
                .required(true)
                .value_parser(value_parser!(usize)),
        )
        .arg(folder.clone().required(true));
    Command::new("overhead")
        .about("what a node costs beside its work")
        .args([number("nodes", "1000"), number("rounds", "5")])
        .arg(folder.long("folder"))
        .subcommand(once)
}

/// One process that is measured: prints the seconds of building and of running.
fn once(what: &str, nodes: usize, folder: &Path) -> Result<(), Failure> {
    let started = Instant::now();
    if let Some((_, shape)) = Shape::ALL.iter().find(|(name, _)| *name == what) {
        let pipeline = shapes::frames(*shape, nodes, folder)?;
        let built = started.elapsed().as_secs_f64();
        let started = Instant::now();
        let run = pipeline.run()?;
        let seconds = started.elapsed().as_secs_f64();
        let ran = run
            .report()
            .nodes
            .iter()
            .filter(|node| node.outcome == Outcome::Ran);
        measure::report(&[built, seconds, ran.count() as f64]);
        return Ok(());
    }
    std::fs::create_dir_all(folder)?;
    match what {
        "by hand, sink" => shapes::sinks(nodes, folder)?,
        "by hand, eager" => shapes::files(nodes, folder)?,
        _ => return Err("no such shape".into()),
    }
    measure::report(&[0.0, started.elapsed().as_secs_f64(), nodes as f64]);
    Ok(())
}

const BY_HAND: [&str; 2] = ["by hand, sink", "by hand, eager"];

fn child(what: &str, nodes: usize, folder: &Path) -> Result<Figures, Failure> {
    let nodes = nodes.to_string();
    measure::child(&[
        "once".as_ref(),
        what.as_ref(),
        nodes.as_ref(),
        folder.as_os_str(),
    ])
}

fn measure_all(nodes: usize, rounds: usize, folder: &Path) -> Result<(), Failure> {
    std::fs::create_dir_all(folder)?;
    println!("| {nodes} nodes | building | cold | cold, CPU | cached | cached, CPU |");
    println!("| --- | --: | --: | --: | --: | --: |");
    let names = Shape::ALL.iter().map(|(name, _)| *name).chain(BY_HAND);
    for name in names {
        let (mut cold, mut cached) = (Vec::new(), Vec::new());
        let store = |round: usize| folder.join(format!("{name} {round}"));
        for round in 0..rounds {
            measure::settle()?;
            let figures = child(name, nodes, &store(round))?;
            if figures.own.get(2) != Some(&(nodes as f64)) {
                return Err(format!("not every node of {name} ran").into());
            }
            cold.push(figures);
        }
        let rounds = if BY_HAND.contains(&name) {
            0
        } else {
            2 * rounds + 1
        };
        for _ in 0..rounds {
            let figures = child(name, nodes, &store(0))?;
            if figures.own.get(2) != Some(&0.0) {
                return Err(format!("a node of {name} ran again").into());
            }
            cached.push(figures);
        }
        let each = |series: &[Figures], figure: &dyn Fn(&Figures) -> f64| match series {
            [] => "-".to_owned(),
            _ => format!(
                "{:.1}",
                median(series.iter().map(figure)) * 1e6 / nodes as f64
            ),
        };
        let own =
            |i: usize| move |figures: &Figures| figures.own.get(i).copied().unwrap_or(f64::NAN);
        let cells = [
            each(&cold, &own(0)),
            each(&cold, &own(1)),
            each(&cold, &|figures| figures.cpu),
            each(&cached, &own(1)),
            each(&cached, &|figures| figures.cpu),
        ];
        println!("| {name} | {} |", cells.join(" | "));
    }
    measure::remove(folder)
}

fn main() -> ExitCode {
    let arguments = command().get_matches();
    let done = match arguments.subcommand() {
        Some(("once", arguments)) => {
            let what = arguments
                .get_one::<String>("what")
                .cloned()
                .unwrap_or_default();
            once(&what, number(arguments, "nodes"), &folder(arguments))
        }
        _ => measure_all(
            number(&arguments, "nodes"),
            number(&arguments, "rounds"),
            &folder(&arguments),
        ),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn number(arguments: &ArgMatches, name: &str) -> usize {
    arguments.get_one(name).copied().unwrap_or_default()
}

fn folder(arguments: &ArgMatches) -> PathBuf {
    let own = || std::env::temp_dir().join(format!("pipe-overhead-{}", std::process::id()));
    arguments.get_one("folder").cloned().unwrap_or_else(own)
}
