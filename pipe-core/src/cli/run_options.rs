//! How a run is asked for on a command line.

use std::num::NonZero;

use bytesize::ByteSize;
use clap::{Arg, ArgAction, ArgMatches, value_parser};

use super::command::flag;
use super::plan_options::PlanOptions;
use crate::exec::OnFailure;
use crate::pipeline::{Pipeline, PipelineDef};
use crate::store::Compression;

/// How a run is asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct RunOptions {
    plan: PlanOptions,
    jobs: Option<NonZero<usize>>,
    fail_fast: bool,
    limits: Vec<(String, u32)>,
    memory: Option<ByteSize>,
    compression: Option<Compression>,
}

pub(super) fn arguments() -> [Arg; 5] {
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
        Arg::new("compression")
            .long("compression")
            .value_name("HOW")
            .value_parser(compression)
            .help("How stored data are compressed: lz4, zstd, zstd:LEVEL or none [default: lz4]"),
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

/// `lz4`, `zstd`, `zstd:9`, `none`
fn compression(text: &str) -> Result<Compression, String> {
    let (name, level) = text.split_once(':').unwrap_or((text, "3"));
    let level = level.parse().ok().filter(|level| (1..=22).contains(level));
    match (name, level) {
        _ if text == "lz4" => Ok(Compression::Lz4),
        _ if text == "none" => Ok(Compression::Uncompressed),
        ("zstd", Some(level)) => Ok(Compression::Zstd(level)),
        _ => Err(
            "it is one of lz4, none, zstd, or zstd with a level from 1 to 22 such as zstd:9"
                .to_owned(),
        ),
    }
}

impl RunOptions {
    pub(super) fn of(matches: &ArgMatches) -> Self {
        let limits = matches.get_many("limit").unwrap_or_default();
        Self {
            plan: PlanOptions::of(matches),
            jobs: matches.get_one("jobs").copied(),
            fail_fast: matches.get_flag("fail-fast"),
            limits: limits.cloned().collect(),
            memory: matches.get_one("memory").copied(),
            compression: matches.get_one("compression").copied(),
        }
    }

    /// The pipeline, to be run like this.
    pub(super) fn apply<D: PipelineDef>(self, pipeline: Pipeline<D>) -> Pipeline<D> {
        let mut pipeline = self.plan.apply(pipeline);
        if let Some(jobs) = self.jobs {
            pipeline = pipeline.jobs(jobs);
        }
        if self.fail_fast {
            pipeline = pipeline.on_failure(OnFailure::FailFast);
        }
        if let Some(ByteSize(bytes)) = self.memory {
            pipeline = pipeline.memory(bytes);
        }
        if let Some(compression) = self.compression {
            pipeline = pipeline.compression(compression);
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

    #[test]
    fn compression_is_a_word_and_a_level() {
        assert_eq!(compression("lz4"), Ok(Compression::Lz4));
        assert_eq!(compression("none"), Ok(Compression::Uncompressed));
        assert_eq!(compression("zstd"), Ok(Compression::Zstd(3)));
        assert_eq!(compression("zstd:22"), Ok(Compression::Zstd(22)));
        for wrong in ["", "gzip", "lz4:1", "zstd:", "zstd:0", "zstd:23", "none:3"] {
            assert!(compression(wrong).is_err(), "{wrong}");
        }
    }
}
