//! The verbs about what is stored.

use clap::{Arg, ArgAction, ArgGroup, ArgMatches, Command};
use serde::Serialize;

use std::fmt::Display;
use std::io::Write;

use super::exit::{Exit, Failure, with_causes};
use super::verbs::Work;
use crate::exec::{AcceptError, Mode};

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
}

pub(super) fn commands() -> [Command; 3] {
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
            .arg(super::command::flag(
                "dry-run",
                "Say what would be accepted; change nothing",
            ))
            .group(ArgGroup::new("what").args(["nodes", "from"]).required(true)),
    ]
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
            _ => return None,
        })
    }

    /// Whether it needs to know which data the pipeline is run on.
    pub(super) fn needs_sources(&self) -> bool {
        match self {
            Self::Explain { .. } | Self::Accept { .. } => true,
            Self::Verify => false,
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
                self.say(&accepted?)?;
                Ok(Exit::Done)
            }
        }
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
