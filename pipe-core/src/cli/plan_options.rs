//! What holds for a run and for the plan of one.

use clap::{Arg, ArgMatches};

use super::command::flag;
use super::durations::time;
use crate::checkpoints::Checkpoints;
use crate::pipeline::{Pipeline, PipelineDef};

/// What decides what runs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct PlanOptions {
    resume: bool,
    checkpoints: Option<Checkpoints>,
}

pub(super) fn arguments() -> [Arg; 2] {
    [
        flag(
            "no-resume",
            "Run every node that the outputs need, stored or not",
        ),
        Arg::new("checkpoint")
            .long("checkpoint")
            .value_name("WHICH")
            .value_parser(checkpoints)
            .help("Which results are stored: every, none, auto, or auto:30s if a failure may lose that much work [default: what the pipeline says]"),
    ]
}

/// `every`, `none`, `auto`, `auto:30s`
fn checkpoints(text: &str) -> Result<Checkpoints, String> {
    match text.split_once(':') {
        None if text == "every" => Ok(Checkpoints::Every),
        None if text == "none" => Ok(Checkpoints::None),
        None if text == "auto" => Ok(Checkpoints::AUTO),
        Some(("auto", bound)) => {
            let max_recompute = time(bound)?;
            Ok(Checkpoints::Auto { max_recompute })
        }
        _ => Err("it is one of every, none, auto, or auto:30s".to_owned()),
    }
}

impl PlanOptions {
    pub(super) fn of(matches: &ArgMatches) -> Self {
        Self {
            resume: !matches.get_flag("no-resume"),
            checkpoints: matches.get_one("checkpoint").copied(),
        }
    }

    /// The pipeline, to be run or planned like this.
    pub(super) fn apply<D: PipelineDef>(self, pipeline: Pipeline<D>) -> Pipeline<D> {
        let pipeline = pipeline.resume(self.resume);
        match self.checkpoints {
            Some(checkpoints) => pipeline.checkpoints(checkpoints),
            None => pipeline,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn checkpoints_are_a_word_and_a_time() {
        assert_eq!(checkpoints("every"), Ok(Checkpoints::Every));
        assert_eq!(checkpoints("none"), Ok(Checkpoints::None));
        assert_eq!(checkpoints("auto"), Ok(Checkpoints::AUTO));
        let max_recompute = std::time::Duration::from_secs(90);
        let auto = Checkpoints::Auto { max_recompute };
        assert_eq!(checkpoints("auto:1m30s"), Ok(auto));
        for wrong in ["", "all", "auto:", "auto:-3s", "auto:soon", "none:30s"] {
            assert!(checkpoints(wrong).is_err(), "{wrong}");
        }
    }
}
