//! What was asked for on a command line.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use clap::{ArgMatches, ColorChoice};

use super::Entry;
use super::arguments::Arguments;
use super::command::argument_id;
use super::plan_options::PlanOptions;
use super::run_options::RunOptions;
use super::stored::Stored;
use crate::storage::{Durability, Location};

/// What holds for every verb.
pub(super) struct Options {
    pub(super) store: Location,
    pub(super) durability: Durability,
    pub(super) json: bool,
    pub(super) quiet: bool,
    pub(super) verbose: u8,
    pub(super) color: ColorChoice,
}

/// What is to be done.
#[derive(Debug, PartialEq)]
pub(super) enum Verb {
    Run(RunOptions),
    Plan(PlanOptions),
    Status,
    Check {
        lock_file: Option<PathBuf>,
    },
    Lock {
        lock_file: Option<PathBuf>,
        remove: Option<String>,
    },
    Clear(Clear),
    Graph(Format),
    Show {
        node: String,
        rows: u32,
        quarantine: bool,
    },
    Stored(Stored),
}

/// What is to be cleared.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Clear {
    Node(String),
    From(String),
    All,
}

/// How a graph is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Format {
    Text,
    Mermaid,
    Dot,
}

impl Options {
    pub(super) fn of(matches: &ArgMatches) -> Self {
        Self {
            store: matches
                .get_one::<OsString>("store")
                .cloned()
                .unwrap_or_default()
                .into(),
            durability: match matches.get_one::<String>("durability").map(String::as_str) {
                Some("power") => Durability::Power,
                _ => Durability::Process,
            },
            json: matches.get_flag("json"),
            quiet: matches.get_flag("quiet"),
            verbose: matches.get_count("verbose"),
            color: matches.get_one("color").copied().unwrap_or_default(),
        }
    }
}

impl Verb {
    /// `None` if there is no such verb, which clap reports before.
    pub(super) fn of(name: &str, matches: &ArgMatches) -> Option<Self> {
        let text = |id: &str| matches.get_one::<String>(id).cloned();
        Some(match name {
            "run" => Self::Run(RunOptions::of(matches)),
            "plan" => Self::Plan(PlanOptions::of(matches)),
            "status" => Self::Status,
            "check" => Self::Check {
                lock_file: matches.get_one("lock-file").cloned(),
            },
            "lock" => Self::Lock {
                lock_file: matches.get_one("lock-file").cloned(),
                remove: text("remove"),
            },
            "clear" => Self::Clear(match (text("node"), text("from")) {
                (Some(node), _) => Clear::Node(node),
                (None, Some(from)) => Clear::From(from),
                (None, None) => Clear::All,
            }),
            "graph" => Self::Graph(match text("format").as_deref() {
                Some("mermaid") => Format::Mermaid,
                Some("dot") => Format::Dot,
                _ => Format::Text,
            }),
            "show" => Self::Show {
                node: text("node")?,
                rows: matches.get_one("rows").copied()?,
                quarantine: matches.get_flag("quarantine"),
            },
            name => return Stored::of(name, matches).map(Self::Stored),
        })
    }

    /// Where contracts are locked, if not beside `Cargo.toml`.
    pub(super) fn lock_file(&self) -> Option<&Path> {
        match self {
            Self::Check { lock_file } | Self::Lock { lock_file, .. } => lock_file.as_deref(),
            _ => None,
        }
    }

    /// Whether it needs to know which data the pipeline is run on.
    fn needs_sources(&self) -> bool {
        match self {
            Self::Run(_) | Self::Plan(_) | Self::Status | Self::Show { .. } => true,
            Self::Check { .. } | Self::Lock { .. } | Self::Clear(_) | Self::Graph(_) => false,
            Self::Stored(verb) => verb.needs_sources(),
        }
    }

    /// The values given for the pipeline's own arguments.
    pub(super) fn arguments(&self, entry: &Entry, matches: &ArgMatches) -> Arguments {
        let given: BTreeMap<_, _> = entry
            .arguments
            .iter()
            .filter_map(|spec| {
                let value = matches.get_one::<String>(&argument_id(spec))?;
                Some((spec.name.to_owned(), value.clone()))
            })
            .collect();
        let arguments = Arguments::new(given).described_by(entry.arguments);
        if self.needs_sources() {
            arguments
        } else {
            arguments.sources_are_optional()
        }
    }
}
