//! How a step wants to be run.

use std::time::Duration;

use crate::retry::Retry;

/// How a step wants to be run. None of it is part of keys: it does not change the result.
#[derive(Clone, Debug, Default)]
pub struct StepOptions {
    /// How often to try again.
    pub retry: Option<Retry>,
    /// How long one attempt may take.
    pub timeout: Option<Duration>,
    /// How much it takes of resources that are limited by [`Pipeline::limit`](crate::Pipeline::limit).
    pub resources: Vec<(String, u32)>,
    /// Where it runs.
    pub place: Where,
    /// Whether rows may be put aside beside its checkpoint: so it has one, whatever
    /// [`Checkpoints`](crate::Checkpoints) say.
    pub puts_aside: bool,
}

/// Where a step runs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Where {
    /// On one of the run's threads, of which there are as many as jobs.
    #[default]
    Thread,
    /// On the run's runtime, beside any number of others.
    Async,
    /// In a process of its own.
    Process,
}
