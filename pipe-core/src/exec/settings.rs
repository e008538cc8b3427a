//! How a pipeline is run.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::num::NonZero;
use std::sync::Arc;

use super::clock::Clock;
use crate::cancellation::Cancellation;
use crate::parallel;
use crate::testing::Failures;

/// How a pipeline is run. None of it is part of keys.
#[derive(Clone, Debug)]
pub(crate) struct Settings {
    /// Whether valid checkpoints are used.
    pub(crate) resume: bool,
    /// Nodes that run side by side.
    pub(crate) jobs: Option<NonZero<usize>>,
    /// How much there is of named resources.
    pub(crate) limits: BTreeMap<String, u32>,
    pub(crate) on_failure: OnFailure,
    /// Bytes of frames that are kept in memory.
    pub(crate) memory: u64,
    /// How many values a result has at least that is stored as a layer on another one, where it is little
    /// more than that; `None` if all are stored as a whole.
    pub(crate) smallest_layer: Option<u64>,
    /// From how many rows on a frame in memory is a long one, of which only what is needed is read.
    pub(crate) long_frame: usize,
    pub(crate) cancellation: Cancellation,
    /// What the program is started with for steps in processes of their own; what this process was
    /// started with if not given.
    pub(crate) arguments: Option<Arc<[OsString]>>,
    pub(crate) clock: Clock,
    /// What tests have go wrong.
    pub(crate) failures: Failures,
}

/// Bytes of frames that a run keeps in memory unless told otherwise.
const MEMORY: u64 = 512 << 20;

/// Results of fewer values take no less as layers, and reading them takes more.
pub(crate) const SMALLEST_LAYER: u64 = 4_096;

/// Of shorter frames, to filter columns for nothing takes less time than to find out which.
const LONG_FRAME: usize = 1 << 16;

impl Default for Settings {
    fn default() -> Self {
        Self {
            resume: true,
            jobs: None,
            limits: BTreeMap::new(),
            on_failure: OnFailure::default(),
            memory: MEMORY,
            smallest_layer: Some(SMALLEST_LAYER),
            long_frame: LONG_FRAME,
            cancellation: Cancellation::default(),
            arguments: None,
            clock: Clock::default(),
            failures: Failures::default(),
        }
    }
}

impl Settings {
    /// Nodes that run side by side. One query keeps all cores busy for most of its time, and its memory
    /// is its own: so there are few, whatever the number of cores.
    pub(crate) fn jobs(&self) -> usize {
        let cores = parallel::threads();
        self.jobs.map_or_else(|| cores.clamp(1, 4), NonZero::get)
    }
}

/// What a run does when a node has failed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum OnFailure {
    /// Goes on with every node that does not need it.
    #[default]
    KeepGoing,
    /// Starts no other node. Those that run come to their end, and are stored.
    FailFast,
}
