//! What random pipelines met, so that nobody is content with cases in which nothing happens.

use std::sync::atomic::{AtomicUsize, Ordering};

use pipe_core::{Outcome, RunReport, RunStatus};

#[derive(Debug, Default)]
pub(crate) struct Seen {
    succeeded: AtomicUsize,
    failed: AtomicUsize,
    cancelled: AtomicUsize,
    ran: AtomicUsize,
    after_retries: AtomicUsize,
    reused: AtomicUsize,
    by_content: AtomicUsize,
    gave_up: AtomicUsize,
    lost: AtomicUsize,
    timed_out: AtomicUsize,
    panicked: AtomicUsize,
}

impl Seen {
    pub(crate) fn run(&self, report: &RunReport) {
        let count = |of: &AtomicUsize, if_so: bool| {
            of.fetch_add(usize::from(if_so), Ordering::Relaxed);
        };
        count(&self.succeeded, report.status == RunStatus::Succeeded);
        count(&self.failed, report.status == RunStatus::Failed);
        count(&self.cancelled, report.status == RunStatus::Cancelled);
        for node in &report.nodes {
            count(&self.ran, node.outcome == Outcome::Ran);
            let again = node.outcome == Outcome::Ran && node.attempts > 1;
            count(&self.after_retries, again);
            count(&self.reused, node.outcome == Outcome::Reused);
            count(
                &self.by_content,
                node.reason == "inputs have the same content",
            );
            count(&self.gave_up, node.outcome == Outcome::Failed);
            count(&self.lost, node.reason.ends_with("has no result"));
            let error = node.error.as_deref().unwrap_or_default();
            count(&self.timed_out, error.starts_with("it took longer"));
            count(&self.panicked, error.contains("panic"));
        }
    }

    /// Everything was met, and not just once.
    pub(crate) fn enough(&self) {
        for met in [
            &self.succeeded,
            &self.failed,
            &self.cancelled,
            &self.ran,
            &self.after_retries,
            &self.reused,
            &self.by_content,
            &self.gave_up,
            &self.lost,
            &self.timed_out,
            &self.panicked,
        ] {
            assert!(met.load(Ordering::Relaxed) >= 20, "{self:?}");
        }
    }
}
