//! The command line of a pipeline, as clap knows it.

use clap::builder::PossibleValuesParser;
use clap::{Arg, ArgAction, ArgGroup, Command, value_parser};

use super::arguments::{ArgumentSpec, long};
use super::exit::EXIT_CODES;
use super::{Entry, Program, plan_options, run_options, schema, stored};

/// Rows that `show` prints unless told otherwise.
const ROWS: &str = "10";

/// Verbs are not required as clap knows it: without one there is help, not only an error.
pub(super) fn command(program: &Program, name: &str) -> Command {
    let command = Command::new(name.to_owned()).after_help(EXIT_CODES);
    match program {
        Program::One(entry) => pipeline(command, entry)
            .override_usage(format!("{name} [OPTIONS] <VERB>"))
            .subcommand(schema::command()),
        Program::Several(entries) => common(command)
            .override_usage(format!(
                "{name} [OPTIONS] <PIPELINE> <VERB>\n       {name} list"
            ))
            .subcommand_help_heading("Pipelines")
            .subcommands(entries.iter().map(|entry| {
                let command = Command::new(entry.name).after_help(EXIT_CODES);
                let usage = format!("{name} {} [OPTIONS] <VERB>", entry.name);
                let command = pipeline(command, entry).override_usage(usage);
                // Typed like the flags. clap refuses an alias that is the name.
                if entry.name.contains('_') {
                    command.alias(entry.name.replace('_', "-"))
                } else {
                    command
                }
            }))
            .subcommand(Command::new("list").about("Print the names of the pipelines"))
            .subcommand(schema::command()),
        Program::Tool => common(command)
            .about("What can be done without a pipeline")
            .subcommand(schema::command()),
    }
}

/// The verbs and arguments of one pipeline.
fn pipeline(command: Command, entry: &Entry) -> Command {
    common(command)
        .about(first_paragraph(entry.doc))
        .long_about(entry.doc)
        .args(entry.arguments.iter().map(argument))
        .subcommand_help_heading("Verbs")
        .subcommands(verbs())
        .subcommands(stored::commands())
}

/// A pipeline's argument as a flag that can stand before and after the verb.
fn argument(spec: &'static ArgumentSpec) -> Arg {
    let ending = match spec.default {
        Some(_) if spec.is_secret => "[has a default]".to_owned(),
        Some(default) => format!("[default: {default}]"),
        None => "[required]".to_owned(),
    };
    let (value, ty) = if spec.is_source {
        ("PATH", format!("[{}]", spec.ty))
    } else if spec.is_secret {
        ("SECRET", "[the value, env:NAME or file:PATH]".to_owned())
    } else {
        (spec.ty, String::new())
    };
    let parts = [spec.doc, &ty, &ending];
    let parts: Vec<_> = parts.into_iter().filter(|part| !part.is_empty()).collect();
    // Whether it is missing is found by the pipeline, which knows all that is wrong at once.
    Arg::new(argument_id(spec))
        .long(long(spec.name))
        .value_name(value)
        .help(parts.join(" "))
        .help_heading("Pipeline arguments")
        .allow_negative_numbers(true)
        .global(true)
}

/// Where clap keeps a pipeline's argument, apart from the arguments that all pipelines have.
pub(super) fn argument_id(spec: &ArgumentSpec) -> String {
    format!("argument {}", spec.name)
}

fn common(command: Command) -> Command {
    let store = Arg::new("store")
        .long("store")
        .value_name("DIR|URL")
        .value_parser(value_parser!(std::ffi::OsString))
        .env("PIPE_STORE")
        .default_value("./checkpoints")
        .help("Where checkpoints and run logs are kept: a folder, or s3://bucket/prefix");
    let durability = Arg::new("durability")
        .long("durability")
        .value_name("WHAT")
        .value_parser(PossibleValuesParser::new(["process", "power"]))
        .env("PIPE_DURABILITY")
        .default_value("process")
        .help("What a commit survives: the end of the process, or a power failure too");
    let color = Arg::new("color")
        .long("color")
        .value_name("WHEN")
        .value_parser(value_parser!(clap::ColorChoice))
        .default_value("auto")
        .help("Whether to use colours; NO_COLOR switches them off, too");
    let verbose = flag(
        "verbose",
        "Log what the run does; twice: more. RUST_LOG says it better",
    )
    .short('v')
    .action(ArgAction::Count);
    command.args([
        store.global(true),
        durability.global(true),
        flag("json", "Print JSON for scripts").global(true),
        flag("quiet", "Print errors only").short('q').global(true),
        verbose.global(true),
        color.global(true),
    ])
}

fn verbs() -> [Command; 8] {
    let node = || Arg::new("node").value_name("NODE");
    let format = Arg::new("format")
        .long("format")
        .value_parser(PossibleValuesParser::new(["text", "mermaid", "dot"]))
        .default_value("text")
        .help("The language of the drawing");
    let lock_file = || {
        Arg::new("lock-file")
            .long("lock-file")
            .value_name("PATH")
            .value_parser(value_parser!(std::path::PathBuf))
            .help("The lock file [default: contracts.lock beside Cargo.toml]")
    };
    let remove = Arg::new("remove")
        .long("remove")
        .value_name("PIPELINE")
        .help("Take a pipeline that is gone out of the file instead");
    let from = Arg::new("from")
        .long("from")
        .value_name("NODE")
        .help("A node and every node that needs it");
    [
        Command::new("run")
            .about("Run what has no valid checkpoint, and print the results")
            .args(plan_options::arguments())
            .args(run_options::arguments()),
        Command::new("plan")
            .about("Say what a run would do, and why; run nothing")
            .args(plan_options::arguments()),
        Command::new("status").about("Say what is stored of every node, and whether it is valid"),
        Command::new("check")
            .about("Run every step on empty frames, and hold the results against the contracts")
            .arg(lock_file()),
        Command::new("lock")
            .about("Write what the pipeline takes and gives into contracts.lock, for `check`")
            .arg(lock_file())
            .arg(remove),
        Command::new("clear")
            .about("Remove checkpoints")
            .arg(node().help("The node to clear"))
            .arg(from)
            .arg(flag("all", "Every node, former ones too"))
            .group(
                ArgGroup::new("what")
                    .args(["node", "from", "all"])
                    .required(true),
            ),
        Command::new("graph").about("Draw the pipeline").arg(format),
        Command::new("show")
            .about("Print the schema and the first rows of a node's checkpoint")
            .arg(node().required(true).help("The node to show"))
            .arg(rows())
            .arg(flag(
                "quarantine",
                "The rows that were put aside because they break rules",
            )),
    ]
}

/// How many rows are printed.
pub(super) fn rows() -> Arg {
    Arg::new("rows")
        .short('n')
        .long("rows")
        .value_name("ROWS")
        .value_parser(value_parser!(u32))
        .default_value(ROWS)
        .help("Rows to print")
}

pub(super) fn flag(name: &'static str, help: &'static str) -> Arg {
    Arg::new(name)
        .long(name)
        .help(help)
        .action(ArgAction::SetTrue)
}

fn first_paragraph(doc: &'static str) -> &'static str {
    doc.split("\n\n").next().unwrap_or_default()
}
