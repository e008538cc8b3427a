//! Stopping what runs.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Stops a run from another thread. Clones are one and the same.
///
/// A run that is stopped starts no other node, lets those that run come to their end and stores them;
/// it ends with [`RunError::Cancelled`](crate::RunError::Cancelled), and the next one goes on from there. Steps that
/// look at [`StepContext::is_cancelled`](crate::StepContext::is_cancelled) may end early.
#[derive(Clone, Debug, Default)]
pub struct Cancellation(Arc<AtomicBool>);

impl Cancellation {
    /// Nothing is stopped yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Stops the run.
    pub fn cancel(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// Whether it was stopped.
    #[must_use]
    pub fn is_cancelled(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}
