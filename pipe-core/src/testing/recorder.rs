//! What was told of runs.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::exec::Event;

/// Everything that is told of runs, in order: see [`Pipeline::record`](crate::Pipeline::record). Clones are one and the same.
///
/// ```
/// use pipe_core::prelude::*;
/// use pipe_core::testing::{Failures, Recorder, TestClock, TestStore};
///
/// #[step(retry(attempts = 2))]
/// fn rate(rows: LazyFrame) -> LazyFrame {
///     rows
/// }
///
/// let (store, told) = (TestStore::new(), Recorder::new());
/// let pipeline = Pipeline::builder("rates")
///     .source("rows", df!("n" => [1])?)
///     .step("rated", RateStep {})
///     .build()?
///     .store(&store)
///     .clock(&TestClock::new())
///     .inject(Failures::new().at("rated", 1, "service down"))
///     .record(&told);
/// pipeline.run()?;
/// assert_eq!(told.attempts("rated"), 2);
/// assert_eq!(told.errors("rated"), ["service down"]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct Recorder(Arc<Mutex<Vec<Event>>>);

impl Recorder {
    /// Nothing was told yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// All events.
    #[must_use]
    pub fn events(&self) -> Vec<Event> {
        self.lock().clone()
    }

    /// How often a node was attempted.
    #[must_use]
    pub fn attempts(&self, node: &str) -> usize {
        let of_node = |event: &&Event| match event {
            Event::NodeStarted { node: it, .. } | Event::NodeRetrying { node: it, .. } => {
                it == node
            }
            _ => false,
        };
        self.lock().iter().filter(of_node).count()
    }

    /// What went wrong in the attempts at a node.
    #[must_use]
    pub fn errors(&self, node: &str) -> Vec<String> {
        let error = |event: &Event| match event {
            Event::NodeRetrying {
                node: it, error, ..
            }
            | Event::NodeFailed {
                node: it, error, ..
            } => (it == node).then(|| error.clone()),
            _ => None,
        };
        self.lock().iter().filter_map(error).collect()
    }

    /// What the steps of a node said by [`StepContext::log`](crate::StepContext::log).
    #[must_use]
    pub fn messages(&self, node: &str) -> Vec<String> {
        let message = |event: &Event| match event {
            Event::NodeMessage { node: it, message } => (it == node).then(|| message.clone()),
            _ => None,
        };
        self.lock().iter().filter_map(message).collect()
    }

    /// Forgets what was told.
    pub fn clear(&self) {
        self.lock().clear();
    }

    pub(crate) fn hear(&self, event: &Event) {
        self.lock().push(event.clone());
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Event>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
