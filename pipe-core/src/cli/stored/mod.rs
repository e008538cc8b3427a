//! The verbs about what is stored.

use std::ffi::OsString;
use std::fmt::Display;
use std::io::Write;
use std::path::PathBuf;

use bytesize::ByteSize;
use clap::{Arg, ArgAction, ArgGroup, ArgMatches, Command, value_parser};
use serde::Serialize;

use super::command::{flag, rows};
use super::durations::age;
use super::exit::{Exit, Failure, with_causes};
use super::verbs::Work;
use crate::exec::{
    AcceptError, DiffError, DiffOptions, Mode, SaveError, Selection, TransferError, TransferReport,
};
use crate::pipeline::NodeId;
use crate::storage::Location;
use crate::store::Gc;

/// A verb about what is stored.
#[derive(Debug, PartialEq)]
pub(super) enum Stored {
    Explain {
        node: String,
    },
    Verify,
    Accept {
        nodes: Vec<String>,
        from: Option<String>,
        mode: Mode,
    },
    Gc(Gc, Mode),
    Diff {
        node: String,
        options: DiffOptions,
    },
    Save {
        node: String,
        path: PathBuf,
    },
    Export(OsString, Selection),
    Import(OsString, Selection),
}

pub(super) fn commands() -> [Command; 8] {
    [
        Command::new("explain")
            .about("Say why a node would run or be reused, down to the change that began it")
            .arg(node().required(true).help("The node to explain")),
        Command::new("verify")
            .about("Read every byte of every checkpoint, and say what is damaged or left over"),
        Command::new("accept")
            .about("Declare stored results good for the code, parameters and environment of now")
            .arg(nodes().help("The nodes whose checkpoints are good"))
            .arg(
                Arg::new("from")
                    .long("from")
                    .value_name("NODE")
                    .help("A node and every node that needs it"),
            )
            .arg(flag(
                "dry-run",
                "Say what would be accepted; change nothing",
            ))
            .group(ArgGroup::new("what").args(["nodes", "from"]).required(true)),
        gc_command(),
        diff_command(),
        Command::new("save")
            .about("Write a node's checkpoint as one Parquet file, for other tools")
            .arg(node().required(true).help("The node to save"))
            .arg(
                Arg::new("path")
                    .value_name("FILE")
                    .value_parser(value_parser!(PathBuf))
                    .required(true)
                    .help("Where to; a file that is there is replaced"),
            ),
        transfer_command("export", "Copy checkpoints into another store")
            .arg(other("Where to: a folder or a URL")),
        transfer_command(
            "import",
            "Copy checkpoints from another store into this one",
        )
        .arg(other("Where from: a folder or a URL")),
    ]
}

fn gc_command() -> Command {
    let keep = Arg::new("keep")
        .long("keep")
        .value_name("N")
        .value_parser(value_parser!(usize))
        .help("Keep the newest N of every node, whatever else is said [default: 1]");
    let older_than = Arg::new("older-than")
        .long("older-than")
        .value_name("AGE")
        .value_parser(age)
        .help("Only what is older than this: 12h, 30d, 2w");
    let max_bytes = Arg::new("max-bytes")
        .long("max-bytes")
        .value_name("SIZE")
        .value_parser(value_parser!(ByteSize))
        .help("The oldest until the rest has no more than this: 500MB, 10GB, 2GiB");
    let delete = flag("delete", "Remove them; without it, say only what would go");
    Command::new("gc")
        .about("Remove old checkpoints and what is left over; without `--delete` only say which")
        .args([keep, older_than, max_bytes, delete])
        .group(
            ArgGroup::new("what")
                .args(["keep", "older-than", "max-bytes"])
                .multiple(true)
                .required(true),
        )
}

fn diff_command() -> Command {
    let keys = Arg::new("keys").value_name("KEY").num_args(0..=2).help(
        "The checkpoints, by how their keys begin, the old one first [default: the newest two]",
    );
    let by = Arg::new("by")
        .long("by")
        .value_name("COLUMNS")
        .value_delimiter(',')
        .action(ArgAction::Append)
        .help("Match rows that are equal in these columns; by default by row number");
    Command::new("diff")
        .about("Compare two checkpoints of a node: what they were made of, columns and rows")
        .arg(node().required(true).help("The node"))
        .args([keys, by, rows()])
}

fn transfer_command(name: &'static str, about: &'static str) -> Command {
    let all = "All checkpoints; without it, those that a run would use";
    Command::new(name)
        .about(about)
        .arg(nodes().index(2).help("Only those of these nodes"))
        .arg(flag("all", all))
}

fn other(help: &'static str) -> Arg {
    Arg::new("other")
        .value_name("DIR|URL")
        .value_parser(value_parser!(OsString))
        .index(1)
        .required(true)
        .help(help)
}

fn node() -> Arg {
    Arg::new("node").value_name("NODE")
}

fn nodes() -> Arg {
    Arg::new("nodes")
        .value_name("NODE")
        .action(ArgAction::Append)
        .num_args(1..)
}

impl Stored {
    /// `None` if there is no such verb.
    pub(super) fn of(name: &str, matches: &ArgMatches) -> Option<Self> {
        let text = |id: &str| matches.get_one::<String>(id).cloned();
        let texts = |id: &str| {
            matches
                .get_many::<String>(id)
                .into_iter()
                .flatten()
                .cloned()
        };
        let mode = |id: &str, on: Mode, off: Mode| if matches.get_flag(id) { on } else { off };
        Some(match name {
            "explain" => Self::Explain {
                node: text("node")?,
            },
            "verify" => Self::Verify,
            "accept" => Self::Accept {
                nodes: texts("nodes").collect(),
                from: text("from"),
                mode: mode("dry-run", Mode::DryRun, Mode::Apply),
            },
            "gc" => {
                let mut gc = Gc::default();
                if let Some(keep) = matches.get_one("keep") {
                    gc = gc.keep(*keep);
                }
                if let Some(age) = matches.get_one("older-than") {
                    gc = gc.older_than(*age);
                }
                if let Some(ByteSize(bytes)) = matches.get_one("max-bytes") {
                    gc = gc.max_bytes(*bytes);
                }
                Self::Gc(gc, mode("delete", Mode::Apply, Mode::DryRun))
            }
            "diff" => {
                let mut options = DiffOptions::default()
                    .by(texts("by"))
                    .rows(matches.get_one("rows").copied()?);
                let mut keys = texts("keys");
                options = match (keys.next(), keys.next()) {
                    (Some(old), Some(new)) => options.between(old, new),
                    (Some(key), None) => options.with(key),
                    (None, _) => options,
                };
                let node = text("node")?;
                Self::Diff { node, options }
            }
            "save" => Self::Save {
                node: text("node")?,
                path: matches.get_one("path").cloned()?,
            },
            "export" | "import" => {
                let mut selection = if matches.get_flag("all") {
                    Selection::all()
                } else {
                    Selection::valid()
                };
                if matches.contains_id("nodes") {
                    selection = selection.only(texts("nodes").map(NodeId::from));
                }
                let other = matches.get_one("other").cloned()?;
                match name {
                    "export" => Self::Export(other, selection),
                    _ => Self::Import(other, selection),
                }
            }
            _ => return None,
        })
    }

    /// Whether it needs to know which data the pipeline is run on.
    pub(super) fn needs_sources(&self) -> bool {
        match self {
            Self::Explain { .. } | Self::Accept { .. } | Self::Save { .. } => true,
            Self::Export(_, selection) | Self::Import(_, selection) => !selection.is_all(),
            Self::Verify | Self::Gc(..) | Self::Diff { .. } => false,
        }
    }
}

impl Work<'_, '_> {
    pub(super) fn stored(mut self, verb: Stored) -> Result<Exit, Failure> {
        match verb {
            Stored::Explain { node } => {
                let explained = self.pipeline.explain(node)?;
                self.say(&explained)?;
                Ok(Exit::Done)
            }
            Stored::Verify => {
                let verified = self.pipeline.verify()?;
                self.say(&verified)?;
                Ok(if verified.is_sound() {
                    Exit::Done
                } else {
                    Exit::Failed
                })
            }
            Stored::Accept { nodes, from, mode } => {
                let accepted = match from {
                    Some(node) => self.pipeline.accept_from(node, mode),
                    None => self.pipeline.accept(nodes, mode),
                };
                self.done(&accepted?, mode)?;
                Ok(Exit::Done)
            }
            Stored::Gc(gc, mode) => {
                let report = self.pipeline.gc(&gc, mode)?;
                self.done(&report, mode)?;
                Ok(Exit::Done)
            }
            Stored::Diff { node, options } => {
                let diff = self.pipeline.diff(node, &options)?;
                self.say(&diff)?;
                Ok(Exit::Done)
            }
            Stored::Save { node, path } => {
                let saved = self.pipeline.save(node, path)?;
                self.done(&saved, Mode::Apply)?;
                Ok(Exit::Done)
            }
            Stored::Export(to, selection) => {
                let report = self.pipeline.export(Location::from(to), &selection)?;
                self.transferred(&report)
            }
            Stored::Import(from, selection) => {
                let report = self.pipeline.import(Location::from(from), &selection)?;
                self.transferred(&report)
            }
        }
    }

    fn transferred(&mut self, report: &TransferReport) -> Result<Exit, Failure> {
        self.done(report, Mode::Apply)?;
        Ok(if report.is_sound() {
            Exit::Done
        } else {
            Exit::Failed
        })
    }

    /// Prints what was done, unless only errors are wanted.
    fn done(&mut self, report: &(impl Display + Serialize), mode: Mode) -> Result<(), Failure> {
        if self.options.quiet && !self.options.json && mode == Mode::Apply {
            return Ok(());
        }
        self.say(report)
    }

    /// Prints a report: as one line of JSON, or as it reads.
    fn say(&mut self, report: &(impl Display + Serialize)) -> Result<(), Failure> {
        if self.options.json {
            self.json(report)
        } else {
            Ok(write!(self.console.out, "{report}")?)
        }
    }
}

impl From<AcceptError> for Failure {
    fn from(error: AcceptError) -> Self {
        match error {
            AcceptError::UnknownNode(error) => Self::new(Exit::Usage, error.to_string()),
            AcceptError::Plan(error) => error.into(),
            AcceptError::Store(error) => error.into(),
            AcceptError::Polars(error) => error.into(),
            AcceptError::Refused(refused) => Self::several(
                Exit::Failed,
                refused.iter().map(|refused| with_causes(refused)),
            ),
        }
    }
}

impl From<DiffError> for Failure {
    fn from(error: DiffError) -> Self {
        match error {
            DiffError::Store(error) => error.into(),
            DiffError::Polars(error) => error.into(),
            error => Self::new(Exit::Usage, error.to_string()),
        }
    }
}

impl From<SaveError> for Failure {
    fn from(error: SaveError) -> Self {
        match error {
            SaveError::Load(error) => error.into(),
            SaveError::Store(error) => error.into(),
            error @ SaveError::NotStored { .. } => Self::new(Exit::Usage, error.to_string()),
            error @ SaveError::Polars { .. } => Self::new(Exit::Failed, error.to_string()),
        }
    }
}

impl From<TransferError> for Failure {
    fn from(error: TransferError) -> Self {
        match error {
            TransferError::UnknownNode(error) => Self::new(Exit::Usage, error.to_string()),
            TransferError::Plan(error) => error.into(),
            TransferError::Store(error) => error.into(),
        }
    }
}
