//! The run that a step is part of.

use std::io;
use std::path::Path;
use std::sync::{Arc, OnceLock};

use tempfile::TempDir;

use crate::cancellation::Cancellation;

/// The run that a step is part of, as an argument of the step: `context: &StepContext`. In a unit test
/// `&StepContext::default()` will do.
#[derive(Clone, Default)]
pub struct StepContext(Arc<Inner>);

#[derive(Default)]
struct Inner {
    node: String,
    run: String,
    attempt: u32,
    /// Of the run.
    cancelled: Cancellation,
    /// Nobody waits for the attempt any more.
    withdrawn: Cancellation,
    say: Option<Say>,
    scratch: OnceLock<TempDir>,
}

type Say = Box<dyn Fn(String) + Send + Sync>;

impl StepContext {
    /// One attempt at a node.
    pub(crate) fn new(
        node: &str,
        run: &str,
        attempt: u32,
        [cancelled, withdrawn]: [Cancellation; 2],
        say: impl Fn(String) + Send + Sync + 'static,
    ) -> Self {
        Self(Arc::new(Inner {
            node: node.to_owned(),
            run: run.to_owned(),
            attempt,
            cancelled,
            withdrawn,
            say: Some(Box::new(say)),
            scratch: OnceLock::new(),
        }))
    }

    /// The node's name.
    #[must_use]
    pub fn node(&self) -> &str {
        &self.0.node
    }

    /// Id of the run.
    #[must_use]
    pub fn run(&self) -> &str {
        &self.0.run
    }

    /// The attempt, counted from 1.
    #[must_use]
    pub fn attempt(&self) -> u32 {
        self.0.attempt.max(1)
    }

    /// Whether the attempt is to end: the run was cancelled, or the attempt takes longer than it may.
    /// A step that takes long looks at this now and then, and returns an error.
    #[must_use]
    pub fn is_cancelled(&self) -> bool {
        self.0.cancelled.is_cancelled() || self.0.withdrawn.is_cancelled()
    }

    /// Whether nobody waits for the attempt any more.
    pub(crate) fn is_withdrawn(&self) -> bool {
        self.0.withdrawn.is_cancelled()
    }

    /// Tells those who follow the run: it becomes an [`Event::NodeMessage`](crate::Event::NodeMessage).
    pub fn log(&self, message: impl Into<String>) {
        if let Some(say) = &self.0.say {
            say(message.into());
        }
    }

    /// A folder of this attempt's own, which goes away with it.
    ///
    /// # Errors
    ///
    /// When it cannot be created.
    pub fn scratch(&self) -> io::Result<&Path> {
        if let Some(folder) = self.0.scratch.get() {
            return Ok(folder.path());
        }
        let folder = tempfile::Builder::new().prefix("pipe-").tempdir()?;
        Ok(self.0.scratch.get_or_init(|| folder).path())
    }
}

impl std::fmt::Debug for StepContext {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("StepContext")
            .field("node", &self.0.node)
            .field("run", &self.0.run)
            .field("attempt", &self.0.attempt)
            .finish_non_exhaustive()
    }
}
