//! The command line of every pipeline binary.
//!
//! `pipeline!` gives every pipeline a `main`, which is [`main`] of this module; a binary with several
//! pipelines calls [`main_of`]. Results go to standard output, everything else to standard error.

use std::ffi::OsString;
use std::io::{self, Write};
use std::path::Path;
use std::process::ExitCode;

use indicatif::MultiProgress;

use crate::pipeline::{NodeId, Pipeline, PipelineDef};
use crate::step::StepOutput;

mod arguments;
mod command;
mod console;
mod durations;
mod exit;
mod interrupt;
mod lock;
mod log;
mod options;
mod plan_options;
mod preview;
mod progress;
mod run_options;
mod schema;
mod show;
mod stored;
mod verbs;

#[cfg(test)]
mod tests;

pub use arguments::{ArgumentError, ArgumentSpec, Arguments};

use console::Console;
use exit::{Exit, Failure};
use options::{Options, Verb};
use verbs::Work;

/// A pipeline that can be run from the command line.
pub trait CommandLine: PipelineDef + Sized {
    /// What the pipeline does.
    const DOC: &'static str;
    /// Its arguments, in order.
    const ARGUMENTS: &'static [ArgumentSpec];

    /// The pipeline with its arguments taken from the command line.
    ///
    /// # Errors
    ///
    /// When an argument is missing or cannot be read as its type; all of them at once.
    fn from_arguments(given: &mut Arguments) -> Result<Pipeline<Self>, ArgumentError>;
}

/// Runs a pipeline's command line with the arguments of the process.
///
/// Exit codes: 0 done; 1 a node failed, damage or differences were found, or `accept` refused; 2 usage or
/// configuration, such as wrong arguments or sources that cannot be read; 3 the store is in use; 4
/// cancelled.
///
/// Log lines of `tracing` go to standard error, unless the program has installed a subscriber of its
/// own.
#[must_use]
pub fn main<P: CommandLine>() -> ExitCode {
    process(&Program::One(entry::<P>()))
}

/// Runs the command line of a binary with several pipelines: its first argument is the pipeline's
/// name, or `list`. Exit codes as for [`main`].
///
/// ```no_run
/// # use pipe_core::cli::{self, CommandLine};
/// # fn main_of_two<DelaysPipeline: CommandLine, WeatherPipeline: CommandLine>() -> std::process::ExitCode {
/// cli::main_of([cli::entry::<DelaysPipeline>(), cli::entry::<WeatherPipeline>()])
/// # }
/// ```
#[must_use]
pub fn main_of(pipelines: impl IntoIterator<Item = Entry>) -> ExitCode {
    process(&Program::Several(pipelines.into_iter().collect()))
}

/// Runs the command line of the binary `pipe`, which has the verbs that need no pipeline.
#[must_use]
pub fn tool() -> ExitCode {
    process(&Program::Tool)
}

/// Runs a pipeline's command line with these arguments, the program's name first, on these streams,
/// and returns its exit code. For tests: it installs nothing and asks no terminal.
pub fn run_with<P: CommandLine>(
    args: impl IntoIterator<Item = impl Into<OsString>>,
    stdout: &mut dyn Write,
    stderr: &mut (dyn Write + Send),
) -> u8 {
    let program = Program::One(entry::<P>());
    execute(&program, args, &mut Console::new(stdout, stderr)) as u8
}

/// A pipeline as one of several in a binary, for [`main_of`].
#[must_use]
pub fn entry<P: CommandLine>() -> Entry {
    Entry {
        name: P::NAME,
        doc: P::DOC,
        arguments: P::ARGUMENTS,
        bind: |given| P::from_arguments(given).map(Pipeline::seen_as),
    }
}

/// What the command line needs to know of a pipeline.
#[derive(Clone, Copy)]
pub struct Entry {
    name: &'static str,
    doc: &'static str,
    arguments: &'static [ArgumentSpec],
    bind: fn(&mut Arguments) -> Result<Pipeline<Results>, ArgumentError>,
}

/// What a binary has.
enum Program {
    One(Entry),
    Several(Vec<Entry>),
    /// No pipeline at all.
    Tool,
}

/// All that a pipeline returns, whichever pipeline it is.
#[derive(Clone)]
struct Results(Vec<StepOutput>);

impl PipelineDef for Results {
    type Node = NodeId;
    type Output = Self;
    const NAME: &'static str = "";

    fn output(results: Vec<StepOutput>) -> Option<Self> {
        Some(Self(results))
    }

    fn copy(output: &Self) -> Self {
        output.clone()
    }
}

fn process(program: &Program) -> ExitCode {
    let (mut stdout, mut stderr) = (io::stdout(), io::stderr());
    let mut console = Console::new(&mut stdout, &mut stderr);
    console.process = Some(MultiProgress::new());
    ExitCode::from(execute(program, std::env::args_os(), &mut console) as u8)
}

fn execute(
    program: &Program,
    args: impl IntoIterator<Item = impl Into<OsString>>,
    console: &mut Console,
) -> Exit {
    let result = dispatch(program, args, console);
    let flushed = console.out.flush();
    match result.and_then(|exit| Ok(flushed.map(|()| exit)?)) {
        Ok(exit) => exit,
        Err(failure) => {
            // Where not even errors can be written, the exit code is all that is left.
            let _ = failure.report(console);
            failure.exit
        }
    }
}

fn dispatch(
    program: &Program,
    args: impl IntoIterator<Item = impl Into<OsString>>,
    console: &mut Console,
) -> Result<Exit, Failure> {
    let args: Vec<OsString> = args.into_iter().map(Into::into).collect();
    let name = args.first().and_then(|path| Path::new(path).file_name());
    let name = name.map_or_else(|| "pipeline".into(), |name| name.to_string_lossy());
    let mut command = command::command(program, &name);
    let matches = match command.try_get_matches_from_mut(&args) {
        Ok(matches) => matches,
        Err(said) => {
            console.show(&said.render(), said.use_stderr())?;
            return Ok(if said.use_stderr() {
                Exit::Usage
            } else {
                Exit::Done
            });
        }
    };
    let mut words = vec![name.to_string()];
    let (entry, command, matches) = match (program, matches.subcommand()) {
        (_, Some((schema::NAME, matches))) => {
            console.color = Options::of(matches).color;
            return schema::perform(matches, console);
        }
        (Program::One(entry), _) => (entry, &mut command, &matches),
        (Program::Several(entries), Some(("list", matches))) => {
            return list(entries, &Options::of(matches), console);
        }
        (Program::Several(entries), Some((name, matches))) => {
            let entry = entries.iter().find(|entry| entry.name == name);
            words.push(name.to_owned());
            match (entry, command.find_subcommand_mut(name)) {
                (Some(entry), Some(command)) => (entry, command, matches),
                _ => return help(&mut command, console),
            }
        }
        (Program::Several(_), None) | (Program::Tool, _) => return help(&mut command, console),
    };
    let Some((name, matches)) = matches.subcommand() else {
        return help(command, console);
    };
    let Some(verb) = Verb::of(name, matches) else {
        return help(command, console);
    };
    let options = Options::of(matches);
    console.color = options.color;
    if let Some(bars) = &console.process {
        log::install(&options, bars.clone(), console.colours());
    }
    let mut pipeline = (entry.bind)(&mut verb.arguments(entry, matches))?
        .store(options.store.clone())
        .durability(options.durability);
    words.push("lock".to_owned());
    if let Some(path) = verb.lock_file() {
        words.push(format!("--lock-file {}", path.display()));
        pipeline = pipeline.lock_file(path);
    }
    let work = Work {
        pipeline,
        options: &options,
        console,
        lock_command: words.join(" "),
    };
    work.perform(verb)
}

/// For a command line without a verb.
fn help(command: &mut clap::Command, console: &mut Console) -> Result<Exit, Failure> {
    console.show(&command.render_help(), true)?;
    Ok(Exit::Usage)
}

fn list(entries: &[Entry], options: &Options, console: &mut Console) -> Result<Exit, Failure> {
    if options.json {
        let pipelines: Vec<_> = entries
            .iter()
            .map(|entry| serde_json::json!({"name": entry.name, "doc": entry.doc}))
            .collect();
        let pipelines = serde_json::json!({"pipelines": pipelines});
        writeln!(console.out, "{pipelines}")?;
        return Ok(Exit::Done);
    }
    let width = entries.iter().map(|entry| entry.name.len()).max();
    let width = width.unwrap_or_default();
    for Entry { name, doc, .. } in entries {
        let line = format!("{name:<width$}  {}", doc.lines().next().unwrap_or_default());
        writeln!(console.out, "{}", line.trim_end())?;
    }
    Ok(Exit::Done)
}
