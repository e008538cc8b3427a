//! How a command line ends, and what it says if that is not well.

use std::error::Error;
use std::io::{self, Write};

use polars::prelude::PolarsError;

use super::arguments::ArgumentError;
use super::console::Console;
use crate::exec::{CheckError, LoadError, NodeError, PlanError, RunError};
use crate::lock::LockError;
use crate::source::SourceError;
use crate::store::{ClearError, StoreError};

/// The exit codes, as `--help` lists them.
pub(super) const EXIT_CODES: &str = "\
Exit codes:
  0  done
  1  a node failed, damage or differences were found, or `accept` refused
  2  usage or configuration: wrong arguments, sources that cannot be read
  3  the store is in use
  4  cancelled";

/// How a command line ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Exit {
    Done = 0,
    Failed = 1,
    Usage = 2,
    InUse = 3,
    Cancelled = 4,
}

/// Why it does not end well.
#[derive(Debug)]
pub(super) struct Failure {
    pub(super) exit: Exit,
    /// One for each error: what, and what caused it.
    messages: Vec<String>,
}

impl Failure {
    pub(super) fn new(exit: Exit, message: impl Into<String>) -> Self {
        Self {
            exit,
            messages: vec![message.into()],
        }
    }

    /// One message for each error.
    pub(super) fn several(exit: Exit, messages: impl Iterator<Item = String>) -> Self {
        Self {
            exit,
            messages: messages.collect(),
        }
    }

    fn because(exit: Exit, error: &dyn Error) -> Self {
        Self::new(exit, with_causes(error))
    }

    pub(super) fn sources(errors: &[SourceError]) -> Self {
        Self {
            exit: Exit::Usage,
            messages: source_lines(errors).collect(),
        }
    }

    fn nodes(exit: Exit, errors: &[NodeError]) -> Self {
        Self {
            exit,
            messages: errors.iter().map(|error| with_causes(error)).collect(),
        }
    }

    /// What `check` found; `accept` is the command line that accepts changed contracts.
    pub(super) fn check(found: &CheckError, accept: &str) -> Self {
        // A difference is a finding, a file that cannot be read only stands in its way.
        let lock = found.lock.as_deref();
        let exit = if found.nodes.is_empty() && !matches!(lock, Some(LockError::Changed(_))) {
            Exit::Usage
        } else {
            Exit::Failed
        };
        let nodes = found.nodes.iter().map(|error| with_causes(error));
        let lock = lock.map(|error| match error {
            LockError::Changed(found) => found.report(&format!("`{accept}`")),
            error => error.to_string(),
        });
        Self {
            exit,
            messages: source_lines(&found.sources)
                .chain(nodes)
                .chain(lock)
                .collect(),
        }
    }

    /// Writes one block for each error.
    pub(super) fn report(&self, console: &mut Console) -> io::Result<()> {
        let error = console.colours().bad("error:");
        for message in &self.messages {
            writeln!(console.err, "{error} {message}")?;
        }
        Ok(())
    }
}

/// All that is wrong with sources, each in a line of its own.
fn source_lines(errors: &[SourceError]) -> impl Iterator<Item = String> {
    errors.iter().flat_map(|error| {
        let lines = error.to_string();
        lines.lines().map(str::to_owned).collect::<Vec<_>>()
    })
}

/// The error and what caused it. Many errors name their cause themselves: then it is not repeated.
pub(super) fn with_causes(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let line = error.to_string();
        if !text.contains(&line) {
            text.push_str("\n  caused by: ");
            text.push_str(&line.replace('\n', "\n    "));
        }
        cause = error.source();
    }
    text
}

impl From<RunError> for Failure {
    fn from(error: RunError) -> Self {
        match &error {
            RunError::Sources(errors) => Self::sources(errors),
            RunError::Parameters(errors) => Self::nodes(Exit::Usage, errors),
            RunError::Store(error) => error.into(),
            RunError::Failed { failures, .. } => Self::nodes(Exit::Failed, failures),
            RunError::Cancelled { .. } => Self::because(Exit::Cancelled, &error),
            RunError::Resources { .. } | RunError::Outputs { .. } => {
                Self::because(Exit::Usage, &error)
            }
        }
    }
}

impl From<PlanError> for Failure {
    fn from(error: PlanError) -> Self {
        RunError::from(error).into()
    }
}

impl From<LockError> for Failure {
    fn from(error: LockError) -> Self {
        Self::new(Exit::Usage, error.to_string())
    }
}

impl From<ClearError> for Failure {
    fn from(error: ClearError) -> Self {
        match &error {
            ClearError::Store(error) => error.into(),
            ClearError::UnknownNode(error) => Self::because(Exit::Usage, error),
        }
    }
}

impl From<LoadError> for Failure {
    fn from(error: LoadError) -> Self {
        match error {
            LoadError::UnknownNode(error) => Self::because(Exit::Usage, &error),
            LoadError::Plan(error) => error.into(),
            LoadError::Polars(error) => error.into(),
            error => Self::because(Exit::Failed, &error),
        }
    }
}

impl From<&StoreError> for Failure {
    fn from(error: &StoreError) -> Self {
        let exit = match error {
            StoreError::InUse { .. } => Exit::InUse,
            _ => Exit::Usage,
        };
        Self::because(exit, error)
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        Self::from(&error)
    }
}

impl From<ArgumentError> for Failure {
    fn from(error: ArgumentError) -> Self {
        Self {
            exit: Exit::Usage,
            messages: error.problems().to_vec(),
        }
    }
}

/// Results that cannot be computed or printed.
impl From<PolarsError> for Failure {
    fn from(error: PolarsError) -> Self {
        Self::because(Exit::Failed, &error)
    }
}

impl From<serde_json::Error> for Failure {
    fn from(error: serde_json::Error) -> Self {
        io::Error::from(error).into()
    }
}

/// Output that cannot be written: a full disk, say. A reader that has gone is no error.
impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Self::new(Exit::Usage, format!("cannot write: {error}"))
    }
}
