//! How a run is asked for on a command line.

use std::num::NonZero;

use bytesize::ByteSize;
use clap::{Arg, ArgAction, ArgMatches, value_parser};

use super::command::flag;
use crate::exec::OnFailure;
use crate::pipeline::{Pipeline, PipelineDef};

/// How a run is asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct RunOptions {
    pub(super) resume: bool,
    jobs: Option<NonZero<usize>>,
    fail_fast: bool,
    limits: Vec<(String, u32)>,
    memory: Option<ByteSize>,
}

pub(super) fn arguments() -> [Arg; 4] {
    [
        Arg::new("jobs")
            .long("jobs")
            .value_name("N")
            .value_parser(value_parser!(NonZero<usize>))
            .help("Nodes that run side by side [default: as many as cores, at most 4]"),
        flag("fail-fast", "Start no other node once one has failed"),
        Arg::new("limit")
            .long("limit")
            .value_name("RESOURCE=N")
            .value_parser(limit)
            .action(ArgAction::Append)
            .help("How much there is of a resource that steps take"),
        Arg::new("memory")
            .long("memory")
            .value_name("SIZE")
            .value_parser(value_parser!(ByteSize))
            .help("Frames that are kept in memory between nodes, such as 2GB [default: 512MiB]"),
    ]
}

/// `db=2`
fn limit(text: &str) -> Result<(String, u32), String> {
    let parts = text.split_once('=').and_then(|(name, number)| {
        let named = !name.is_empty();
        Some((name.to_owned(), number.parse().ok().filter(|_| named)?))
    });
    parts.ok_or_else(|| "a limit is a resource and a whole number, such as db=2".to_owned())
}

impl RunOptions {
    pub(super) fn of(matches: &ArgMatches) -> Self {
        let limits = matches.get_many("limit").unwrap_or_default();
        Self {
            resume: !matches.get_flag("no-resume"),
            jobs: matches.get_one("jobs").copied(),
            fail_fast: matches.get_flag("fail-fast"),
            limits: limits.cloned().collect(),
            memory: matches.get_one("memory").copied(),
        }
    }

    /// The pipeline, to be run like this.
    pub(super) fn apply<D: PipelineDef>(self, pipeline: Pipeline<D>) -> Pipeline<D> {
        let mut pipeline = pipeline.resume(self.resume);
        if let Some(jobs) = self.jobs {
            pipeline = pipeline.jobs(jobs);
        }
        if self.fail_fast {
            pipeline = pipeline.on_failure(OnFailure::FailFast);
        }
        if let Some(ByteSize(bytes)) = self.memory {
            pipeline = pipeline.memory(bytes);
        }
        let limits = self.limits.into_iter();
        limits.fold(pipeline, |pipeline, (name, limit)| {
            pipeline.limit(name, limit)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_is_a_name_and_a_number() {
        assert_eq!(limit("db=2"), Ok(("db".to_owned(), 2)));
        for wrong in ["db", "=2", "db=", "db=-1", "db=two"] {
            assert!(limit(wrong).is_err(), "{wrong}");
        }
    }
}
