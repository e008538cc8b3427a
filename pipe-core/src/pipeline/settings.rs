//! How a pipeline is run.

use std::ffi::OsString;
use std::num::NonZero;
use std::sync::Arc;

use super::{Pipeline, PipelineDef};
use crate::cancellation::Cancellation;
use crate::checkpoints::Checkpoints;
use crate::exec::{OnFailure, SMALLEST_LAYER};

impl<D: PipelineDef> Pipeline<D> {
    /// Whether valid checkpoints are used; yes unless told otherwise. Without it every node that the
    /// outputs need runs.
    #[must_use]
    pub fn resume(mut self, resume: bool) -> Self {
        self.settings.resume = resume;
        self
    }

    /// How many nodes run side by side; unless told otherwise as many as there are cores, at most four.
    /// Async steps do not count.
    #[must_use]
    pub fn jobs(mut self, jobs: NonZero<usize>) -> Self {
        self.settings.jobs = Some(jobs);
        self
    }

    /// How much there is of a resource that steps take by `#[step(resources(name = 1))]`: never do nodes
    /// run side by side that take more of it together. One without a limit is taken by one node at a time.
    #[must_use]
    pub fn limit(mut self, resource: impl Into<String>, limit: u32) -> Self {
        self.settings.limits.insert(resource.into(), limit);
        self
    }

    /// What happens when a node fails; unless told otherwise the run goes on with what does not need it.
    #[must_use]
    pub fn on_failure(mut self, on_failure: OnFailure) -> Self {
        self.settings.on_failure = on_failure;
        self
    }

    /// Bytes of frames that are kept in memory between nodes, 512 MiB unless told otherwise. Frames that
    /// are stored are handed on without being read back as long as they fit; others are streamed to disk
    /// while they are computed, and read from there.
    #[must_use]
    pub fn memory(mut self, bytes: u64) -> Self {
        self.settings.memory = bytes;
        self
    }

    /// Which results are stored, of the nodes that do not say it themselves; every one unless told otherwise.
    ///
    /// ```
    /// use pipe_core::Checkpoints;
    /// use pipe_core::prelude::*;
    ///
    /// # fn stored(pipeline: Pipeline) -> Pipeline {
    /// pipeline.checkpoints(Checkpoints::AUTO)
    /// # }
    /// ```
    #[must_use]
    pub fn checkpoints(mut self, checkpoints: Checkpoints) -> Self {
        Arc::make_mut(&mut self.graph).checkpoints = checkpoints;
        self
    }

    /// Whether a result that is little more than a stored one is stored as a layer on it: the columns that
    /// were made and which rows were kept, and not the whole frame again. Yes unless told otherwise.
    ///
    /// It is for measuring what it brings: results are the same, and either can be read after the other.
    #[must_use]
    pub fn layers(mut self, layers: bool) -> Self {
        self.settings.smallest_layer = layers.then_some(SMALLEST_LAYER);
        self
    }

    /// What this program is started with for steps that run in a process of their own: those of this
    /// process unless told otherwise. The program must come to the same run of the same pipeline.
    #[must_use]
    pub fn process_arguments<T: Into<OsString>>(
        mut self,
        arguments: impl IntoIterator<Item = T>,
    ) -> Self {
        self.settings.arguments = Some(arguments.into_iter().map(Into::into).collect());
        self
    }

    /// Lets others stop the run.
    #[must_use]
    pub fn cancellation(mut self, cancellation: &Cancellation) -> Self {
        self.settings.cancellation = cancellation.clone();
        self
    }
}
